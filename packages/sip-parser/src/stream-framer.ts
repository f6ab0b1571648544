/**
 * Messages out of a byte stream (RFC 3261 §18.3): Content-Length says where each ends. Keep-alives of RFC 5626 §3.5.1 stand between them. Work is linear in
 * the bytes pushed, and memory bounded by the options, whatever arrives and however it is cut.
 */
import { Malformed } from "@purertc/core";
import { CHARACTERS } from "./characters.ts";
import type { SipMessage } from "./message.ts";
import { DEFAULT_MAX_HEADER_FIELDS, parseSipMessage, type SipReason } from "./parse.ts";
import { parseSipBeginning } from "./parse-beginning.ts";
import { StartLine } from "./start-line.ts";
import { isIn } from "./tokens.ts";

const { TOKEN } = CHARACTERS;

/** Which end of the connection it reads for, and how much of the peer's it holds. */
export interface StreamFramerOptions {
  /** `"server"`, the default, accepted the connection and takes CRLFCRLF as a ping; `"client"` opened it and takes CRLF as the pong (RFC 5626 §4.4.1). */
  readonly role?: "client" | "server";
  /** Octets of start line and header fields; default 64 KiB. */
  readonly maxHeadLength?: number;
  /** Octets of a body; default 1 MiB. */
  readonly maxBodyLength?: number;
  /** Header fields; default 500. */
  readonly maxHeaderFields?: number;
}

/** What a stream holds, in order. */
export type StreamItem =
  /** A message with bytes of its own. */
  | { readonly type: "message"; readonly message: SipMessage }
  /** The peer asks whether the flow lives: answer with CRLF. Only for servers. */
  | { readonly type: "ping" }
  /** The answer to a ping. Only for clients. */
  | { readonly type: "pong" }
  /**
   * The stream cannot be read further: close it. When the header fields could be read, or the first of too many, `message` is there, without its body, so
   * that a 400 (or 513) can be sent first. It is the last item.
   */
  | { readonly type: "failed"; readonly reason: StreamFailure; readonly message: SipMessage | undefined };

/** Why a stream cannot be read further. */
export type StreamFailure =
  | Exclude<SipReason, "keep-alive" | "truncated" | "too-long">
  /** RFC 3261 §18.3: Content-Length is mandatory on streams. */
  | "missing-content-length"
  /** Not a number, or stated twice. */
  | "bad-content-length"
  | "head-too-long"
  | "body-too-long";

/** Push what was received, then take items until there is none. */
export class SipStreamFramer {
  readonly #isServer: boolean;
  readonly #maxHead: number;
  readonly #maxBody: number;
  readonly #maxFields: number;
  /** Bytes received and not consumed are `#buffer[#from, #to)`. */
  #buffer: Uint8Array = new Uint8Array(FIRST_CAPACITY);
  #from = 0;
  #to = 0;
  /** Up to here the head was searched for its end. */
  #searched = 0;
  /** Whether the first line has come and is a start line. */
  #startChecked = false;
  /** Octets of the message at `#from`, once its head is known. */
  #messageLength: number | undefined;
  #failed = false;

  constructor(options: StreamFramerOptions = {}) {
    this.#isServer = options.role !== "client";
    this.#maxHead = options.maxHeadLength ?? DEFAULT_MAX_HEAD;
    this.#maxBody = options.maxBodyLength ?? DEFAULT_MAX_BODY;
    this.#maxFields = options.maxHeaderFields ?? DEFAULT_MAX_HEADER_FIELDS;
  }

  /** Octets received that belong to a message not yet whole: for a server that times out slow peers. */
  get pendingLength(): number {
    return this.#to - this.#from;
  }

