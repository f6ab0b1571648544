/**
 * ServerKeyExchange of the ECDHE suites (RFC 8422 §5.4).
 *
 *   curve_type(1) = 3   named_curve(2)   public<1..2^8-1>   |   algorithm(2)   signature<0..2^16-1>
 *   ^---------------- ServerECDHParams ----------------^        signature over client random, server random, ServerECDHParams
 */
import { Malformed } from "@purertc/core";
import { type VectorFault, VectorReader, VectorWriter } from "./vector.ts";

/** The ephemeral key of the server. */
export interface EcdheParameters {
  /** Code point of "TLS Supported Groups". */
  readonly group: number;
  /** Uncompressed point, or 32 bytes for X25519; 1 to 255 bytes. */
  readonly publicKey: Uint8Array;
}

/** The fields of a ServerKeyExchange. */
export interface ServerKeyExchange extends EcdheParameters {
  /** Code point of "TLS SignatureScheme". */
  readonly scheme: number;
  readonly signature: Uint8Array;
}

/** Reads the body of a ServerKeyExchange. Byte strings are views of `body`. */
export function parseServerKeyExchange(body: Uint8Array): ServerKeyExchange | Malformed<VectorFault | "curve-type"> {
  if (body.length > 0 && body[0] !== NAMED_CURVE) return new Malformed("curve-type", 0);
  const reader = new VectorReader(body);
  reader.u8();
  return reader.finish({ group: reader.u16(), publicKey: reader.vector8(1), scheme: reader.u16(), signature: reader.vector16() });
}

/** ServerECDHParams: what the signature covers, after the two randoms. */
export function writeEcdheParameters(parameters: EcdheParameters): Uint8Array {
  return new VectorWriter().u8(NAMED_CURVE).u16(parameters.group).vector8(parameters.publicKey).finish();
}

/** The body of a ServerKeyExchange. */
export function writeServerKeyExchange(exchange: ServerKeyExchange): Uint8Array {
  return new VectorWriter().bytes(writeEcdheParameters(exchange)).u16(exchange.scheme).vector16(exchange.signature).finish();
}

/** RFC 8422 §5.4: the explicit curve types 1 and 2 are no longer allowed. */
const NAMED_CURVE = 3;
