/** User name fragments and passwords (RFC 8445 §5.3, RFC 8839 §5.4). */
import { ICE_CHARS, InvalidArgumentError, type RandomSource, randomBytes } from "@purertc/core";
import type { IceCredentials } from "./options.ts";

/** 8 and 24 random ice-chars: 48 and 144 bits, over the 24 and 128 that RFC 8445 §5.3 asks for. */
export function newIceCredentials(random: RandomSource): IceCredentials {
  // 64 characters: six bits of each byte choose without bias, and one draw is enough.
  const text = Array.from(randomBytes(random, 8 + 24), (byte) => ICE_CHARS[byte & 63]!).join("");
  return { usernameFragment: text.slice(0, 8), password: text.slice(8) };
}

/** Throws `InvalidArgumentError` (code `ICE_CREDENTIALS`) unless both follow the grammar of RFC 8839 §5.4. */
export function checkIceCredentials({ usernameFragment, password }: IceCredentials): void {
  const ok = /^[A-Za-z0-9+/]{4,256}$/.test(usernameFragment) && /^[A-Za-z0-9+/]{22,256}$/.test(password);
  if (!ok) throw new InvalidArgumentError("a user name fragment has 4 to 256 ice-chars, a password 22 to 256", { code: "ICE_CREDENTIALS" });
}
