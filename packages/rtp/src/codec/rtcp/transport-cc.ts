/**
 * Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1, PT 205, FMT 15), after both SSRCs:
 *
 *    |      base sequence number     |      packet status count      |
 *    |                 reference time                | fb pkt. count |
 *    |          packet chunk         |         packet chunk          |   until all statuses are told
 *    |         packet chunk          |  recv delta   |  recv delta   |   1 or 2 octets for each received packet; zero padding
 *
 *    run length:      |0| S |       Run Length        |   S: 0 not received, 1 small delta, 2 large or negative delta, 3 reserved
 *    status vector:   |1|0| 14 symbols of one bit     |   |1|1| 7 symbols of two bits |
 *
 * The value names only received packets. A run of 8191 losses takes two octets on the wire, so a list of losses would let a peer make us allocate
 * thousands of times what it sent.
 */
import { InvalidArgumentError, Malformed, readU16, readU24, writeU16, writeU24 } from "@purertc/core";
import type { RtcpFault } from "./header.ts";
import type { FeedbackMessage } from "./transport-feedback.ts";

/** A packet that arrived. */
export interface ReceivedPacket {
  /** Transport-wide sequence number, 16 bits. */
  readonly sequenceNumber: number;
  /** Arrival after that of the received packet before it (the first: after the reference time), in units of 250 µs: -32 768 to 32 767. */
  readonly delta: number;
}

/** Which packets arrived, and when. */
export interface TransportFeedback extends FeedbackMessage {
  readonly type: "transport-cc";
  /** Transport-wide sequence number of the first packet reported on. */
  readonly baseSequenceNumber: number;
  /** Packets reported on, 1 to 65 535: those from the base on that are not in `received` did not arrive. */
  readonly packetStatusCount: number;
  /** In units of 64 ms of the receiver's clock, signed 24 bits. */
  readonly referenceTime: number;
  /** Counts feedback packets, 8 bits. */
  readonly feedbackPacketCount: number;
  /** In ascending order of sequence number. */
  readonly received: readonly ReceivedPacket[];
}

/** Milliseconds in a unit of `referenceTime`. */
export const REFERENCE_TIME_UNIT_MS = 64;
/** Milliseconds in a unit of `delta`. */
export const RECEIVE_DELTA_UNIT_MS = 0.25;

/** The parts of the message after both SSRCs. */
export type TransportFeedbackBody = Omit<TransportFeedback, "type" | "senderSsrc" | "mediaSsrc" | "header">;

/** Reads what follows both SSRCs at `bytes[at, end)`. */
export function parseTransportFeedback(bytes: Uint8Array, at: number, end: number): TransportFeedbackBody | Malformed<RtcpFault> {
  if (end - at < 8) return new Malformed("bad-length", at);
  const baseSequenceNumber = readU16(bytes, at);
  const packetStatusCount = readU16(bytes, at + 2);
  const symbols: number[] = []; // pairs: offset from the base, symbol; received packets only
  let next = at + 8;
  for (let told = 0; told < packetStatusCount; next += 2) {
    if (next + 2 > end) return new Malformed("bad-length", next);
    const chunk = readU16(bytes, next);
    const left = packetStatusCount - told;
    if (chunk < 0x8000) {
      const symbol = chunk >>> 13;
      const run = Math.min(chunk & 0x1fff, left);
      if (symbol === 3) return new Malformed("reserved-symbol", next);
      if (run === 0) return new Malformed("bad-block", next); // it would never end
      // Each received packet takes at least one more octet: a run longer than what is left cannot be whole.
      if (symbol !== 0 && run > end - next) return new Malformed("bad-length", next);
      if (symbol !== 0) for (let i = 0; i < run; i++) symbols.push(told + i, symbol);
      told += run;
    } else {
      const bits = chunk < 0xc000 ? 1 : 2;
      const run = Math.min(14 / bits, left);
      for (let i = 0; i < run; i++) {
        const symbol = (chunk >>> (14 - bits * (i + 1))) & (bits === 1 ? 1 : 3);
        if (symbol === 3) return new Malformed("reserved-symbol", next);
        if (symbol !== 0) symbols.push(told + i, symbol);
      }
      told += run;
    }
  }
  const received: ReceivedPacket[] = [];
  for (let i = 0; i < symbols.length; i += 2) {
    const length = symbols[i + 1]!;
    if (next + length > end) return new Malformed("bad-length", next);
    const delta = length === 1 ? bytes[next]! : (readU16(bytes, next) << 16) >> 16;
    received.push({ sequenceNumber: (baseSequenceNumber + symbols[i]!) & 0xffff, delta });
    next += length;
  }
  // Browsers set P for the octets up to the word boundary and count them; the draft only shows zeros. Both are read.
  if (end - next > 3) return new Malformed("bad-length", next);
  const referenceTime = (readU24(bytes, at + 4) << 8) >> 8;
  return { baseSequenceNumber, packetStatusCount, referenceTime, feedbackPacketCount: bytes[at + 7]!, received };
}

/**
 * Writes what follows both SSRCs; returns the end, where padding to the word boundary is to follow. Throws `InvalidArgumentError` when `received` is not ascending from the base and within the
 * count, or a delta exceeds 16 bits.
 */
export function writeTransportFeedback(out: Uint8Array, at: number, packet: TransportFeedbackBody): number {
  const { baseSequenceNumber, packetStatusCount, received } = packet;
  const symbols = new Uint8Array(packetStatusCount);
  let before = -1;
  for (const { sequenceNumber, delta } of received) {
    const offset = (sequenceNumber - baseSequenceNumber) & 0xffff;
    if (offset <= before || offset >= packetStatusCount || delta < -32_768 || delta > 32_767) {
      throw new InvalidArgumentError("received packets must ascend within the count, with deltas of 16 bits", {
        code: "RTCP_TRANSPORT_CC",
      });
    }
    symbols[offset] = delta >= 0 && delta <= 255 ? 1 : 2;
    before = offset;
  }
  writeU16(out, at, baseSequenceNumber);
  writeU16(out, at + 2, packetStatusCount);
  writeU24(out, at + 4, packet.referenceTime);
  out[at + 7] = packet.feedbackPacketCount;
  let next = writeChunks(out, at + 8, symbols);
  for (const { delta } of received) {
    if (delta >= 0 && delta <= 255) {
      out[next++] = delta;
    } else {
      writeU16(out, next, delta);
      next += 2;
    }
  }
  return next;
}

/** Tells the symbols in chunks: a run where it says more than a vector would, otherwise the vector that fits. */
function writeChunks(out: Uint8Array, at: number, symbols: Uint8Array): number {
  let next = at;
  for (let i = 0; i < symbols.length; next += 2) {
    const symbol = symbols[i]!;
    let run = 1;
    while (run < MAX_RUN && symbols[i + run] === symbol) run += 1;
    let oneBit = 0;
    while (oneBit < 14 && i + oneBit < symbols.length && symbols[i + oneBit]! < 2) oneBit += 1;
    const fitsOneBit = oneBit === 14 || i + oneBit === symbols.length;
    if (run >= (fitsOneBit ? 14 : 7) || i + run === symbols.length) {
      writeU16(out, next, (symbol << 13) | run);
      i += run;
      continue;
    }
    const [bits, head] = fitsOneBit ? [1, 0x8000] : [2, 0xc000];
    let chunk = head;
    for (let k = 0; k < 14 / bits; k++) chunk |= (symbols[i + k] ?? 0) << (14 - bits * (k + 1));
    writeU16(out, next, chunk);
    i += 14 / bits;
  }
  return next;
}

const MAX_RUN = 0x1fff;
