/** COOKIE ECHO and COOKIE ACK (RFC 9260 §3.3.11, §3.3.12). */
import { copyBytes, Malformed } from "@purertc/core";
import { type StatedHeader, unnamedFlags } from "./stated.ts";

/** Brings a state cookie back to its maker. */
export interface CookieEchoChunk extends StatedHeader {
  readonly type: "COOKIE-ECHO";
  readonly cookie: Uint8Array;
}

/** The cookie was good. */
export interface CookieAckChunk extends StatedHeader {
  readonly type: "COOKIE-ACK";
}

/** Reads the chunk at `bytes[at, end)`. The cookie is copied. */
export function parseCookieEchoChunk(bytes: Uint8Array, at: number, end: number): CookieEchoChunk {
  return { type: "COOKIE-ECHO", ...unnamedFlags(bytes[at + 1]!, 0), cookie: copyBytes(bytes.subarray(at + 4, end)) };
}

/** Reads the chunk at `bytes[at, end)`. */
export function parseCookieAckChunk(bytes: Uint8Array, at: number, end: number): CookieAckChunk | Malformed {
  if (end - at !== 4) return new Malformed("bad-length", at + 2);
  return { type: "COOKIE-ACK", ...unnamedFlags(bytes[at + 1]!, 0) };
}

/** Writes everything but type and length at `out[at]`; returns the end. */
export function writeCookieChunk(out: Uint8Array, at: number, chunk: CookieEchoChunk | CookieAckChunk): number {
  out[at + 1] = chunk.flags ?? 0;
  if (chunk.type === "COOKIE-ACK") return at + 4;
  out.set(chunk.cookie, at + 4);
  return at + 4 + chunk.cookie.length;
}
