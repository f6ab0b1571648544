/** From a message to its bytes. What was not edited since it was parsed is copied, in runs as long as possible. */
import { InvalidArgumentError } from "@purertc/core";
import type { SipMessage } from "./message.ts";

/** Octets that {@link writeSipMessage} will write. */
export function sipMessageLength(message: SipMessage): number {
  const { startLine, bodyRange } = message;
  let length = startLine.end - startLine.start + EMPTY_LINE.length + bodyRange.end - bodyRange.start;
  for (const field of message.headers.fields) length += field.end - field.start;
  return length;
}

/** The message's bytes in a new array. */
export function writeSipMessage(message: SipMessage): Uint8Array;
/** Writes the message at the start of `out` and gives the length; throws `InvalidArgumentError` when it does not fit, having written a part. `out` must not be what was parsed. */
export function writeSipMessage(message: SipMessage, out: Uint8Array): number;
export function writeSipMessage(message: SipMessage, out?: Uint8Array): Uint8Array | number {
  const target = out ?? new Uint8Array(sipMessageLength(message));
  const length = writeRuns(message, target);
  if (length > target.length) {
    throw new InvalidArgumentError(`the message has ${length} octets, the buffer ${target.length}`, { code: "SIP_BUFFER_TOO_SMALL" });
  }
  return out === undefined ? target : length;
}

/** Copies ranges one after another; neighbouring ranges of one array become one copy. Octets beyond the end of `out` are only counted. */
function writeRuns(message: SipMessage, out: Uint8Array): number {
  const { startLine, bodyRange } = message;
  const { fields } = message.headers;
  let { source, start, end } = startLine as Range;
  let at = 0;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!;
    if (field.source === source && field.start === end) end = field.end;
    else {
      at = copy(source, start, end, out, at);
      source = field.source;
      start = field.start;
      end = field.end;
    }
  }
  // The empty line of a parsed message stands before its body: taking it from there makes one run of an untouched message.
  const body = bodyRange.source;
  const bodyStart = bodyRange.start;
  const afterEmptyLine = bodyStart >= 2 && body[bodyStart - 2] === CR && body[bodyStart - 1] === LF;
  if (afterEmptyLine && body === source && bodyStart - 2 === end) return copy(source, start, bodyRange.end, out, at);
  at = copy(source, start, end, out, at);
  if (afterEmptyLine) return copy(body, bodyStart - 2, bodyRange.end, out, at);
  at = copy(EMPTY_LINE, 0, EMPTY_LINE.length, out, at);
  return copy(body, bodyStart, bodyRange.end, out, at);
}

interface Range {
  source: Uint8Array;
  start: number;
  end: number;
}

/** Copies `source[start, end)` to `out[at]` when it fits; gives where it ends. */
function copy(source: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  const length = end - start;
  const next = at + length;
  if (next > out.length) return next;
  if (length <= SHORT) for (let i = 0; i < length; i++) out[at + i] = source[start + i]!;
  else out.set(length === source.length ? source : source.subarray(start, end), at);
  return next;
}

const EMPTY_LINE: Uint8Array = Uint8Array.of(0x0d, 0x0a);
/** Up to here a loop is faster than a view and `set`. */
const SHORT = 64;
const CR = 0x0d;
const LF = 0x0a;
