/**
 * The record header that DTLS 1.2 uses for everything and DTLS 1.3 for plaintext (RFC 6347 §4.1, RFC 9147 §4).
 *
 *    0      1      2      3      4      5            10     11     12     13
 *   +------+------+------+------+------+---- ... ----+------+------+--- ...
 *   | type |   version   |    epoch    |   sequence   |   length    | fragment
 *   +------+------+------+------+------+---- ... ----+------+------+--- ...
 */
import { Malformed, readU16, readU48, writeU16, writeU48 } from "@purertc/core";

/** RFC 5246 §6.2.1 and the registry "TLS ContentType". */
export const ContentType = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
  heartbeat: 24,
  tls12Cid: 25,
  ack: 26,
} as const;

/** Bytes before the fragment. */
export const RECORD_HEADER_LENGTH = 13;

/** The longest plaintext of a record (RFC 5246 §6.2.1). */
export const MAX_PLAINTEXT_LENGTH = 0x4000;

/** The longest fragment on the wire: a plaintext may grow by 2048 bytes when protected (RFC 5246 §6.2.3). */
export const MAX_FRAGMENT_LENGTH: number = MAX_PLAINTEXT_LENGTH + 2048;

/** The fields of the header. */
export interface RecordHeader {
  /** See {@link ContentType}; others occur. */
  readonly type: number;
  readonly version: number;
  /** 0 to 2^16 - 1; counts cipher changes. */
  readonly epoch: number;
  /** 0 to 2^48 - 1, per epoch. */
  readonly sequenceNumber: number;
  /** Bytes of the fragment. */
  readonly length: number;
}

/** A record with its fragment as it is on the wire, protected or not. */
export interface DtlsRecord {
  readonly type: number;
  readonly version: number;
  readonly epoch: number;
  readonly sequenceNumber: number;
  readonly fragment: Uint8Array;
  /** What the header says when that should not be `fragment.length`; never set by the parser. */
  readonly length?: number;
}

/** Why bytes are not a record. `"unified-header"`: a protected record of DTLS 1.3 (RFC 9147 §4, first bits 001). */
export type RecordFault = "truncated" | "bad-length" | "unified-header";

/** Reads the header of the record at `at`, which must be whole within `datagram`. */
export function parseRecordHeader(datagram: Uint8Array, at: number): RecordHeader | Malformed<RecordFault> {
  if (at < datagram.length && (datagram[at]! & 0xe0) === 0x20) return new Malformed("unified-header", at);
  if (datagram.length - at < RECORD_HEADER_LENGTH) return new Malformed("truncated", datagram.length);
  const length = readU16(datagram, at + 11);
  if (length > MAX_FRAGMENT_LENGTH) return new Malformed("bad-length", at + 11);
  if (datagram.length - at - RECORD_HEADER_LENGTH < length) return new Malformed("truncated", datagram.length);
  return {
    type: datagram[at]!,
    version: readU16(datagram, at + 1),
    epoch: readU16(datagram, at + 3),
    sequenceNumber: readU48(datagram, at + 5),
    length,
  };
}

/** All records of a datagram; fragments are views of it. An empty datagram has none. */
export function parseRecords(datagram: Uint8Array): DtlsRecord[] | Malformed<RecordFault> {
  const records: DtlsRecord[] = [];
  for (let at = 0; at < datagram.length; ) {
    const header = parseRecordHeader(datagram, at);
    if (header instanceof Malformed) return header;
    const { length, ...fields } = header;
    const from = at + RECORD_HEADER_LENGTH;
    at = from + length;
    records.push({ ...fields, fragment: datagram.subarray(from, at) });
  }
  return records;
}

/** Writes a header at `at`. */
export function writeRecordHeader(
  out: Uint8Array,
  at: number,
  type: number,
  version: number,
  epoch: number,
  sequenceNumber: number,
  length: number,
): void {
  out[at] = type;
  writeU16(out, at + 1, version);
  writeU16(out, at + 3, epoch);
  writeU48(out, at + 5, sequenceNumber);
  writeU16(out, at + 11, length);
}

/** Writes a record at `at` and returns the offset after it. `out` must have room for it. */
export function writeRecord(out: Uint8Array, at: number, record: DtlsRecord): number {
  const { type, version, epoch, sequenceNumber, fragment, length = fragment.length } = record;
  writeRecordHeader(out, at, type, version, epoch, sequenceNumber, length);
  out.set(fragment, at + RECORD_HEADER_LENGTH);
  return at + RECORD_HEADER_LENGTH + fragment.length;
}
