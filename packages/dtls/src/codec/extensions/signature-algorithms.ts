/** signature_algorithms: `SignatureScheme supported_signature_algorithms<2..2^16-2>` (RFC 5246 §7.4.1.4.1, RFC 8446 §4.2.3). */
import type { Malformed } from "@purertc/core";
import { type VectorFault, VectorReader, VectorWriter } from "../vector.ts";

/** Reads code points of "TLS SignatureScheme", in order of preference. */
export function parseSignatureAlgorithms(data: Uint8Array): readonly number[] | Malformed<VectorFault> {
  const reader = new VectorReader(data);
  return reader.finish(reader.numbers16());
}

/** The extension's data. */
export function writeSignatureAlgorithms(schemes: readonly number[]): Uint8Array {
  return new VectorWriter().numbers16(schemes).finish();
}
