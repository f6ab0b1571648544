/** ClientKeyExchange of the ECDHE suites: `public<1..2^8-1>` (RFC 8422 §5.7). */
import type { Malformed } from "@purertc/core";
import { type VectorFault, VectorReader, VectorWriter } from "./vector.ts";

/** The ephemeral key of the client. */
export interface ClientKeyExchange {
  /** Uncompressed point, or 32 bytes for X25519; 1 to 255 bytes. */
  readonly publicKey: Uint8Array;
}

/** Reads the body of a ClientKeyExchange; `publicKey` is a view of it. */
export function parseClientKeyExchange(body: Uint8Array): ClientKeyExchange | Malformed<VectorFault> {
  const reader = new VectorReader(body);
  return reader.finish({ publicKey: reader.vector8(1) });
}

/** The body of a ClientKeyExchange. */
export function writeClientKeyExchange(exchange: ClientKeyExchange): Uint8Array {
  return new VectorWriter().vector8(exchange.publicKey).finish();
}
