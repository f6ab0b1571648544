/**
 * I-DATA (RFC 8260 §2.1): DATA whose fragments of different messages may be interleaved.
 *
 *    +---------------+---------------+-------------------------------+
 *    |   Type = 64   |  Res  |I|U|B|E|            Length             |
 *    +---------------+---------------+-------------------------------+
 *    |                              TSN                              |
 *    +-------------------------------+-------------------------------+
 *    |       Stream Identifier       |           Reserved            |
 *    +-------------------------------+-------------------------------+
 *    |                      Message Identifier                       |
 *    +---------------------------------------------------------------+
 *    |   Payload Protocol Identifier (B = 1) / Fragment Sequence Number (B = 0)
 *    +---------------------------------------------------------------+
 *    |                           User Data                           |
 */
import { copyBytes, Malformed, readU16, readU32, writeU16, writeU32 } from "@purertc/core";
import { DataFlag, dataFlags } from "./data.ts";
import { type StatedHeader, unnamedFlags } from "./stated.ts";

/** One fragment of a user message that may be interleaved with others. */
export interface IDataChunk extends StatedHeader {
  readonly type: "I-DATA";
  readonly tsn: number;
  readonly streamId: number;
  /** Sent as 0, ignored on receipt; kept so that packets survive a round trip. Default 0. */
  readonly reserved?: number;
  readonly messageId: number;
  /** Meaning of the field after the message identifier: the PPID when `beginning`, else the fragment sequence number (1, 2, ...). */
  readonly ppidOrFragment: number;
  readonly immediate?: boolean;
  readonly unordered?: boolean;
  readonly beginning?: boolean;
  readonly ending?: boolean;
  readonly userData: Uint8Array;
}

/** Bytes of an I-DATA chunk before its user data. */
export const I_DATA_HEADER_LENGTH = 20;

/** Reads the chunk at `bytes[at, end)`. User data is copied. */
export function parseIDataChunk(bytes: Uint8Array, at: number, end: number): IDataChunk | Malformed {
  if (end - at < I_DATA_HEADER_LENGTH) return new Malformed("bad-length", at + 2);
  const flags = bytes[at + 1]!;
  const reserved = readU16(bytes, at + 10);
  return {
    type: "I-DATA",
    ...unnamedFlags(flags, 0x0f),
    tsn: readU32(bytes, at + 4),
    streamId: readU16(bytes, at + 8),
    ...(reserved === 0 ? {} : { reserved }),
    messageId: readU32(bytes, at + 12),
    ppidOrFragment: readU32(bytes, at + 16),
    immediate: (flags & DataFlag.IMMEDIATE) !== 0,
    unordered: (flags & DataFlag.UNORDERED) !== 0,
    beginning: (flags & DataFlag.BEGINNING) !== 0,
    ending: (flags & DataFlag.ENDING) !== 0,
    userData: copyBytes(bytes.subarray(at + I_DATA_HEADER_LENGTH, end)),
  };
}

/** Writes everything but type and length at `out[at]`; returns the end. */
export function writeIDataChunk(out: Uint8Array, at: number, chunk: IDataChunk): number {
  out[at + 1] = chunk.flags ?? dataFlags(chunk);
  writeU32(out, at + 4, chunk.tsn);
  writeU16(out, at + 8, chunk.streamId);
  writeU16(out, at + 10, chunk.reserved ?? 0);
  writeU32(out, at + 12, chunk.messageId);
  writeU32(out, at + 16, chunk.ppidOrFragment);
  out.set(chunk.userData, at + I_DATA_HEADER_LENGTH);
  return at + I_DATA_HEADER_LENGTH + chunk.userData.length;
}
