/** application_layer_protocol_negotiation: `ProtocolName<1..2^8-1> protocol_name_list<2..2^16-1>` (RFC 7301 §3.1). */
import type { Malformed } from "@purertc/core";
import { type VectorFault, VectorReader, VectorWriter } from "../vector.ts";

/** Reads the names as bytes; they need not be text. */
export function parseAlpn(data: Uint8Array): readonly Uint8Array[] | Malformed<VectorFault> {
  const reader = new VectorReader(data);
  const list = new VectorReader(reader.vector16(2));
  const names: Uint8Array[] = [];
  while (list.more) names.push(list.vector8(1));
  return reader.finish(undefined) ?? list.finish(names);
}

/** The extension's data. */
export function writeAlpn(names: readonly Uint8Array[]): Uint8Array {
  const list = new VectorWriter();
  for (const name of names) list.vector8(name);
  return new VectorWriter().vector16(list.finish()).finish();
}
