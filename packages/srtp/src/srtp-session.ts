/** What the options of an SRTP sender or receiver mean for its session keys, and which of them exclude each other. */
import { InvalidArgumentError } from "@purertc/core";
import type { SrtpOptions } from "./options.ts";
import type { SrtpProfile } from "./profiles.ts";
import type { SessionKeysOptions } from "./session-keys.ts";

/** Throws `InvalidArgumentError` when an AEAD is asked not to encrypt or not to authenticate: it cannot do one alone (RFC 7714 §8). */
export function srtpSessionKeysOptions(options: SrtpOptions, profile: SrtpProfile): SessionKeysOptions {
  const unencrypted = options.unencrypted ?? false;
  const unauthenticated = options.unauthenticated ?? false;
  if (profile.aead !== undefined && (unencrypted || unauthenticated)) {
    throw new InvalidArgumentError(`${profile.name} always encrypts and authenticates SRTP`, { code: "SRTP_SESSION_PARAMETER" });
  }
  return {
    crypto: options.crypto,
    profile,
    protocol: "srtp",
    encrypt: !unencrypted,
    authenticate: !unauthenticated,
  };
}
