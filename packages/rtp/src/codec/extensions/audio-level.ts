/**
 * Audio levels, in -dBov: 0 is the loudest a system can say, 127 silence.
 *
 *    client to mixer (RFC 6464 §3)   |V|   level     |
 *    mixer to client (RFC 6465 §3)   |0|   level 1   |0|   level 2   | ...   one per CSRC, in their order
 */
import { Malformed } from "@purertc/core";

/** The level of the audio in this packet. */
export interface AudioLevel {
  /** 0 to 127: that many decibels below overload. */
  readonly level: number;
  /** V: the packet holds voice. False when the sender does not know and `vad=off` was negotiated. */
  readonly voiceActivity: boolean;
}

/** RFC 6464. INTEROP: the two-byte form may pad to 2 octets (§3); what follows the first is ignored. */
export function parseAudioLevel(data: Uint8Array): AudioLevel | Malformed<"bad-length"> {
  if (data.length < 1) return new Malformed("bad-length", 0);
  return { level: data[0]! & 0x7f, voiceActivity: data[0]! >= 0x80 };
}

/** The value of an RFC 6464 element: one octet. */
export function audioLevelExtension({ level, voiceActivity }: AudioLevel): Uint8Array {
  return Uint8Array.of((voiceActivity ? 0x80 : 0) | (level & 0x7f));
}

/** RFC 6465: the level of each CSRC, at most 15 of them. The reserved bit is ignored. */
export function parseMixerAudioLevels(data: Uint8Array): number[] | Malformed<"bad-length"> {
  if (data.length === 0 || data.length > 15) return new Malformed("bad-length", data.length);
  return Array.from(data, (octet) => octet & 0x7f);
}

/** The value of an RFC 6465 element. */
export function mixerAudioLevelsExtension(levels: readonly number[]): Uint8Array {
  return Uint8Array.from(levels, (level) => level & 0x7f);
}
