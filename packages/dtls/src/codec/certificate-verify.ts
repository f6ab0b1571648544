/** CertificateVerify: `algorithm(2) signature<0..2^16-1>` (RFC 5246 §7.4.8, RFC 8446 §4.4.3). */
import type { Malformed } from "@purertc/core";
import { type VectorFault, VectorReader, VectorWriter } from "./vector.ts";

/** Proof that the sender has the private key of its certificate. */
export interface CertificateVerify {
  /** Code point of "TLS SignatureScheme". */
  readonly scheme: number;
  readonly signature: Uint8Array;
}

/** Reads the body of a CertificateVerify; `signature` is a view of it. */
export function parseCertificateVerify(body: Uint8Array): CertificateVerify | Malformed<VectorFault> {
  const reader = new VectorReader(body);
  return reader.finish({ scheme: reader.u16(), signature: reader.vector16() });
}

/** The body of a CertificateVerify. */
export function writeCertificateVerify(verify: CertificateVerify): Uint8Array {
  return new VectorWriter().u16(verify.scheme).vector16(verify.signature).finish();
}