  /** Whether the stream has failed; what is pushed afterwards is dropped. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Bytes arrived; they are copied. Take the items before pushing more: what is not taken stays in memory. */
  push(bytes: Uint8Array): void {
    if (this.#failed) return;
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#to);
    this.#to += bytes.length;
  }

  /** The next item; undefined until more arrives. */
  next(): StreamItem | undefined {
    if (this.#failed) return undefined;
    if (this.#messageLength === undefined) {
      const keepAlive = this.#takeKeepAlive();
      if (keepAlive !== undefined) return keepAlive;
      const failure = this.#checkStart() ?? this.#findHead();
      if (failure !== undefined) return failure;
    }
    const length = this.#messageLength;
    if (length === undefined || this.#to - this.#from < length) return undefined;
    const bytes = new Uint8Array(length);
    bytes.set(this.#buffer.subarray(this.#from, this.#from + length));
    this.#consume(length);
    this.#messageLength = undefined;
    const message = parseSipMessage(bytes, { maxLength: length, maxHeaderFields: this.#maxFields });
    return message instanceof Malformed ? this.#fail("not-sip", undefined) : { type: "message", message };
  }

  /** CRLFs between messages. A lone CRLF before a start line is skipped by a server (RFC 3261 §7.5). */
  #takeKeepAlive(): StreamItem | undefined {
    const buffer = this.#buffer;
    while (this.#to - this.#from >= 2 && buffer[this.#from] === CR && buffer[this.#from + 1] === LF) {
      if (!this.#isServer) {
        this.#consume(2);
        return { type: "pong" };
      }
      const rest = this.#to - this.#from;
      // Two CRLFs are a ping; the second may still be on its way.
      if (rest < 4 && (rest === 2 || buffer[this.#from + 2] === CR)) return undefined;
      if (buffer[this.#from + 2] === CR && buffer[this.#from + 3] === LF) {
        this.#consume(4);
        return { type: "ping" };
      }
      this.#consume(2);
    }
    return undefined;
  }

  /**
   * What cannot become a SIP message is not waited for: its first octet or its first line tells. `#searched` is where the last look ended, here and in
   * {@link SipStreamFramer.#findHead}.
   */
  #checkStart(): StreamItem | undefined {
    if (this.#startChecked || this.#from === this.#to) return undefined;
    const buffer = this.#buffer;
    const first = buffer[this.#from]!;
    if (first === CR) {
      // The beginning of an empty line, of which there may be more to come.
      const isAlone = this.#to - this.#from > 1 && buffer[this.#from + 1] !== LF;
      return isAlone ? this.#fail("bare-line-break", undefined) : undefined;
    }
    if (!isIn(first, TOKEN)) return this.#fail("not-sip", undefined);
    let at = this.#searched;
    while (at < this.#to && buffer[at] !== LF) at += 1;
    if (at === this.#to) return undefined;
    this.#startChecked = true;
    if (buffer[at - 1] !== CR) return this.#fail("bare-line-break", undefined);
    return new StartLine(buffer, this.#from, at + 1).kind === "neither" ? this.#fail("not-sip", undefined) : undefined;
  }

  /** Looks for the empty line from where the last search stopped; sets the message's length when it is there. */
  #findHead(): StreamItem | undefined {
    const buffer = this.#buffer;
    const limit = Math.min(this.#to, this.#from + this.#maxHead);
    let at = Math.max(this.#searched, this.#from + 3);
    while (at < limit && !(buffer[at] === LF && buffer[at - 1] === CR && buffer[at - 2] === LF && buffer[at - 3] === CR)) at += 1;
    this.#searched = Math.min(at, this.#to);
    if (at >= limit) {
      if (this.#to - this.#from < this.#maxHead) return undefined;
      return this.#fail("head-too-long", parseSipBeginning(buffer.subarray(this.#from, this.#to)));
    }
    const headLength = at + 1 - this.#from;
    const head = parseSipMessage(buffer.slice(this.#from, at + 1), { maxLength: headLength, maxHeaderFields: this.#maxFields });
    if (head instanceof Malformed) {
      const isTooMuch = head.reason === "too-many-header-fields";
      return this.#fail(failureOf(head.reason), isTooMuch ? parseSipBeginning(buffer.subarray(this.#from, at + 1)) : undefined);
    }
    const problem = head.headers.problem("Content-Length");
    if (problem !== undefined) return this.#fail("bad-content-length", head);
    const bodyLength = head.headers.get("Content-Length");
    if (bodyLength === undefined) return this.#fail("missing-content-length", head);
    if (bodyLength > this.#maxBody) return this.#fail("body-too-long", head);
    this.#messageLength = headLength + bodyLength;
    return undefined;
  }

  #fail(reason: StreamFailure, message: SipMessage | undefined): StreamItem {
    this.#failed = true;
    this.#buffer = new Uint8Array(0);
    this.#from = 0;
    this.#to = 0;
    return { type: "failed", reason, message };
  }

  #consume(length: number): void {
    this.#from += length;
    this.#searched = this.#from;
    this.#startChecked = false;
    if (this.#from !== this.#to) return;
    this.#from = 0;
    this.#to = 0;
    this.#searched = 0;
  }

  /** Makes room for `length` more: moves what is there to the front, and doubles when that is not enough, so that each byte moves a bounded number of times. */
  #reserve(length: number): void {
    const pending = this.#to - this.#from;
    if (this.#to + length <= this.#buffer.length) return;
    if (pending + length > this.#buffer.length || pending > this.#buffer.length / 2) {
      const larger = new Uint8Array(Math.max(this.#buffer.length * 2, pending + length));
      larger.set(this.#buffer.subarray(this.#from, this.#to));
      this.#buffer = larger;
    } else this.#buffer.copyWithin(0, this.#from, this.#to);
    this.#searched -= this.#from;
    this.#from = 0;
    this.#to = pending;
  }
}

function failureOf(reason: SipReason): StreamFailure {
  return reason === "bare-line-break" || reason === "too-many-header-fields" ? reason : "not-sip";
}

const FIRST_CAPACITY = 2048;
const DEFAULT_MAX_HEAD = 65_536;
const DEFAULT_MAX_BODY = 1_048_576;
const CR = 0x0d;
const LF = 0x0a;
