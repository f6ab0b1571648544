/** HelloRequest: an empty message (RFC 5246 §7.4.1.1). */
import { Malformed } from "@purertc/core";

/** HelloRequest has no fields: a server asks to renegotiate. */
export type HelloRequest = Readonly<Record<never, never>>;

/** Reads the body of a HelloRequest. */
export function parseHelloRequest(body: Uint8Array): HelloRequest | Malformed<"trailing-bytes"> {
  return body.length === 0 ? {} : new Malformed("trailing-bytes", 0);
}

/** The empty body. */
export function writeHelloRequest(): Uint8Array {
  return new Uint8Array(0);
}
