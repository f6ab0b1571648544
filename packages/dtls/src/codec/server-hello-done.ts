/** ServerHelloDone: an empty message (RFC 5246 §7.4.5). */
import { Malformed } from "@purertc/core";

/** ServerHelloDone has no fields: the server's flight ends. */
export type ServerHelloDone = Readonly<Record<never, never>>;

/** Reads the body of a ServerHelloDone. */
export function parseServerHelloDone(body: Uint8Array): ServerHelloDone | Malformed<"trailing-bytes"> {
  return body.length === 0 ? {} : new Malformed("trailing-bytes", 0);
}

/** The empty body. */
export function writeServerHelloDone(): Uint8Array {
  return new Uint8Array(0);
}
