/** A retransmission's own identity (RFC 8852 §3.2): where the packet said its rid, the RTX packet says which rid it repairs. */
import { findHeaderExtension } from "@purertc/rtp";
import type { ExtensionIds } from "./extension-ids.ts";

/** Renames the rid element of an RTX packet in place; wipes it where repaired-rid was not agreed. */
export function identifyRepair(packet: Uint8Array, { rid, repairedRid }: ExtensionIds): void {
  if (rid === 0 || (packet[0]! & 0x10) === 0) return;
  const start = 12 + ((packet[0]! & 0x0f) << 2);
  const end = start + 4 + 4 * ((packet[start + 2]! << 8) | packet[start + 3]!);
  const at = findHeaderExtension(packet, start, end, rid);
  if (at < 0) return;
  const oneByte = packet[start] === 0xbe;
  const length = oneByte ? (packet[at - 1]! & 0x0f) + 1 : packet[at - 1]!;
  if (repairedRid === 0 || (oneByte && repairedRid > 14)) packet.fill(0, at - (oneByte ? 1 : 2), at + length);
  else if (oneByte) packet[at - 1] = (repairedRid << 4) | (length - 1);
  else packet[at - 2] = repairedRid;
}
