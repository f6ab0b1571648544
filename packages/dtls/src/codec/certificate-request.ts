/**
 * CertificateRequest (RFC 5246 §7.4.4).
 *
 *   certificate_types<1..2^8-1>   supported_signature_algorithms<2..2^16-2>   certificate_authorities<0..2^16-1>
 */
import type { Malformed } from "@purertc/core";
import { type VectorFault, VectorReader, VectorWriter } from "./vector.ts";

/** RFC 5246 §7.4.4, RFC 8422 §5.5. */
export const ClientCertificateType = { rsaSign: 1, dssSign: 2, ecdsaSign: 64 } as const;

/** The fields of a CertificateRequest. */
export interface CertificateRequest {
  /** One byte a type; see {@link ClientCertificateType}. */
  readonly certificateTypes: Uint8Array;
  /** Code points of "TLS SignatureScheme". */
  readonly signatureAlgorithms: readonly number[];
  /** DER distinguished names. */
  readonly authorities: readonly Uint8Array[];
}

/** Reads the body of a CertificateRequest. Byte strings are views of `body`. */
export function parseCertificateRequest(body: Uint8Array): CertificateRequest | Malformed<VectorFault> {
  const reader = new VectorReader(body);
  const certificateTypes = reader.vector8(1);
  const signatureAlgorithms = reader.numbers16();
  const names = new VectorReader(reader.vector16());
  const authorities: Uint8Array[] = [];
  while (names.more) authorities.push(names.vector16(1));
  return reader.finish(undefined) ?? names.finish({ certificateTypes, signatureAlgorithms, authorities });
}

/** The body of a CertificateRequest. */
export function writeCertificateRequest(request: CertificateRequest): Uint8Array {
  const names = new VectorWriter();
  for (const name of request.authorities) names.vector16(name);
  const writer = new VectorWriter().vector8(request.certificateTypes).numbers16(request.signatureAlgorithms);
  return writer.vector16(names.finish()).finish();
}
