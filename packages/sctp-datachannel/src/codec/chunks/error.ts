/** ABORT and ERROR (RFC 9260 §3.3.7, §3.3.10): a list of error causes; ABORT may have none. */
import { Malformed } from "@purertc/core";
import { type ErrorCause, parseErrorCauses, writeErrorCauses } from "../error-causes.ts";
import { type StatedHeader, unnamedFlags } from "./stated.ts";

/** Ends the association at once. */
export interface AbortChunk extends StatedHeader {
  readonly type: "ABORT";
  /** T bit: the packet's verification tag is the receiver's own (§8.5.1). Default false. */
  readonly tagReflected?: boolean;
  readonly causes: readonly ErrorCause[];
}

/** Reports something without ending the association. */
export interface ErrorChunk extends StatedHeader {
  readonly type: "ERROR";
  readonly causes: readonly ErrorCause[];
}

/** The T bit of ABORT and SHUTDOWN COMPLETE. */
export const TAG_REFLECTED = 1;

/** Reads the chunk at `bytes[at, end)`. */
export function parseAbortChunk(bytes: Uint8Array, at: number, end: number): AbortChunk | Malformed {
  const causes = parseErrorCauses(bytes, at + 4, end);
  if (causes instanceof Malformed) return causes;
  const flags = bytes[at + 1]!;
  return { type: "ABORT", ...unnamedFlags(flags, TAG_REFLECTED), tagReflected: (flags & TAG_REFLECTED) !== 0, causes };
}

/** Reads the chunk at `bytes[at, end)`. */
export function parseErrorChunk(bytes: Uint8Array, at: number, end: number): ErrorChunk | Malformed {
  const causes = parseErrorCauses(bytes, at + 4, end);
  if (causes instanceof Malformed) return causes;
  return { type: "ERROR", ...unnamedFlags(bytes[at + 1]!, 0), causes };
}

/** Writes everything but type and length at `out[at]`; returns the end. */
export function writeErrorChunk(out: Uint8Array, at: number, chunk: AbortChunk | ErrorChunk): number {
  out[at + 1] = chunk.flags ?? (chunk.type === "ABORT" && chunk.tagReflected ? TAG_REFLECTED : 0);
  return writeErrorCauses(out, at + 4, chunk.causes);
}
