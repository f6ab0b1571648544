/** SHUTDOWN, SHUTDOWN ACK and SHUTDOWN COMPLETE (RFC 9260 §3.3.8, §3.3.9, §3.3.13). */
import { Malformed, readU32, writeU32 } from "@purertc/core";
import { TAG_REFLECTED } from "./error.ts";
import { type StatedHeader, unnamedFlags } from "./stated.ts";

/** The sender has nothing more to send and nothing outstanding. */
export interface ShutdownChunk extends StatedHeader {
  readonly type: "SHUTDOWN";
  readonly cumulativeTsnAck: number;
}

/** The answer once the peer has nothing outstanding either. */
export interface ShutdownAckChunk extends StatedHeader {
  readonly type: "SHUTDOWN-ACK";
}

/** The last packet of an association. */
export interface ShutdownCompleteChunk extends StatedHeader {
  readonly type: "SHUTDOWN-COMPLETE";
  /** T bit: the packet's verification tag is the receiver's own (§8.5.1). Default false. */
  readonly tagReflected?: boolean;
}

/** Reads the chunk at `bytes[at, end)`. */
export function parseShutdownChunk(bytes: Uint8Array, at: number, end: number): ShutdownChunk | Malformed {
  if (end - at !== 8) return new Malformed("bad-length", at + 2);
  return { type: "SHUTDOWN", ...unnamedFlags(bytes[at + 1]!, 0), cumulativeTsnAck: readU32(bytes, at + 4) };
}

/** Reads the chunk at `bytes[at, end)`. */
export function parseShutdownAckChunk(bytes: Uint8Array, at: number, end: number): ShutdownAckChunk | Malformed {
  if (end - at !== 4) return new Malformed("bad-length", at + 2);
  return { type: "SHUTDOWN-ACK", ...unnamedFlags(bytes[at + 1]!, 0) };
}

/** Reads the chunk at `bytes[at, end)`. */
export function parseShutdownCompleteChunk(bytes: Uint8Array, at: number, end: number): ShutdownCompleteChunk | Malformed {
  if (end - at !== 4) return new Malformed("bad-length", at + 2);
  const flags = bytes[at + 1]!;
  return { type: "SHUTDOWN-COMPLETE", ...unnamedFlags(flags, TAG_REFLECTED), tagReflected: (flags & TAG_REFLECTED) !== 0 };
}

/** Writes everything but type and length at `out[at]`; returns the end. */
export function writeShutdownChunk(out: Uint8Array, at: number, chunk: ShutdownChunk | ShutdownAckChunk | ShutdownCompleteChunk): number {
  out[at + 1] = chunk.flags ?? (chunk.type === "SHUTDOWN-COMPLETE" && chunk.tagReflected ? TAG_REFLECTED : 0);
  if (chunk.type !== "SHUTDOWN") return at + 4;
  writeU32(out, at + 4, chunk.cumulativeTsnAck);
  return at + 8;
}
