/** renegotiation_info: `renegotiated_connection<0..255>` (RFC 5746 §3.2); empty in an initial handshake. */
import type { Malformed } from "@purertc/core";
import { type VectorFault, VectorReader, VectorWriter } from "../vector.ts";

/** The cipher suite value that stands for an empty renegotiation_info (RFC 5746 §3.3). */
export const EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff;

/** Reads the verify data of the enclosing connection. */
export function parseRenegotiationInfo(data: Uint8Array): Uint8Array | Malformed<VectorFault> {
  const reader = new VectorReader(data);
  return reader.finish(reader.vector8());
}

/** The extension's data. */
export function writeRenegotiationInfo(renegotiatedConnection: Uint8Array): Uint8Array {
  return new VectorWriter().vector8(renegotiatedConnection).finish();
}
