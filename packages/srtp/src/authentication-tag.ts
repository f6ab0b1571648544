/** Tags of HMAC-SHA1, cut to their first bytes (RFC 3711 §4.2.1). */
import type { Mac } from "@purertc/core";

/** Writes the first `tagLength` bytes of the MAC of `packet[0, to)`, and of `suffix` when given, at `at`. */
export function writeTag(mac: Mac, packet: Uint8Array, to: number, suffix: number | undefined, at: number, tagLength: number): void {
  mac.computeInto(packet, 0, to, scratchTag, 0, suffix);
  for (let i = 0; i < tagLength; i++) packet[at + i] = scratchTag[i]!;
}

/** Whether `packet` has at `at` the tag that `writeTag` would write. The time this takes does not depend on where the tags differ. */
export function isTagRight(mac: Mac, packet: Uint8Array, to: number, suffix: number | undefined, at: number, tagLength: number): boolean {
  mac.computeInto(packet, 0, to, scratchTag, 0, suffix);
  let difference = 0;
  for (let i = 0; i < tagLength; i++) difference |= scratchTag[i]! ^ packet[at + i]!;
  return difference === 0;
}

/** Nothing in it outlives a call. */
const scratchTag = new Uint8Array(20);
