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
  const writer = new RunWriter(target);
  const { startLine, bodyRange } = message;
  writer.add(startLine.source, startLine.start, startLine.end);
  const { fields } = message.headers;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!;
    writer.add(field.source, field.start, field.end);
  }
  // The empty line of a parsed message stands before its body: taking it from there makes one run of an untouched message.
  const { source, start } = bodyRange;
  if (start >= 2 && source[start - 2] === EMPTY_LINE[0] && source[start - 1] === EMPTY_LINE[1])
    writer.add(source, start - 2, bodyRange.end);
  else {
    writer.add(EMPTY_LINE, 0, EMPTY_LINE.length);
    writer.add(source, start, bodyRange.end);
  }
  const length = writer.flush();
  if (length > target.length) {
    throw new InvalidArgumentError(`the message has ${length} octets, the buffer ${target.length}`, { code: "SIP_BUFFER_TOO_SMALL" });
  }
  return out === undefined ? target : length;
}

/** Copies ranges one after another; neighbouring ranges of one array become one copy. */
class RunWriter {
  readonly #out: Uint8Array;
  #at = 0;
  #source: Uint8Array = EMPTY_LINE;
  #start = 0;
  #end = 0;

  constructor(out: Uint8Array) {
    this.#out = out;
  }

  add(source: Uint8Array, start: number, end: number): void {
    if (source === this.#source && start === this.#end) {
      this.#end = end;
      return;
    }
    this.flush();
    this.#source = source;
    this.#start = start;
    this.#end = end;
  }

  /** Copies the run at hand; gives the octets so far, which beyond the end of the buffer are only counted. */
  flush(): number {
    const length = this.#end - this.#start;
    const at = this.#at;
    this.#at = at + length;
    this.#start = this.#end;
    if (this.#at > this.#out.length) return this.#at;
    if (length <= SHORT) for (let i = 0; i < length; i++) this.#out[at + i] = this.#source[this.#end - length + i]!;
    else this.#out.set(this.#source.subarray(this.#end - length, this.#end), at);
    return this.#at;
  }
}

const EMPTY_LINE: Uint8Array = Uint8Array.of(0x0d, 0x0a);
/** Up to here a loop is faster than a view and `set`. */
const SHORT = 64;
