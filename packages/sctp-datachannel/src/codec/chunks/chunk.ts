/** Any chunk: the header of RFC 9260 §3.2 and the choice by type. */
import { Malformed, readU16 } from "@purertc/core";
import { ChunkType } from "../chunk-types.ts";
import { finishTlv } from "../type-length-value.ts";
import { type CookieAckChunk, type CookieEchoChunk, parseCookieAckChunk, parseCookieEchoChunk, writeCookieChunk } from "./cookie.ts";
import { type DataChunk, parseDataChunk, writeDataChunk } from "./data.ts";
import { type EcnChunk, parseEcnChunk, writeEcnChunk } from "./ecn.ts";
import { type AbortChunk, type ErrorChunk, parseAbortChunk, parseErrorChunk, writeErrorChunk } from "./error.ts";
import {
  type ForwardTsnChunk,
  type IForwardTsnChunk,
  parseForwardTsnChunk,
  parseIForwardTsnChunk,
  writeForwardTsnChunk,
} from "./forward-tsn.ts";
import { type HeartbeatChunk, parseHeartbeatChunk, writeHeartbeatChunk } from "./heartbeat.ts";
import { type IDataChunk, parseIDataChunk, writeIDataChunk } from "./i-data.ts";
import { type InitChunk, parseInitChunk, writeInitChunk } from "./init.ts";
import { type PadChunk, parsePadChunk, parseRawChunk, type RawChunk, writeRawChunk } from "./raw.ts";
import { parseReConfigChunk, type ReConfigChunk, writeReConfigChunk } from "./re-config.ts";
import { parseSackChunk, type SackChunk, writeSackChunk } from "./sack.ts";
import {
  parseShutdownAckChunk,
  parseShutdownChunk,
  parseShutdownCompleteChunk,
  type ShutdownAckChunk,
  type ShutdownChunk,
  type ShutdownCompleteChunk,
  writeShutdownChunk,
} from "./shutdown.ts";

/** One chunk of a packet. */
export type Chunk =
  | DataChunk
  | InitChunk
  | SackChunk
  | HeartbeatChunk
  | AbortChunk
  | ErrorChunk
  | ShutdownChunk
  | ShutdownAckChunk
  | ShutdownCompleteChunk
  | CookieEchoChunk
  | CookieAckChunk
  | EcnChunk
  | IDataChunk
  | ReConfigChunk
  | PadChunk
  | ForwardTsnChunk
  | IForwardTsnChunk
  | RawChunk;

/** Reads the chunk that starts at `bytes[at]`, whose header must have been checked with `chunkLengthAt`. Nothing of `bytes` is kept. */
export function parseChunk(bytes: Uint8Array, at: number): Chunk | Malformed {
  const length = chunkLengthAt(bytes, at);
  if (length < 0) return new Malformed(bytes.length - at < 4 ? "truncated" : "bad-length", at);
  const end = at + length;
  switch (bytes[at]) {
    case ChunkType.DATA:
      return parseDataChunk(bytes, at, end);
    case ChunkType.INIT:
    case ChunkType.INIT_ACK:
      return parseInitChunk(bytes, at, end);
    case ChunkType.SACK:
      return parseSackChunk(bytes, at, end);
    case ChunkType.HEARTBEAT:
    case ChunkType.HEARTBEAT_ACK:
      return parseHeartbeatChunk(bytes, at, end);
    case ChunkType.ABORT:
      return parseAbortChunk(bytes, at, end);
    case ChunkType.ERROR:
      return parseErrorChunk(bytes, at, end);
    case ChunkType.SHUTDOWN:
      return parseShutdownChunk(bytes, at, end);
    case ChunkType.SHUTDOWN_ACK:
      return parseShutdownAckChunk(bytes, at, end);
    case ChunkType.SHUTDOWN_COMPLETE:
      return parseShutdownCompleteChunk(bytes, at, end);
    case ChunkType.COOKIE_ECHO:
      return parseCookieEchoChunk(bytes, at, end);
    case ChunkType.COOKIE_ACK:
      return parseCookieAckChunk(bytes, at, end);
    case ChunkType.ECNE:
    case ChunkType.CWR:
      return parseEcnChunk(bytes, at, end);
    case ChunkType.I_DATA:
      return parseIDataChunk(bytes, at, end);
    case ChunkType.RE_CONFIG:
      return parseReConfigChunk(bytes, at, end);
    case ChunkType.PAD:
      return parsePadChunk(bytes, at, end);
    case ChunkType.FORWARD_TSN:
      return parseForwardTsnChunk(bytes, at, end);
    case ChunkType.I_FORWARD_TSN:
      return parseIForwardTsnChunk(bytes, at, end);
    default:
      return parseRawChunk(bytes, at, end);
  }
}

/** The Chunk Length at `at` without padding, or -1 when the header is cut short or the length is below 4 or beyond the packet. */
export function chunkLengthAt(bytes: Uint8Array, at: number): number {
  if (bytes.length - at < 4) return -1;
  const length = readU16(bytes, at + 2);
  return length < 4 || at + length > bytes.length ? -1 : length;
}

/** Writes a chunk at `out[at]` with its padding zeroed; returns its end without padding. `out` must be large enough. */
export function writeChunk(out: Uint8Array, at: number, chunk: Chunk): number {
  const end = writeBody(out, at, chunk);
  const flags = out[at + 1]!;
  const code = chunk.type === "RAW" ? chunk.code : ChunkType[chunk.type.replaceAll("-", "_") as keyof typeof ChunkType];
  finishTlv(out, at, 0, end, chunk.length);
  out[at] = code;
  out[at + 1] = flags;
  return end;
}

function writeBody(out: Uint8Array, at: number, chunk: Chunk): number {
  switch (chunk.type) {
    case "DATA":
      return writeDataChunk(out, at, chunk);
    case "INIT":
    case "INIT-ACK":
      return writeInitChunk(out, at, chunk);
    case "SACK":
      return writeSackChunk(out, at, chunk);
    case "HEARTBEAT":
    case "HEARTBEAT-ACK":
      return writeHeartbeatChunk(out, at, chunk);
    case "ABORT":
    case "ERROR":
      return writeErrorChunk(out, at, chunk);
    case "SHUTDOWN":
    case "SHUTDOWN-ACK":
    case "SHUTDOWN-COMPLETE":
      return writeShutdownChunk(out, at, chunk);
    case "COOKIE-ECHO":
    case "COOKIE-ACK":
      return writeCookieChunk(out, at, chunk);
    case "ECNE":
    case "CWR":
      return writeEcnChunk(out, at, chunk);
    case "I-DATA":
      return writeIDataChunk(out, at, chunk);
    case "RE-CONFIG":
      return writeReConfigChunk(out, at, chunk);
    case "FORWARD-TSN":
    case "I-FORWARD-TSN":
      return writeForwardTsnChunk(out, at, chunk);
    case "PAD":
    case "RAW":
      return writeRawChunk(out, at, chunk);
  }
}
