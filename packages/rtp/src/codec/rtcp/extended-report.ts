/**
 * XR (RFC 3611 §2, §3): an SSRC and report blocks, each
 *
 *    |      BT       | type-specific |   block length in words       |   then its contents
 *
 * Receiver reference time (BT 4, §4.4) and DLRR (BT 5, §4.5) are read; the others are kept as they are.
 */
import { Malformed, readU16, readU32, readU64, writeU16, writeU32, writeU64 } from "@purertc/core";
import { checkRtcpField, type RtcpFault, type StatedRtcpHeader, writeRtcpPart } from "./header.ts";

/** BT 4: the clock of a receiver that sends no SR, so that it can learn its round-trip time. */
export interface ReceiverReferenceTime {
  readonly block: "RRTR";
  /** 32.32 fixed point; see `ntpFromUnixMs`. */
  readonly ntpTimestamp: bigint;
}

/** BT 5: the answer to it. */
export interface DelaySinceLastReceiverReport {
  readonly block: "DLRR";
  /** One for each receiver whose RRTR came. */
  readonly reports: readonly {
    readonly ssrc: number;
    /** Middle 32 bits of the last RRTR's timestamp; 0: none yet. */
    readonly lastReceiverReport: number;
    /** In units of 1/65 536 s. */
    readonly delay: number;
  }[];
}

/** Any other block. */
export interface OtherReportBlock {
  readonly block: "other";
  /** BT: 0 to 255. */
  readonly blockType: number;
  /** The block header's second octet. */
  readonly typeSpecific: number;
  /** A multiple of 4 octets. */
  readonly contents: Uint8Array;
}

/** A report block of an XR packet. */
export type ExtendedReportBlock = ReceiverReferenceTime | DelaySinceLastReceiverReport | OtherReportBlock;

/** XR. */
export interface ExtendedReport extends StatedRtcpHeader {
  readonly type: "XR";
  /** Of who reports, 32 bits. */
  readonly ssrc: number;
  /** In their order. */
  readonly blocks: readonly ExtendedReportBlock[];
}

/** Reads what follows the header at `bytes[at, end)`. */
export function parseExtendedReport(bytes: Uint8Array, at: number, end: number): ExtendedReport | Malformed<RtcpFault> {
  if (at + 4 > end) return new Malformed("bad-length", at);
  const blocks: ExtendedReportBlock[] = [];
  let next = at + 4;
  while (next < end) {
    const contentsAt = next + 4;
    if (contentsAt > end) return new Malformed("bad-block", next);
    const blockEnd = contentsAt + 4 * readU16(bytes, next + 2);
    if (blockEnd > end) return new Malformed("bad-block", next + 2);
    const blockType = bytes[next]!;
    if (blockType === RRTR) {
      if (blockEnd - contentsAt !== 8) return new Malformed("bad-block", next + 2);
      blocks.push({ block: "RRTR", ntpTimestamp: readU64(bytes, contentsAt) });
    } else if (blockType === DLRR) {
      if ((blockEnd - contentsAt) % 12 !== 0) return new Malformed("bad-block", next + 2);
      const reports: { ssrc: number; lastReceiverReport: number; delay: number }[] = [];
      for (let i = contentsAt; i < blockEnd; i += 12) {
        reports.push({ ssrc: readU32(bytes, i), lastReceiverReport: readU32(bytes, i + 4), delay: readU32(bytes, i + 8) });
      }
      blocks.push({ block: "DLRR", reports });
    } else {
      blocks.push({ block: "other", blockType, typeSpecific: bytes[next + 1]!, contents: bytes.slice(contentsAt, blockEnd) });
    }
    next = blockEnd;
  }
  return { type: "XR", ssrc: readU32(bytes, at), blocks };
}

/** Writes what follows the header at `out[at]`; returns the end. Throws `InvalidArgumentError` for a block that is not whole words. */
export function writeExtendedReport(out: Uint8Array, at: number, packet: ExtendedReport): number {
  writeU32(out, at, packet.ssrc);
  let next = at + 4;
  for (const block of packet.blocks) {
    const start = next;
    next += 4;
    out[start + 1] = 0;
    if (block.block === "RRTR") {
      out[start] = RRTR;
      writeU64(out, next, block.ntpTimestamp);
      next += 8;
    } else if (block.block === "DLRR") {
      out[start] = DLRR;
      for (const { ssrc, lastReceiverReport, delay } of block.reports) {
        writeU32(out, next, ssrc);
        writeU32(out, next + 4, lastReceiverReport);
        writeU32(out, next + 8, delay);
        next += 12;
      }
    } else {
      out[start] = block.blockType;
      out[start + 1] = block.typeSpecific;
      checkRtcpField(block.contents.length % 4 === 0, "an XR block is a whole number of 32-bit words");
      next = writeRtcpPart(out, next, block.contents);
    }
    writeU16(out, start + 2, (next - start) / 4 - 1);
  }
  return next;
}

const RRTR = 4;
const DLRR = 5;
