/** connection_id: `cid<0..2^8-1>` (RFC 9146 §3). Read so that offers can be shown; never negotiated here. */
import type { Malformed } from "@purertc/core";
import { type VectorFault, VectorReader, VectorWriter } from "../vector.ts";

/** Reads the connection id the sender wants to receive. */
export function parseConnectionId(data: Uint8Array): Uint8Array | Malformed<VectorFault> {
  const reader = new VectorReader(data);
  return reader.finish(reader.vector8());
}

/** The extension's data. */
export function writeConnectionId(cid: Uint8Array): Uint8Array {
  return new VectorWriter().vector8(cid).finish();
}
