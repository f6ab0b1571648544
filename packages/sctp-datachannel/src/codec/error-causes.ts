/** Error causes of ABORT and ERROR (RFC 9260 §3.3.10). */
import { copyBytes, Malformed, readU16, readU32, writeU16, writeU32 } from "@purertc/core";
import { finishTlv, padded, parseTlvList } from "./type-length-value.ts";

/** Cause 1 (§3.3.10.1). */
export interface InvalidStreamIdentifierCause {
  readonly type: "INVALID-STREAM-IDENTIFIER";
  readonly streamId: number;
}

/** Cause 2 (§3.3.10.2): types of the parameters that were missing. */
export interface MissingMandatoryParameterCause {
  readonly type: "MISSING-MANDATORY-PARAMETER";
  readonly parameterTypes: readonly number[];
}

/** Cause 3 (§3.3.10.3): how late the cookie was, in microseconds. Cause 9 (§3.3.10.9): the TSN of the empty DATA chunk. */
export interface NumberCause {
  readonly type: "STALE-COOKIE" | "NO-USER-DATA";
  readonly value: number;
}

/** Causes without a value: 4, 7 and 10. */
export interface PlainCause {
  readonly type: "OUT-OF-RESOURCE" | "INVALID-MANDATORY-PARAMETER" | "COOKIE-RECEIVED-WHILE-SHUTTING-DOWN";
}

/**
 * Causes whose value is bytes: 5 and 8 and 11 (parameters), 6 (the chunk), 12 (the upper layer's reason), 13 (anything). Parameters and chunks are kept
 * whole, with their headers.
 */
export interface BytesCause {
  readonly type:
    | "UNRESOLVABLE-ADDRESS"
    | "UNRECOGNIZED-CHUNK-TYPE"
    | "UNRECOGNIZED-PARAMETERS"
    | "RESTART-WITH-NEW-ADDRESSES"
    | "USER-INITIATED-ABORT"
    | "PROTOCOL-VIOLATION";
  readonly bytes: Uint8Array;
}

/** A cause without a codec here, kept as it came. */
export interface RawCause {
  readonly type: "RAW";
  readonly code: number;
  readonly value: Uint8Array;
}

/** One cause. `length`, when stated, is written instead of the computed Cause Length. */
export type ErrorCause = (
  | InvalidStreamIdentifierCause
  | MissingMandatoryParameterCause
  | NumberCause
  | PlainCause
  | BytesCause
  | RawCause
) & { readonly length?: number };

/** Cause codes by name. */
export const ErrorCauseCode = {
  "INVALID-STREAM-IDENTIFIER": 1,
  "MISSING-MANDATORY-PARAMETER": 2,
  "STALE-COOKIE": 3,
  "OUT-OF-RESOURCE": 4,
  "UNRESOLVABLE-ADDRESS": 5,
  "UNRECOGNIZED-CHUNK-TYPE": 6,
  "INVALID-MANDATORY-PARAMETER": 7,
  "UNRECOGNIZED-PARAMETERS": 8,
  "NO-USER-DATA": 9,
  "COOKIE-RECEIVED-WHILE-SHUTTING-DOWN": 10,
  "RESTART-WITH-NEW-ADDRESSES": 11,
  "USER-INITIATED-ABORT": 12,
  "PROTOCOL-VIOLATION": 13,
} as const;

/** The code of a cause. */
export function errorCauseCode(cause: ErrorCause): number {
  return cause.type === "RAW" ? cause.code : ErrorCauseCode[cause.type];
}

/** Reads the causes in `bytes[from, to)`. Nothing of `bytes` is kept. */
export function parseErrorCauses(bytes: Uint8Array, from: number, to: number): ErrorCause[] | Malformed {
  return parseTlvList(bytes, from, to, parseCauseValue);
}

/** Writes causes one after another, padded in between; returns the end of the last without its padding. */
export function writeErrorCauses(out: Uint8Array, at: number, causes: readonly ErrorCause[]): number {
  let end = at;
  for (const cause of causes) {
    const start = at + padded(end - at);
    end = finishTlv(out, start, errorCauseCode(cause), writeCauseValue(out, start + 4, cause), cause.length);
  }
  return end;
}

function parseCauseValue(bytes: Uint8Array, code: number, from: number, to: number): ErrorCause | Malformed {
  const length = to - from;
  switch (code) {
    case 1:
      if (length !== 4) break;
      return { type: "INVALID-STREAM-IDENTIFIER", streamId: readU16(bytes, from) };
    case 2: {
      const count = readU32(bytes, from);
      if (length < 4 || length !== 4 + 2 * count) break;
      const parameterTypes: number[] = [];
      for (let at = from + 4; at < to; at += 2) parameterTypes.push(readU16(bytes, at));
      return { type: "MISSING-MANDATORY-PARAMETER", parameterTypes };
    }
    case 3:
    case 9:
      if (length !== 4) break;
      return { type: code === 3 ? "STALE-COOKIE" : "NO-USER-DATA", value: readU32(bytes, from) };
    case 4:
      if (length !== 0) break;
      return { type: "OUT-OF-RESOURCE" };
    case 7:
      if (length !== 0) break;
      return { type: "INVALID-MANDATORY-PARAMETER" };
    case 10:
      if (length !== 0) break;
      return { type: "COOKIE-RECEIVED-WHILE-SHUTTING-DOWN" };
    case 5:
      return { type: "UNRESOLVABLE-ADDRESS", bytes: copyBytes(bytes.subarray(from, to)) };
    case 6:
      return { type: "UNRECOGNIZED-CHUNK-TYPE", bytes: copyBytes(bytes.subarray(from, to)) };
    case 8:
      return { type: "UNRECOGNIZED-PARAMETERS", bytes: copyBytes(bytes.subarray(from, to)) };
    case 11:
      return { type: "RESTART-WITH-NEW-ADDRESSES", bytes: copyBytes(bytes.subarray(from, to)) };
    case 12:
      return { type: "USER-INITIATED-ABORT", bytes: copyBytes(bytes.subarray(from, to)) };
    case 13:
      return { type: "PROTOCOL-VIOLATION", bytes: copyBytes(bytes.subarray(from, to)) };
    default:
      return { type: "RAW", code, value: copyBytes(bytes.subarray(from, to)) };
  }
  return new Malformed("bad-length", from - 2);
}

function writeCauseValue(out: Uint8Array, at: number, cause: ErrorCause): number {
  switch (cause.type) {
    case "INVALID-STREAM-IDENTIFIER":
      writeU16(out, at, cause.streamId);
      writeU16(out, at + 2, 0);
      return at + 4;
    case "MISSING-MANDATORY-PARAMETER": {
      writeU32(out, at, cause.parameterTypes.length);
      let end = at + 4;
      for (const type of cause.parameterTypes) {
        writeU16(out, end, type);
        end += 2;
      }
      return end;
    }
    case "STALE-COOKIE":
    case "NO-USER-DATA":
      writeU32(out, at, cause.value);
      return at + 4;
    case "OUT-OF-RESOURCE":
    case "INVALID-MANDATORY-PARAMETER":
    case "COOKIE-RECEIVED-WHILE-SHUTTING-DOWN":
      return at;
    case "RAW":
      out.set(cause.value, at);
      return at + cause.value.length;
    default:
      out.set(cause.bytes, at);
      return at + cause.bytes.length;
  }
}
