/**
 * How long an Opus packet plays, from its first two octets (RFC 6716 §3.1, §3.2):
 *
 *    | config  |s| c |   config: mode, bandwidth and frame duration; s: stereo; c: 0: one frame, 1 or 2: two frames, 3: see the next octet
 *    |v|p|     M     |   only with c = 3: M frames
 */
import { Malformed } from "@purertc/core";

/** Milliseconds, a multiple of 2.5, at most 120 (§3.4 R5). Only the length of the packet is checked, not its frames. */
export function opusDurationMs(packet: Uint8Array): number | Malformed<"empty" | "truncated" | "no-frames" | "too-long"> {
  const toc = packet[0];
  if (toc === undefined) return new Malformed("empty", 0);
  let frames = (toc & 3) === 0 ? 1 : 2;
  if ((toc & 3) === 3) {
    if (packet.length < 2) return new Malformed("truncated", 1);
    frames = packet[1]! & 0x3f;
    if (frames === 0) return new Malformed("no-frames", 1);
  }
  const duration = frames * frameDurationMs(toc >> 3);
  return duration > 120 ? new Malformed("too-long", 1) : duration;
}

/** RFC 6716 table 2. */
function frameDurationMs(config: number): number {
  if (config < 12) return [10, 20, 40, 60][config & 3]!; // SILK
  if (config < 16) return [10, 20][config & 1]!; // hybrid
  return [2.5, 5, 10, 20][config & 3]!; // CELT
}
