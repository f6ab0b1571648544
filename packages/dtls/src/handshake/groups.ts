/** Code points of "TLS Supported Groups" (RFC 8422 §5.1.1, RFC 8446 §4.2.7). */
import type { NamedGroup } from "@purertc/core";

/** The code point of a group. */
export const GROUP_CODES: Readonly<Record<NamedGroup, number>> = { secp256r1: 23, secp384r1: 24, x25519: 29 };

/** The default order of preference: the fastest first. */
export const DEFAULT_GROUPS: readonly NamedGroup[] = ["x25519", "secp256r1", "secp384r1"];

/** The group of a code point among those allowed. */
export function groupFromCode(code: number, allowed: readonly NamedGroup[]): NamedGroup | undefined {
  return allowed.find((group) => GROUP_CODES[group] === code);
}
