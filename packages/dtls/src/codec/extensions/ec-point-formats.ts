/** ec_point_formats: `ECPointFormat ec_point_format_list<1..2^8-1>` (RFC 8422 §5.1.2). */
import type { Malformed } from "@purertc/core";
import { type VectorFault, VectorReader, VectorWriter } from "../vector.ts";

/** The only format still in use. */
export const UNCOMPRESSED_POINT = 0;

/** Reads the formats, one byte each. */
export function parseEcPointFormats(data: Uint8Array): Uint8Array | Malformed<VectorFault> {
  const reader = new VectorReader(data);
  return reader.finish(reader.vector8(1));
}

/** The extension's data. */
export function writeEcPointFormats(formats: Uint8Array): Uint8Array {
  return new VectorWriter().vector8(formats).finish();
}
