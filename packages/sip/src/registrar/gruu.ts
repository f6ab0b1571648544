/** GRUUs (RFC 5627): URIs that lead to one instance of a user agent, from anywhere. */
import {
  bytesFromHex,
  type CryptoProvider,
  concatBytes,
  hexFromBytes,
  type RandomSource,
  randomBytes,
  stringFromUtf8,
  utf8FromString,
} from "@purertc/core";
import { escapeUriValue, type SipUri, unescapeUri } from "@purertc/sip-parser";
import type { Binding } from "./binding.ts";

/** What a GRUU leads to. */
export interface GruuTarget {
  readonly aor: string;
  readonly instanceId: string;
  /** Of a temporary GRUU: it is good while the instance's bindings have it. */
  readonly epoch: number | undefined;
}

/** The public GRUU of an instance: the address-of-record with `gr` (§3.1.1). It lives as long as the address-of-record. */
export function publicGruu(aor: string, instanceId: string): string {
  return `${aor};gr=${instanceId.replace(NOT_IN_PARAMETER, escapeUriValue)}`;
}

/**
 * Temporary GRUUs that need no memory (§3.1.2, §6.1.2.2, Appendix A.2): what one leads to is sealed in its user part, so that no two of them can be
 * told to be of the same user. On the wire `tgruu.` and hexadecimal of a random nonce (12 octets) and AES-GCM over epoch, address and instance.
 */
export class TemporaryGruus {
  readonly #crypto: CryptoProvider;
  readonly #random: RandomSource;
  readonly #key: Uint8Array;

  /** `key` has 16 or 32 bytes; one that is kept lets temporary GRUUs outlive the process. Default random. */
  constructor(options: { readonly crypto: CryptoProvider; readonly random: RandomSource; readonly key?: Uint8Array }) {
    this.#crypto = options.crypto;
    this.#random = options.random;
    this.#key = options.key?.slice() ?? randomBytes(options.random, 16);
  }

  /** A new one for a binding with an instance. */
  issue(binding: Binding): string {
    const aead = this.#aead();
    const text = `${binding.temporaryGruuEpoch} ${binding.aor} ${binding.instanceId ?? ""}`;
    const plain = utf8FromString(text.padEnd(Math.ceil(text.length / PADDED_TO) * PADDED_TO)); // or its length would tell users apart
    const nonce = randomBytes(this.#random, NONCE_LENGTH);
    const sealed = new Uint8Array(plain.length + aead.tagLength);
    aead.seal(nonce, NO_DATA, plain, sealed);
    const host = binding.aor.slice(binding.aor.indexOf("@") + 1);
    return `sip:${PREFIX}${hexFromBytes(concatBytes(nonce, sealed))}@${host};gr`;
  }

  /** What one leads to; undefined for one that is not ours. */
  open(user: string): GruuTarget | undefined {
    if (!FORM.test(user)) return undefined;
    const aead = this.#aead();
    const bytes = bytesFromHex(user.slice(PREFIX.length));
    const plain = new Uint8Array(bytes.length - NONCE_LENGTH - aead.tagLength);
    if (!aead.open(bytes.subarray(0, NONCE_LENGTH), NO_DATA, bytes.subarray(NONCE_LENGTH), plain)) return undefined;
    const [epoch = "", aor = "", ...instance] = stringFromUtf8(plain).trimEnd().split(" ");
    return { aor, instanceId: instance.join(" "), epoch: Number(epoch) };
  }

  #aead(): ReturnType<CryptoProvider["aead"]> {
    return this.#crypto.aead(this.#key.length === 32 ? "aes-256-gcm" : "aes-128-gcm", this.#key);
  }
}

/** The instance that a public GRUU's `gr` names; `""` for a temporary one, undefined when the URI is no GRUU. */
export function gruuInstance(uri: SipUri): string | undefined {
  return uri.parameters.has("gr") ? unescapeUri(uri.parameters.raw("gr") ?? "") : undefined;
}

/** Whether the user part is that of a temporary GRUU. */
export function isTemporaryUser(user: string): boolean {
  return user.startsWith(PREFIX);
}

const PREFIX = "tgruu.";
const NONCE_LENGTH = 12;
const PADDED_TO = 64;
/** What RFC 3261 §25.1 does not have in `paramchar`. */
const NOT_IN_PARAMETER = /[^A-Za-z0-9\-_.!~*'()[\]/:&+$]/gu;
const NO_DATA: Uint8Array = new Uint8Array(0);
/** At least a nonce, a tag and one octet; no longer than a URI may be. */
const FORM = /^tgruu\.(?:[0-9a-f]{2}){29,600}$/;
