/** supported_groups: `NamedGroup named_group_list<2..2^16-1>` (RFC 8422 §5.1.1, RFC 8446 §4.2.7). */
import type { Malformed } from "@purertc/core";
import { type VectorFault, VectorReader, VectorWriter } from "../vector.ts";

/** Reads code points of "TLS Supported Groups", in order of preference. */
export function parseSupportedGroups(data: Uint8Array): readonly number[] | Malformed<VectorFault> {
  const reader = new VectorReader(data);
  return reader.finish(reader.numbers16());
}

/** The extension's data. */
export function writeSupportedGroups(groups: readonly number[]): Uint8Array {
  return new VectorWriter().numbers16(groups).finish();
}
