/**
 * DATA (RFC 9260 §3.3.1, I bit of RFC 7053):
 *
 *    +---------------+---------------+-------------------------------+
 *    |   Type = 0    |  Res  |I|U|B|E|            Length             |
 *    +---------------+---------------+-------------------------------+
 *    |                              TSN                              |
 *    +-------------------------------+-------------------------------+
 *    |       Stream Identifier       |    Stream Sequence Number     |
 *    +-------------------------------+-------------------------------+
 *    |                  Payload Protocol Identifier                  |
 *    +---------------------------------------------------------------+
 *    |                           User Data                           |
 */
import { copyBytes, Malformed, readU16, readU32, writeU16, writeU32 } from "@purertc/core";
import { type StatedHeader, unnamedFlags } from "./stated.ts";

/** One fragment of a user message. */
export interface DataChunk extends StatedHeader {
  readonly type: "DATA";
  readonly tsn: number;
  readonly streamId: number;
  readonly streamSequenceNumber: number;
  readonly payloadProtocolId: number;
  /** I bit: the sender wants a SACK without delay. Default false, as the next three. */
  readonly immediate?: boolean;
  readonly unordered?: boolean;
  /** B bit: first fragment of the message. */
  readonly beginning?: boolean;
  /** E bit: last fragment of the message. */
  readonly ending?: boolean;
  /** May be empty here; an association answers an empty one with ABORT "No User Data" (§6.2). */
  readonly userData: Uint8Array;
}

/** Bits of the flags octet of DATA and I-DATA. */
export const DataFlag = { ENDING: 1, BEGINNING: 2, UNORDERED: 4, IMMEDIATE: 8 } as const;

/** Bytes of a DATA chunk before its user data. */
export const DATA_HEADER_LENGTH = 16;

/** Reads the chunk at `bytes[at, end)`. User data is copied. */
export function parseDataChunk(bytes: Uint8Array, at: number, end: number): DataChunk | Malformed {
  if (end - at < DATA_HEADER_LENGTH) return new Malformed("bad-length", at + 2);
  const flags = bytes[at + 1]!;
  return {
    type: "DATA",
    ...unnamedFlags(flags, 0x0f),
    tsn: readU32(bytes, at + 4),
    streamId: readU16(bytes, at + 8),
    streamSequenceNumber: readU16(bytes, at + 10),
    payloadProtocolId: readU32(bytes, at + 12),
    immediate: (flags & DataFlag.IMMEDIATE) !== 0,
    unordered: (flags & DataFlag.UNORDERED) !== 0,
    beginning: (flags & DataFlag.BEGINNING) !== 0,
    ending: (flags & DataFlag.ENDING) !== 0,
    userData: copyBytes(bytes.subarray(at + DATA_HEADER_LENGTH, end)),
  };
}

/** Writes everything but type and length at `out[at]`; returns the end. */
export function writeDataChunk(out: Uint8Array, at: number, chunk: DataChunk): number {
  out[at + 1] = chunk.flags ?? dataFlags(chunk);
  writeU32(out, at + 4, chunk.tsn);
  writeU16(out, at + 8, chunk.streamId);
  writeU16(out, at + 10, chunk.streamSequenceNumber);
  writeU32(out, at + 12, chunk.payloadProtocolId);
  out.set(chunk.userData, at + DATA_HEADER_LENGTH);
  return at + DATA_HEADER_LENGTH + chunk.userData.length;
}

/** The flags octet that the four boolean fields of DATA and I-DATA stand for. */
export function dataFlags(chunk: {
  readonly immediate?: boolean;
  readonly unordered?: boolean;
  readonly beginning?: boolean;
  readonly ending?: boolean;
}): number {
  return (
    (chunk.immediate ? DataFlag.IMMEDIATE : 0) |
    (chunk.unordered ? DataFlag.UNORDERED : 0) |
    (chunk.beginning ? DataFlag.BEGINNING : 0) |
    (chunk.ending ? DataFlag.ENDING : 0)
  );
}
