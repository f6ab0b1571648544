/**
 * Transport-layer feedback (RFC 4585 §6.2, PT 205), of which here: generic NACK (FMT 1), TMMBR and TMMBN (FMT 3 and 4, RFC 5104 §4.2).
 * Transport-wide congestion control and RFC 8888 have files of their own. Every message begins with
 *
 *    |                  SSRC of packet sender                        |
 *    |                  SSRC of media source                         |
 */
import { Malformed, readU16, readU32, writeU16, writeU32 } from "@purertc/core";
import type { RtcpFault, StatedRtcpHeader } from "./header.ts";

/** What all feedback messages say (RFC 4585 §6.1). */
export interface FeedbackMessage extends StatedRtcpHeader {
  /** Of who sends the message, 32 bits. */
  readonly senderSsrc: number;
  /** 0 where the message says it elsewhere. */
  readonly mediaSsrc: number;
}

/** One lost packet and a mask of the 16 after it (§6.2.1). */
export interface NackEntry {
  /** Sequence number. */
  readonly pid: number;
  /** Bit i (least significant first): `pid + i + 1` is lost too. */
  readonly blp: number;
}

/** Generic NACK: `|  PID  |  BLP  |` for each entry. */
export interface GenericNack extends FeedbackMessage {
  readonly type: "NACK";
  /** In the order in which they are written. */
  readonly entries: readonly NackEntry[];
}

/** Reads what follows both SSRCs at `bytes[at, end)`. */
export function parseGenericNack(bytes: Uint8Array, at: number, end: number): Pick<GenericNack, "entries"> | Malformed<RtcpFault> {
  if (at === end) return new Malformed("bad-length", at);
  const entries: NackEntry[] = [];
  for (let next = at; next < end; next += 4) entries.push({ pid: readU16(bytes, next), blp: readU16(bytes, next + 2) });
  return { entries };
}

/** Writes what follows both SSRCs; returns the end. */
export function writeGenericNack(out: Uint8Array, at: number, { entries }: GenericNack): number {
  let next = at;
  for (const { pid, blp } of entries) {
    writeU16(out, next, pid);
    writeU16(out, next + 2, blp);
    next += 4;
  }
  return next;
}

/** The fewest entries for these sequence numbers, given in ascending (serial) order. */
export function nackEntries(sequenceNumbers: readonly number[]): NackEntry[] {
  const entries: NackEntry[] = [];
  let pid = -1;
  let blp = 0;
  for (const sequenceNumber of sequenceNumbers) {
    const distance = (sequenceNumber - pid) & 0xffff;
    if (pid >= 0 && distance === 0) continue;
    if (pid >= 0 && distance <= 16) {
      blp |= 1 << (distance - 1);
      continue;
    }
    if (pid >= 0) entries.push({ pid, blp });
    pid = sequenceNumber & 0xffff;
    blp = 0;
  }
  if (pid >= 0) entries.push({ pid, blp });
  return entries;
}

/** The sequence numbers that entries name, in their order. */
export function nackedSequenceNumbers(entries: readonly NackEntry[]): number[] {
  const sequenceNumbers: number[] = [];
  for (const { pid, blp } of entries) {
    sequenceNumbers.push(pid);
    for (let i = 0; i < 16; i++) if (blp & (1 << i)) sequenceNumbers.push((pid + i + 1) & 0xffff);
  }
  return sequenceNumbers;
}

/** A limit on the bit rate of one source (RFC 5104 §4.2.1.1): `| SSRC | MxTBR Exp 6 | MxTBR Mantissa 17 | Measured Overhead 9 |`. */
export interface BitRateLimit {
  /** In a request, of who shall keep to the limit; in a notification, of who asked for it. */
  readonly ssrc: number;
  /** Bits per second. Written rounded down to 17 significant bits. */
  readonly maxTotalBitRate: number;
  /** Octets per packet, 0 to 511. */
  readonly measuredOverhead: number;
}

/** TMMBR: asks sources to keep below a limit. */
export interface BitRateRequest extends FeedbackMessage {
  readonly type: "TMMBR";
  /** One for each source that is asked. */
  readonly limits: readonly BitRateLimit[];
}

/** TMMBN: says which limits bind. */
export interface BitRateNotification extends FeedbackMessage {
  readonly type: "TMMBN";
  /** May be none. */
  readonly limits: readonly BitRateLimit[];
}

/** Reads what follows both SSRCs of a TMMBR or TMMBN at `bytes[at, end)`. */
export function parseBitRateLimits(bytes: Uint8Array, at: number, end: number): { limits: BitRateLimit[] } | Malformed<RtcpFault> {
  if ((end - at) % 8 !== 0) return new Malformed("bad-length", at);
  const limits: BitRateLimit[] = [];
  for (let next = at; next < end; next += 8) {
    const word = readU32(bytes, next + 4);
    limits.push({
      ssrc: readU32(bytes, next),
      maxTotalBitRate: ((word >>> 9) & 0x1_ffff) * 2 ** (word >>> 26),
      measuredOverhead: word & 0x1ff,
    });
  }
  return { limits };
}

/** Writes what follows both SSRCs; returns the end. */
export function writeBitRateLimits(out: Uint8Array, at: number, { limits }: BitRateRequest | BitRateNotification): number {
  let next = at;
  for (const { ssrc, maxTotalBitRate, measuredOverhead } of limits) {
    const { mantissa, exponent } = floatingBitRate(maxTotalBitRate, 17);
    writeU32(out, next, ssrc);
    writeU32(out, next + 4, exponent * 2 ** 26 + mantissa * 2 ** 9 + (measuredOverhead & 0x1ff));
    next += 8;
  }
  return next;
}

/** A bit rate as mantissa and exponent of 2, rounded down, with the smallest exponent that fits; the exponent is at most 63. */
export function floatingBitRate(bitRate: number, mantissaBits: number): { mantissa: number; exponent: number } {
  let mantissa = Math.max(0, Math.floor(bitRate));
  let exponent = 0;
  while (mantissa >= 2 ** mantissaBits && exponent < 63) {
    mantissa = Math.floor(mantissa / 2);
    exponent += 1;
  }
  return { mantissa: Math.min(mantissa, 2 ** mantissaBits - 1), exponent };
}
