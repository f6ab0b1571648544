/** The six parameters of RE-CONFIG (RFC 6525 §4). */
import { Malformed, readU16, readU32, writeU16, writeU32 } from "@purertc/core";
import { parseU16List, writeU16List } from "./address.ts";

/** Outgoing SSN Reset Request (§4.1). No stream numbers: all streams. */
export interface OutgoingSsnResetRequest {
  readonly type: "OUTGOING-SSN-RESET-REQUEST";
  readonly requestSequenceNumber: number;
  readonly responseSequenceNumber: number;
  readonly lastAssignedTsn: number;
  readonly streams: readonly number[];
}

/** Incoming SSN Reset Request (§4.2). No stream numbers: all streams. */
export interface IncomingSsnResetRequest {
  readonly type: "INCOMING-SSN-RESET-REQUEST";
  readonly requestSequenceNumber: number;
  readonly streams: readonly number[];
}

/** SSN/TSN Reset Request (§4.3). */
export interface SsnTsnResetRequest {
  readonly type: "SSN-TSN-RESET-REQUEST";
  readonly requestSequenceNumber: number;
}

/** Re-configuration Response (§4.4). The two TSNs come together, in answer to an SSN/TSN reset. */
export interface ReConfigurationResponse {
  readonly type: "RE-CONFIGURATION-RESPONSE";
  readonly responseSequenceNumber: number;
  /** See {@link ReConfigurationResult}. */
  readonly result: number;
  readonly nextTsns?: { readonly sender: number; readonly receiver: number };
}

/** Add Outgoing or Add Incoming Streams Request (§4.5, §4.6). */
export interface AddStreamsRequest {
  readonly type: "ADD-OUTGOING-STREAMS-REQUEST" | "ADD-INCOMING-STREAMS-REQUEST";
  readonly requestSequenceNumber: number;
  readonly newStreams: number;
}

/** Results of a re-configuration (§4.4). */
export const ReConfigurationResult = {
  NOTHING_TO_DO: 0,
  PERFORMED: 1,
  DENIED: 2,
  WRONG_SSN: 3,
  REQUEST_IN_PROGRESS: 4,
  BAD_SEQUENCE_NUMBER: 5,
  IN_PROGRESS: 6,
} as const;

/** Any of them. */
export type ReConfigurationParameter =
  | OutgoingSsnResetRequest
  | IncomingSsnResetRequest
  | SsnTsnResetRequest
  | ReConfigurationResponse
  | AddStreamsRequest;

/** Reads the value of a parameter of type 13 to 18. */
export function parseReConfigurationParameter(
  bytes: Uint8Array,
  type: number,
  from: number,
  to: number,
): ReConfigurationParameter | Malformed {
  const length = to - from;
  const first = readU32(bytes, from);
  switch (type) {
    case 13: {
      if (length < 12) break;
      const streams = parseU16List(bytes, from + 12, to);
      if (streams instanceof Malformed) return streams;
      return {
        type: "OUTGOING-SSN-RESET-REQUEST",
        requestSequenceNumber: first,
        responseSequenceNumber: readU32(bytes, from + 4),
        lastAssignedTsn: readU32(bytes, from + 8),
        streams,
      };
    }
    case 14: {
      if (length < 4) break;
      const streams = parseU16List(bytes, from + 4, to);
      if (streams instanceof Malformed) return streams;
      return { type: "INCOMING-SSN-RESET-REQUEST", requestSequenceNumber: first, streams };
    }
    case 15:
      if (length !== 4) break;
      return { type: "SSN-TSN-RESET-REQUEST", requestSequenceNumber: first };
    case 16: {
      if (length !== 8 && length !== 16) break;
      const nextTsns = length === 8 ? {} : { nextTsns: { sender: readU32(bytes, from + 8), receiver: readU32(bytes, from + 12) } };
      return { type: "RE-CONFIGURATION-RESPONSE", responseSequenceNumber: first, result: readU32(bytes, from + 4), ...nextTsns };
    }
    case 17:
    case 18:
      if (length !== 8) break;
      return {
        type: type === 17 ? "ADD-OUTGOING-STREAMS-REQUEST" : "ADD-INCOMING-STREAMS-REQUEST",
        requestSequenceNumber: first,
        newStreams: readU16(bytes, from + 4),
      };
  }
  return new Malformed("bad-length", from - 2);
}

/** Writes the value at `out[at]`; returns the end. */
export function writeReConfigurationParameter(out: Uint8Array, at: number, parameter: ReConfigurationParameter): number {
  switch (parameter.type) {
    case "OUTGOING-SSN-RESET-REQUEST":
      writeU32(out, at, parameter.requestSequenceNumber);
      writeU32(out, at + 4, parameter.responseSequenceNumber);
      writeU32(out, at + 8, parameter.lastAssignedTsn);
      return writeU16List(out, at + 12, parameter.streams);
    case "INCOMING-SSN-RESET-REQUEST":
      writeU32(out, at, parameter.requestSequenceNumber);
      return writeU16List(out, at + 4, parameter.streams);
    case "SSN-TSN-RESET-REQUEST":
      writeU32(out, at, parameter.requestSequenceNumber);
      return at + 4;
    case "RE-CONFIGURATION-RESPONSE":
      writeU32(out, at, parameter.responseSequenceNumber);
      writeU32(out, at + 4, parameter.result);
      if (parameter.nextTsns === undefined) return at + 8;
      writeU32(out, at + 8, parameter.nextTsns.sender);
      writeU32(out, at + 12, parameter.nextTsns.receiver);
      return at + 16;
    case "ADD-OUTGOING-STREAMS-REQUEST":
    case "ADD-INCOMING-STREAMS-REQUEST":
      writeU32(out, at, parameter.requestSequenceNumber);
      writeU16(out, at + 4, parameter.newStreams);
      writeU16(out, at + 6, 0);
      return at + 8;
  }
}
