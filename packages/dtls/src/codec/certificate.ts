/** Certificate: `ASN.1Cert<1..2^24-1> certificate_list<0..2^24-1>` (RFC 5246 §7.4.2). */
import type { Malformed } from "@purertc/core";
import { type VectorFault, VectorReader, VectorWriter } from "./vector.ts";

/** A certificate chain; empty when a client has no certificate to give (§7.4.6). */
export interface Certificate {
  /** DER certificates, the sender's own first. */
  readonly chain: readonly Uint8Array[];
}

/** Reads the body of a Certificate message. Certificates are views of `body`. */
export function parseCertificate(body: Uint8Array): Certificate | Malformed<VectorFault> {
  const reader = new VectorReader(body);
  const list = new VectorReader(reader.vector24());
  const chain: Uint8Array[] = [];
  while (list.more) chain.push(list.vector24(1));
  const outer = reader.finish(undefined);
  return outer ?? list.finish({ chain });
}

/** The body of a Certificate message. */
export function writeCertificate(certificate: Certificate): Uint8Array {
  const list = new VectorWriter();
  for (const der of certificate.chain) list.vector24(der);
  return new VectorWriter().vector24(list.finish()).finish();
}
