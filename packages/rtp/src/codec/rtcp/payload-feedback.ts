/**
 * Payload-specific feedback (RFC 4585 §6.3, PT 206): PLI (FMT 1), SLI (FMT 2), FIR (FMT 4, RFC 5104 §4.3.1) and, as an application layer message (FMT 15),
 * REMB (draft-alvestrand-rmcat-remb-03 §2.2). RPSI and other messages are kept as they are, by compound.ts.
 */
import { Malformed, readU16, readU32, writeU32 } from "@purertc/core";
import { checkRtcpField, type RtcpFault } from "./header.ts";
import { type FeedbackMessage, floatingBitRate } from "./transport-feedback.ts";

/** PLI (§6.3.1): pictures were lost; no parameters. */
export interface PictureLossIndication extends FeedbackMessage {
  readonly type: "PLI";
}

/** SLI (§6.3.2): `| First 13 | Number 13 | PictureID 6 |` for each. */
export interface SliceLossIndication extends FeedbackMessage {
  readonly type: "SLI";
  /** Macroblocks lost: the first in scan order (13 bits), how many (13 bits), and the low six bits of the picture's identifier. */
  readonly entries: readonly { readonly first: number; readonly number: number; readonly pictureId: number }[];
}

/** FIR: `| SSRC | Seq nr. 8 | Reserved 24 |` for each source that shall send a decoder refresh point. */
export interface FullIntraRequest extends FeedbackMessage {
  readonly type: "FIR";
  /** One for each source that is asked. */
  readonly entries: readonly {
    readonly ssrc: number;
    /** A new request has a new number; 8 bits. */
    readonly sequenceNumber: number;
  }[];
}

/**
 * REMB: what the receiver believes the path can carry.
 *
 *    |  Unique identifier 'R' 'E' 'M' 'B'                            |
 *    |  Num SSRC     | BR Exp 6  |  BR Mantissa 18                   |
 *    |   SSRC feedback ...
 */
export interface ReceiverEstimatedMaxBitRate extends FeedbackMessage {
  readonly type: "REMB";
  /** Bits per second, over all of `ssrcs`. Written rounded down to 18 significant bits. */
  readonly bitRate: number;
  /** At most 255. */
  readonly ssrcs: readonly number[];
}

/** Reads what follows both SSRCs at `bytes[at, end)`. */
export function parseSliceLoss(bytes: Uint8Array, at: number, end: number): Pick<SliceLossIndication, "entries"> | Malformed<RtcpFault> {
  if (at === end) return new Malformed("bad-length", at);
  const entries: { first: number; number: number; pictureId: number }[] = [];
  for (let next = at; next < end; next += 4) {
    const word = readU32(bytes, next);
    entries.push({ first: word >>> 19, number: (word >>> 6) & 0x1fff, pictureId: word & 0x3f });
  }
  return { entries };
}

/** Writes what follows both SSRCs; returns the end. */
export function writeSliceLoss(out: Uint8Array, at: number, { entries }: SliceLossIndication): number {
  let next = at;
  for (const { first, number, pictureId } of entries) {
    writeU32(out, next, (first << 19) | ((number & 0x1fff) << 6) | (pictureId & 0x3f));
    next += 4;
  }
  return next;
}

/** Reads what follows both SSRCs at `bytes[at, end)`. */
export function parseFullIntraRequest(
  bytes: Uint8Array,
  at: number,
  end: number,
): Pick<FullIntraRequest, "entries"> | Malformed<RtcpFault> {
  if (at === end || (end - at) % 8 !== 0) return new Malformed("bad-length", at);
  const entries: { ssrc: number; sequenceNumber: number }[] = [];
  for (let next = at; next < end; next += 8) entries.push({ ssrc: readU32(bytes, next), sequenceNumber: bytes[next + 4]! });
  return { entries };
}

/** Writes what follows both SSRCs; returns the end. */
export function writeFullIntraRequest(out: Uint8Array, at: number, { entries }: FullIntraRequest): number {
  let next = at;
  for (const { ssrc, sequenceNumber } of entries) {
    writeU32(out, next, ssrc);
    writeU32(out, next + 4, sequenceNumber << 24);
    next += 8;
  }
  return next;
}

/** Whether an FMT 15 message at `bytes[at, end)`, after both SSRCs, is REMB. */
export function isRemb(bytes: Uint8Array, at: number, end: number): boolean {
  return end - at >= 4 && readU32(bytes, at) === REMB;
}

/** Reads what follows both SSRCs at `bytes[at, end)`. */
export function parseRemb(
  bytes: Uint8Array,
  at: number,
  end: number,
): Pick<ReceiverEstimatedMaxBitRate, "bitRate" | "ssrcs"> | Malformed<RtcpFault> {
  if (end - at < 8 || at + 8 + 4 * bytes[at + 4]! !== end) return new Malformed("bad-length", at + 4);
  const exponent = bytes[at + 5]! >>> 2;
  const mantissa = ((bytes[at + 5]! & 3) << 16) | readU16(bytes, at + 6);
  const ssrcs: number[] = [];
  for (let next = at + 8; next < end; next += 4) ssrcs.push(readU32(bytes, next));
  return { bitRate: mantissa * 2 ** exponent, ssrcs };
}

/** Writes what follows both SSRCs; returns the end. */
export function writeRemb(out: Uint8Array, at: number, { bitRate, ssrcs }: ReceiverEstimatedMaxBitRate): number {
  checkRtcpField(ssrcs.length <= 255, "REMB names at most 255 SSRCs");
  const { mantissa, exponent } = floatingBitRate(bitRate, 18);
  writeU32(out, at, REMB);
  writeU32(out, at + 4, ssrcs.length * 2 ** 24 + exponent * 2 ** 18 + mantissa);
  let next = at + 8;
  for (const ssrc of ssrcs) {
    writeU32(out, next, ssrc);
    next += 4;
  }
  return next;
}

/** "REMB" in ASCII. */
const REMB = 0x52_45_4d_42;
