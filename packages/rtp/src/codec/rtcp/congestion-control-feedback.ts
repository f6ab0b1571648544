/**
 * RTP congestion control feedback (RFC 8888 §3.1, PT 205, FMT 11). It has no SSRC of media source; after the sender's SSRC, for each stream
 *
 *    |                   SSRC of nth RTP stream                      |
 *    |          begin_seq            |          num_reports          |
 *    |R|ECN|  arrival time offset    | ...                           |   num_reports of them, zero-padded to a word
 *
 * and last the report timestamp (RTS), the middle 32 bits of an NTP timestamp.
 */
import { Malformed, readU16, readU32, writeU16, writeU32 } from "@purertc/core";
import { checkRtcpField, type RtcpFault, type StatedRtcpHeader } from "./header.ts";

/** How one packet arrived; undefined stands for one that did not. */
export interface PacketMetric {
  /** ECN field of the IP header: 0 not-ECT, 1 ECT(1), 2 ECT(0), 3 CE. */
  readonly ecn: number;
  /** Arrival before the report timestamp in units of 1/1024 s: 0 to 0x1ffd; 0x1ffe: earlier than that; 0x1fff: not known. */
  readonly arrivalTimeOffset: number;
}

/** One stream's packets. */
export interface StreamFeedback {
  /** Of the stream, 32 bits. */
  readonly ssrc: number;
  /** Sequence number of the first. */
  readonly beginSequenceNumber: number;
  /** In order of sequence number; at most 16 384 (§3.1). */
  readonly metrics: readonly (PacketMetric | undefined)[];
}

/** CCFB. */
export interface CongestionControlFeedback extends StatedRtcpHeader {
  readonly type: "CCFB";
  /** Of who reports, 32 bits. */
  readonly senderSsrc: number;
  /** One for each stream reported on; may be none. */
  readonly streams: readonly StreamFeedback[];
  /** In units of 1/65 536 s. */
  readonly reportTimestamp: number;
}

/** Reads what follows the header at `bytes[at, end)`. */
export function parseCongestionControlFeedback(
  bytes: Uint8Array,
  at: number,
  end: number,
): CongestionControlFeedback | Malformed<RtcpFault> {
  const timestampAt = end - 4;
  if (timestampAt < at + 4) return new Malformed("bad-length", at);
  const streams: StreamFeedback[] = [];
  let next = at + 4;
  while (next < timestampAt) {
    if (next + 8 > timestampAt) return new Malformed("bad-block", next);
    const count = readU16(bytes, next + 6);
    const metricsAt = next + 8;
    const following = metricsAt + ((2 * count + 3) & ~3);
    if (count > MAX_REPORTS || following > timestampAt) return new Malformed("bad-block", next + 6);
    const metrics: (PacketMetric | undefined)[] = [];
    for (let i = metricsAt; i < metricsAt + 2 * count; i += 2) {
      const block = readU16(bytes, i);
      metrics.push(block < 0x8000 ? undefined : { ecn: (block >>> 13) & 3, arrivalTimeOffset: block & 0x1fff });
    }
    streams.push({ ssrc: readU32(bytes, next), beginSequenceNumber: readU16(bytes, next + 4), metrics });
    next = following;
  }
  return { type: "CCFB", senderSsrc: readU32(bytes, at), streams, reportTimestamp: readU32(bytes, timestampAt) };
}

/** Writes what follows the header at `out[at]`; returns the end. */
export function writeCongestionControlFeedback(out: Uint8Array, at: number, packet: CongestionControlFeedback): number {
  writeU32(out, at, packet.senderSsrc);
  let next = at + 4;
  for (const { ssrc, beginSequenceNumber, metrics } of packet.streams) {
    checkRtcpField(metrics.length <= 0xffff, "num_reports has 16 bits");
    writeU32(out, next, ssrc);
    writeU16(out, next + 4, beginSequenceNumber);
    writeU16(out, next + 6, metrics.length);
    next += 8;
    for (const metric of metrics) {
      writeU16(out, next, metric === undefined ? 0 : 0x8000 | ((metric.ecn & 3) << 13) | (metric.arrivalTimeOffset & 0x1fff));
      next += 2;
    }
    if (metrics.length % 2 === 1) {
      writeU16(out, next, 0);
      next += 2;
    }
  }
  writeU32(out, next, packet.reportTimestamp);
  return next + 4;
}

/** RFC 8888 §3.1: no block reports on more. */
const MAX_REPORTS = 16_384;
