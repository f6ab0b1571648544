/** `CryptoProvider` over node:crypto, and over the same module of Bun and Deno. */
import type {
  Aead,
  AeadName,
  BlockCipher,
  CryptoProvider,
  GeneratedKey,
  Hash,
  HashName,
  KeyAgreement,
  KeyPairParameters,
  Mac,
  NamedGroup,
  RandomSource,
  SequencedAead,
  SequencedCounterMode,
  SignatureScheme,
  Signer,
} from "@purertc/core";
import { checkAeadKey } from "../aead-arguments.ts";
import { createLookaheadAead, createLookaheadCounterMode } from "../lookahead/index.ts";
import { nobleSigner } from "../noble/signatures.ts";
import { PerRecordAead } from "../per-record-aead.ts";
import { SizedAead } from "../sized-aead.ts";
import { nodeAead } from "./aead.ts";
import { NodeBlockCipher } from "./block-cipher.ts";
import { NodeHash } from "./hash.ts";
import { nodeHmac } from "./hmac.ts";
import { nodeKeyAgreement } from "./key-agreement.ts";
import { nodeGenerateKey, nodeSigner, nodeVerify } from "./signatures.ts";

/** Choices of `createNodeCrypto`. */
export interface NodeCryptoOptions {
  /**
   * Whether AES-GCM packets go through OpenSSL one by one instead of our look-ahead keystream and table-driven GHASH, whose look-ups depend on the
   * key and could be observed through the cache by other code on the same core. Several times slower per packet. Default false.
   */
  readonly constantTime?: boolean;
  /**
   * Whether signatures are decided by key and message alone (RFC 6979), so that equal seeds give equal handshakes byte for byte: for simulations. They are
   * then made by the noble provider, in about a millisecond and not in constant time. OpenSSL's, the default, differ each time. Default false.
   */
  readonly deterministicSignatures?: boolean;
}

/** A provider with options; `nodeCrypto` is the one without. */
export function createNodeCrypto(options: NodeCryptoOptions = {}): CryptoProvider {
  return new NodeCrypto(options.constantTime ?? false, options.deterministicSignatures ?? false);
}

class NodeCrypto implements CryptoProvider {
  readonly name = "node";
  readonly #constantTime: boolean;
  readonly #deterministicSignatures: boolean;

  constructor(constantTime: boolean, deterministicSignatures: boolean) {
    this.#constantTime = constantTime;
    this.#deterministicSignatures = deterministicSignatures;
  }

  aead(name: AeadName, key: Uint8Array): Aead {
    return nodeAead(name, key);
  }

  sequencedAead(name: AeadName, key: Uint8Array, nonceBase: Uint8Array): SequencedAead {
    checkAeadKey(name, key);
    if (name === "chacha20-poly1305" || this.#constantTime || NATIVE_CALLS_ARE_CHEAP)
      return new PerRecordAead(nodeAead(name, key), nonceBase);
    const short = createLookaheadAead(new NodeBlockCipher(key), nonceBase);
    return new SizedAead(short, new PerRecordAead(nodeAead(name, key), nonceBase), NATIVE_PAYS_FROM);
  }

  sequencedCounterMode(key: Uint8Array, counterBase: Uint8Array): SequencedCounterMode {
    return createLookaheadCounterMode(new NodeBlockCipher(key), counterBase);
  }

  blockCipher(key: Uint8Array): BlockCipher {
    return new NodeBlockCipher(key);
  }

  hmac(hash: HashName, key: Uint8Array): Mac {
    return nodeHmac(hash, key);
  }

  hash(name: HashName): Hash {
    return new NodeHash(name);
  }

  keyAgreement(group: NamedGroup, random: RandomSource): KeyAgreement {
    return nodeKeyAgreement(group, random);
  }

  signer(pkcs8: Uint8Array): Signer {
    return this.#deterministicSignatures ? nobleSigner(pkcs8) : nodeSigner(pkcs8);
  }

  generateKey(parameters: KeyPairParameters, random: RandomSource): GeneratedKey {
    const generated = nodeGenerateKey(parameters, random);
    return this.#deterministicSignatures ? { signer: nobleSigner(generated.pkcs8), pkcs8: generated.pkcs8 } : generated;
  }

  verify(scheme: SignatureScheme, spki: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    return nodeVerify(scheme, spki, message, signature);
  }
}

/**
 * INTEROP: Bun 1.x makes and uses a native cipher in 2 µs, a quarter of what Node takes, and its engine does not compile 64-bit lanes to machine words, which
 * makes the look-ahead form 80 times slower than that.
 */
const NATIVE_CALLS_ARE_CHEAP = "Bun" in globalThis;

/**
 * Bytes of a packet from which on a native cipher of its own is faster than keystream and GHASH of ours. Making one costs 3 to 18 µs, by version of Node, but it then
 * takes 0.4 ns a byte where we take 2. No network carries such datagrams; they occur between peers on one machine.
 */
const NATIVE_PAYS_FROM = 8192;

/** node:crypto, the fast way: for Node, Bun and Deno. */
export const nodeCrypto: CryptoProvider = createNodeCrypto();
