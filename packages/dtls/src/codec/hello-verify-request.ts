/** HelloVerifyRequest: `server_version(2) cookie<0..2^8-1>` (RFC 6347 §4.2.1). */
import type { Malformed } from "@purertc/core";
import { type VectorFault, VectorReader, VectorWriter } from "./vector.ts";

/** The fields of a HelloVerifyRequest. */
export interface HelloVerifyRequest {
  /** DTLS 1.0 whatever the server wants to negotiate (§4.2.1); not to be believed. */
  readonly version: number;
  /** At most 255 bytes, to be sent back as they are. */
  readonly cookie: Uint8Array;
}

/** Reads the body of a HelloVerifyRequest. */
export function parseHelloVerifyRequest(body: Uint8Array): HelloVerifyRequest | Malformed<VectorFault> {
  const reader = new VectorReader(body);
  return reader.finish({ version: reader.u16(), cookie: reader.vector8() });
}

/** The body of a HelloVerifyRequest. */
export function writeHelloVerifyRequest(request: HelloVerifyRequest): Uint8Array {
  return new VectorWriter().u16(request.version).vector8(request.cookie).finish();
}
