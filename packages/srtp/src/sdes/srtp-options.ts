/** From `a=crypto` to senders and receivers, and from fresh random bytes to `a=crypto`. */
import { InvalidArgumentError, Malformed, type RandomSource } from "@purertc/core";
import type { SrtpMasterKey } from "../options.ts";
import { type SdesSuiteName, type SrtpProfile, type SrtpProfileName, srtpProfileOfSdesSuite } from "../profiles.ts";
import type { CryptoAttribute } from "./crypto-attribute.ts";
import type { SdesKey } from "./key-parameters.ts";
import type { SdesSessionParameters } from "./session-parameters.ts";

/** What SRTP and SRTCP have in common. */
interface SdesKeyOptions extends SrtpMasterKey {
  readonly profile: SrtpProfileName;
  /** The attribute's keys but the first, which is the one a sender begins with. */
  readonly furtherKeys: readonly SrtpMasterKey[];
  readonly keyDerivationRate: number;
  readonly replayWindow?: number;
}

/** Options, but for `crypto`, of the senders and receivers that an `a=crypto` describes: `new SrtpReceiver({ crypto, ...options.srtp })`. */
export interface SdesSrtpOptions {
  readonly srtp: SdesKeyOptions & { readonly unencrypted: boolean; readonly unauthenticated: boolean };
  readonly srtcp: SdesKeyOptions & { readonly unencrypted: boolean };
}

/** Why an attribute cannot be used: the offer or answer that has no other must be refused (RFC 4568 §5.1.2). */
export type SdesUnusable = "unknown-suite" | "key-length" | "mandatory-extension" | "fec" | "session-parameter";

/**
 * What an attribute means for the packets its sender sends. Malformed (offset always 0) when the suite is not known, a key does not have its length, a parameter
 * is mandatory and unknown (§6.3.7), FEC is asked for (which this package has not), or an AEAD is asked not to encrypt or authenticate.
 */
export function srtpOptionsOfCryptoAttribute(attribute: CryptoAttribute): SdesSrtpOptions | Malformed<SdesUnusable> {
  const profile = srtpProfileOfSdesSuite(attribute.suite);
  if (profile === undefined) return new Malformed("unknown-suite", 0);
  const { session } = attribute;
  if (attribute.keys.some(({ keyAndSalt }) => keyAndSalt.length !== profile.keyLength + profile.saltLength))
    return new Malformed("key-length", 0);
  if ((session.extensions ?? []).some((word) => !word.startsWith("-"))) return new Malformed("mandatory-extension", 0);
  if (session.fecOrder !== undefined || session.fecKeys !== undefined) return new Malformed("fec", 0);
  const unencrypted = session.unencryptedSrtp ?? false;
  const unauthenticated = session.unauthenticatedSrtp ?? false;
  if (profile.aead !== undefined && (unencrypted || unauthenticated)) return new Malformed("session-parameter", 0);
  const [first, ...further] = attribute.keys.map((key) => masterKey(key, profile));
  const common: SdesKeyOptions = {
    ...first!,
    profile: profile.name,
    furtherKeys: further,
    keyDerivationRate: session.keyDerivationRate ?? 0,
    ...replayWindow(session),
  };
  return { srtp: { ...common, unencrypted, unauthenticated }, srtcp: { ...common, unencrypted: session.unencryptedSrtcp ?? false } };
}

/**
 * An attribute with a fresh random key. `suite` is one that `srtpProfileOfSdesSuite` knows, otherwise `InvalidArgumentError`; an answer has the tag and the suite of the attribute
 * that it accepts (RFC 4568 §5.1.2), the latter as it is spelled there.
 */
export function createCryptoAttribute(
  tag: number,
  suite: SdesSuiteName | (string & {}),
  random: RandomSource,
  session: SdesSessionParameters = {},
): CryptoAttribute {
  const profile = srtpProfileOfSdesSuite(suite);
  if (profile === undefined) throw new InvalidArgumentError(`unknown crypto suite ${suite}`, { code: "SRTP_PROFILE" });
  const { keyLength, saltLength } = profile;
  const keyAndSalt = new Uint8Array(keyLength + saltLength);
  random.fill(keyAndSalt);
  return { tag, suite, keys: [{ keyAndSalt }], session };
}

function masterKey({ keyAndSalt, lifetime, mki }: SdesKey, profile: SrtpProfile): SrtpMasterKey {
  return {
    masterKey: keyAndSalt.slice(0, profile.keyLength),
    masterSalt: keyAndSalt.slice(profile.keyLength),
    ...(lifetime === undefined ? {} : { lifetime }),
    ...(mki === undefined ? {} : { mki }),
  };
}

/** The hint as a window size this package has: the next power of two. */
function replayWindow({ windowSizeHint }: SdesSessionParameters): { readonly replayWindow?: number } {
  return windowSizeHint === undefined ? {} : { replayWindow: Math.min(32_768, 2 ** Math.ceil(Math.log2(windowSizeHint))) };
}
