/** record_size_limit: `uint16 RecordSizeLimit` of at least 64 (RFC 8449 §4). */
import { Malformed, readU16 } from "@purertc/core";
import { VectorWriter } from "../vector.ts";

/** Reads the longest plaintext the sender takes, in bytes. */
export function parseRecordSizeLimit(data: Uint8Array): number | Malformed<"bad-length" | "bad-value"> {
  if (data.length !== 2) return new Malformed("bad-length", 0);
  const limit = readU16(data, 0);
  return limit < 64 ? new Malformed("bad-value", 0) : limit;
}

/** The extension's data. */
export function writeRecordSizeLimit(limit: number): Uint8Array {
  return new VectorWriter().u16(limit).finish();
}
