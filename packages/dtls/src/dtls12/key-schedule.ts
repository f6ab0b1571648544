/** From the premaster secret to keys, Finished and exported material (RFC 5246 §5, §6.3, §8.1; RFC 7627 §4; RFC 5705 §4). */
import { type CryptoProvider, concatBytes, InvalidArgumentError, type Mac, utf8FromString, writeU16 } from "@purertc/core";
import type { CipherSuite } from "../handshake/cipher-suites.ts";

/** The PRF of TLS 1.2 with the suite's hash: `length` bytes from a secret, a label and seeds. */
export function prf(
  crypto: CryptoProvider,
  hash: CipherSuite["hash"],
  secret: Uint8Array,
  label: string,
  seeds: readonly Uint8Array[],
  length: number,
): Uint8Array {
  return expand(crypto.hmac(hash, secret), label, seeds, length);
}

/** P_hash (RFC 5246 §5) over label and seeds. */
function expand(mac: Mac, label: string, seeds: readonly Uint8Array[], length: number): Uint8Array {
  const seed = concatBytes(utf8FromString(label), ...seeds);
  const out = new Uint8Array(length);
  let a: Uint8Array = seed;
  for (let at = 0; at < length; at += mac.length) {
    a = mac.compute(a);
    const block = mac.compute(a, seed);
    out.set(block.subarray(0, Math.min(mac.length, length - at)), at);
  }
  return out;
}

/** What the two hellos settled. */
export interface HelloRandoms {
  readonly clientRandom: Uint8Array;
  readonly serverRandom: Uint8Array;
}

/** RFC 5246 §8.1: the master secret without the extension. */
export function masterSecret(crypto: CryptoProvider, suite: CipherSuite, premaster: Uint8Array, randoms: HelloRandoms): Uint8Array {
  return prf(crypto, suite.hash, premaster, "master secret", [randoms.clientRandom, randoms.serverRandom], 48);
}

/** RFC 7627 §4: the master secret bound to the handshake so far, ClientHello to ClientKeyExchange. */
export function extendedMasterSecret(
  crypto: CryptoProvider,
  suite: CipherSuite,
  premaster: Uint8Array,
  sessionHash: Uint8Array,
): Uint8Array {
  return prf(crypto, suite.hash, premaster, "extended master secret", [sessionHash], 48);
}

/** One direction's part of the key block. */
export interface WriteKeys {
  readonly key: Uint8Array;
  /** 4 bytes of salt or a 12-byte IV, by suite. */
  readonly iv: Uint8Array;
}

/** A master secret and all that is derived from it. */
export class ConnectionSecrets {
  readonly #randoms: HelloRandoms;
  readonly #mac: Mac;
  readonly client: WriteKeys;
  readonly server: WriteKeys;

  constructor(crypto: CryptoProvider, suite: CipherSuite, master: Uint8Array, randoms: HelloRandoms) {
    // Only these two: what is given may be a whole handshake's state, and this lives as long as the connection.
    this.#randoms = { clientRandom: randoms.clientRandom, serverRandom: randoms.serverRandom };
    this.#mac = crypto.hmac(suite.hash, master);
    // §6.3; AEAD suites have no MAC keys.
    const { keyLength, fixedIvLength } = suite;
    const block = expand(this.#mac, "key expansion", [randoms.serverRandom, randoms.clientRandom], 2 * (keyLength + fixedIvLength));
    const ivs = 2 * keyLength;
    this.client = { key: block.subarray(0, keyLength), iv: block.subarray(ivs, ivs + fixedIvLength) };
    this.server = { key: block.subarray(keyLength, ivs), iv: block.subarray(ivs + fixedIvLength) };
  }

  /** RFC 5246 §7.4.9: the verify data of one side over the transcript so far. */
  verifyData(side: "client" | "server", transcriptHash: Uint8Array): Uint8Array {
    return expand(this.#mac, `${side} finished`, [transcriptHash], VERIFY_DATA_LENGTH);
  }

  /**
   * RFC 5705 §4. No context and an empty context are different. Throws `InvalidArgumentError` for labels that TLS uses itself, a context of
   * more than 65535 bytes, or a length that is not from 1 to 65536.
   */
  export(label: string, context: Uint8Array | undefined, length: number): Uint8Array {
    if (RESERVED_LABELS.has(label)) throw new InvalidArgumentError(`TLS uses the label "${label}" itself`, { code: "DTLS_EXPORTER_LABEL" });
    if (!Number.isInteger(length) || length < 1 || length > 0x1_0000) {
      throw new InvalidArgumentError("length is from 1 to 65536", { code: "DTLS_EXPORTER_LENGTH" });
    }
    const seeds = [this.#randoms.clientRandom, this.#randoms.serverRandom];
    if (context !== undefined) {
      if (context.length > 0xffff) throw new InvalidArgumentError("a context has at most 65535 bytes", { code: "DTLS_EXPORTER_CONTEXT" });
      const contextLength = new Uint8Array(2);
      writeU16(contextLength, 0, context.length);
      seeds.push(contextLength, context);
    }
    return expand(this.#mac, label, seeds, length);
  }
}

/** RFC 5246 §7.4.9, for every suite here. */
const VERIFY_DATA_LENGTH = 12;

/** RFC 5705 §4 and RFC 7627 §4: exporting these would give away the secrets themselves. */
const RESERVED_LABELS: ReadonlySet<string> = new Set([
  "client finished",
  "server finished",
  "master secret",
  "extended master secret",
  "key expansion",
]);
