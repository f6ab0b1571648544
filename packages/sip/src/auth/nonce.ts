/** Nonces that need no memory (RFC 7616 §3.3, §5.4): when it was made and a random part, with a MAC over both. */
import {
  bytesFromHex,
  concatBytes,
  constantTimeEqual,
  hexFromBytes,
  type Instant,
  type RandomSource,
  readU48,
  utf8FromString,
  writeU48,
} from "@purertc/core";
import { hmacSha256 } from "./hmac.ts";

/**
 * Makes and recognizes nonces. On the wire 64 hexadecimal digits:
 *
 * ```
 * | issued at, ms (6 octets) | random (10 octets) | HMAC-SHA-256 of context and both, cut to 16 octets |
 * ```
 */
export class NonceMint {
  readonly #sha256: (bytes: Uint8Array) => Uint8Array;
  readonly #random: RandomSource;
  readonly #key: Uint8Array;
  readonly #context: Uint8Array;

  /** `key` is secret, at least 16 bytes. `context` keeps nonces of one use (realm, role) from another. */
  constructor(sha256: (bytes: Uint8Array) => Uint8Array, random: RandomSource, key: Uint8Array, context: string) {
    this.#sha256 = sha256;
    this.#random = random;
    this.#key = key;
    this.#context = utf8FromString(context);
  }

  /** A nonce that nobody had before. */
  issue(now: Instant): string {
    const body = new Uint8Array(BODY_LENGTH);
    this.#random.fill(body);
    writeU48(body, 0, instantOf(now));
    return hexFromBytes(concatBytes(body, this.#mac(body)));
  }

  /** When a nonce was issued, in whole milliseconds of {@link instantOf}; undefined for one that is not ours. */
  issuedAt(nonce: string): number | undefined {
    if (!FORM.test(nonce)) return undefined;
    const bytes = bytesFromHex(nonce);
    const body = bytes.subarray(0, BODY_LENGTH);
    return constantTimeEqual(this.#mac(body), bytes.subarray(BODY_LENGTH)) ? readU48(body, 0) : undefined;
  }

  /** 16 hexadecimal digits that are always the same for a text, and that nobody can foretell. */
  tagOf(text: string): string {
    return hexFromBytes(hmacSha256(this.#sha256, this.#key, utf8FromString(`tag of ${text}`)).subarray(0, 8));
  }

  #mac(body: Uint8Array): Uint8Array {
    return hmacSha256(this.#sha256, this.#key, concatBytes(this.#context, body)).subarray(0, MAC_LENGTH);
  }
}

/** An instant as nonces hold it: whole, not negative, modulo 2^48. */
export function instantOf(now: Instant): number {
  const whole = Math.floor(now) % 2 ** 48;
  return whole < 0 ? whole + 2 ** 48 : whole;
}

const BODY_LENGTH = 16;
const MAC_LENGTH = 16;
/** Lower case only: a nonce has one form, by which its count is found. */
const FORM = /^[0-9a-f]{64}$/;
