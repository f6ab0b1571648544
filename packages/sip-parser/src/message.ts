/** SIP requests and responses (RFC 3261 §7): a start line, header fields and a body. What nobody edits keeps its bytes. */
import type { Malformed } from "@purertc/core";
import { type HeaderDefinition, headerDefinition } from "./header-definition.ts";
import type { CSeq } from "./headers/cseq.ts";
import type { NameAddress } from "./headers/name-address.ts";
import type { Via } from "./headers/via.ts";
import type { SipHeaders } from "./headers.ts";
import { requestLineBytes, StartLine, statusLineBytes } from "./start-line.ts";
import { tagOf } from "./tag.ts";
import type { Uri, UriReason } from "./uri.ts";

/** What requests and responses share. */
abstract class Message {
  /** The header fields, to read and to edit. */
  readonly headers: SipHeaders;
  /**
   * Octets that Content-Length promises and the datagram does not have; 0 when it is whole. A server answers 400 to such a request and
   * drops such a response (RFC 3261 §18.3).
   */
  readonly missingBodyLength: number;
  /** Octets after the body that were left out, because Content-Length is smaller (RFC 3261 §18.3). */
  readonly surplusLength: number;
  protected start: StartLine;
  #body: Uint8Array;
  #bodyStart: number;
  #bodyEnd: number;

  constructor(start: StartLine, headers: SipHeaders, body: BodyRange) {
    this.start = start;
    this.headers = headers;
    this.#body = body.source;
    this.#bodyStart = body.start;
    this.#bodyEnd = body.end;
    this.missingBodyLength = body.missing;
    this.surplusLength = body.surplus;
  }

  /** `"SIP/2.0"`, as written. */
  get version(): string {
    return this.start.version;
  }

  /** The first line's bytes, its CRLF included: a view. */
  get startLine(): StartLine {
    return this.start;
  }

  /** The body: a view of the message's bytes, empty when there is none. Setting it sets Content-Length as well (change that afterwards to lie). */
  get body(): Uint8Array {
    return this.#body.subarray(this.#bodyStart, this.#bodyEnd);
  }

  set body(bytes: Uint8Array) {
    this.#body = bytes;
    this.#bodyStart = 0;
    this.#bodyEnd = bytes.length;
    this.headers.set("Content-Length", bytes.length);
  }

  /** Where the body's bytes are, for writers. */
  get bodyRange(): { readonly source: Uint8Array; readonly start: number; readonly end: number } {
    return { source: this.#body, start: this.#bodyStart, end: this.#bodyEnd };
  }

  /** The topmost Via. */
  get topVia(): Via | undefined {
    return this.headers.first(VIA) as Via | undefined;
  }

  /** The topmost Via's branch: what transactions are found by. */
  get branch(): string | undefined {
    return this.topVia?.parameters.get("branch");
  }

  get callId(): string | undefined {
    return this.headers.first(CALL_ID) as string | undefined;
  }

  get cseq(): CSeq | undefined {
    return this.headers.first(CSEQ) as CSeq | undefined;
  }

  get from(): NameAddress | undefined {
    return this.headers.first(FROM) as NameAddress | undefined;
  }

  get to(): NameAddress | undefined {
    return this.headers.first(TO) as NameAddress | undefined;
  }

  /** The tag of From. Read by itself: the name and URI before it are not parsed, nor judged. */
  get fromTag(): string | undefined {
    const field = this.headers.firstField(FROM);
    return field === undefined ? undefined : tagOf(field);
  }

  /** The tag of To, read as {@link fromTag} is. */
  get toTag(): string | undefined {
    const field = this.headers.firstField(TO);
    return field === undefined ? undefined : tagOf(field);
  }
}

/** Where a parsed body is, and whether Content-Length agreed with the bytes. */
export interface BodyRange {
  readonly source: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly missing: number;
  readonly surplus: number;
}

/** A request. Make one with `createRequest`, or by parsing. */
export class SipRequest extends Message {
  readonly kind = "request";

  /** Case-sensitive, escapes never decoded (RFC 4475 §3.1.1.5). */
  get method(): string {
    return this.start.method;
  }

  set method(method: string) {
    this.start = new StartLine(requestLineBytes(method, this.start.uriText, this.start.version));
  }

  /** The Request-URI; {@link Malformed} when it is none, for which a server answers 400. */
  get uri(): Uri | Malformed<UriReason> {
    return this.start.uri;
  }

  /** Takes text as it is. */
  set uri(uri: Uri | string) {
    this.start = new StartLine(requestLineBytes(this.start.method, uri, this.start.version));
  }

  /** The Request-URI as written. */
  get uriText(): string {
    return this.start.uriText;
  }

  /** Max-Forwards; undefined when absent or out of range. */
  get maxForwards(): number | undefined {
    return this.headers.first(MAX_FORWARDS) as number | undefined;
  }

  /** A copy to edit: fields and body are shared until then, which is cheap. */
  copy(): SipRequest {
    return new SipRequest(this.start, this.headers.copy(), {
      ...this.bodyRange,
      missing: this.missingBodyLength,
      surplus: this.surplusLength,
    });
  }
}

/** A response. Make one with `createResponse`, or by parsing. */
export class SipResponse extends Message {
  readonly kind = "response";

  /** The number as written; a valid one is 100 to 699 (RFC 3261 §7.2). */
  get statusCode(): number {
    return this.start.statusCode;
  }

  set statusCode(statusCode: number) {
    this.start = new StartLine(statusLineBytes(statusCode, this.start.reasonPhrase, this.start.version));
  }

  /** May be empty; UTF-8. */
  get reasonPhrase(): string {
    return this.start.reasonPhrase;
  }

  set reasonPhrase(reasonPhrase: string) {
    this.start = new StartLine(statusLineBytes(this.start.statusCode, reasonPhrase, this.start.version));
  }

  /** A copy to edit: fields and body are shared until then, which is cheap. */
  copy(): SipResponse {
    return new SipResponse(this.start, this.headers.copy(), {
      ...this.bodyRange,
      missing: this.missingBodyLength,
      surplus: this.surplusLength,
    });
  }
}

/** Either kind of message; `kind` tells which. */
export type SipMessage = SipRequest | SipResponse;

const VIA: HeaderDefinition = headerDefinition("Via")!;
const FROM: HeaderDefinition = headerDefinition("From")!;
const TO: HeaderDefinition = headerDefinition("To")!;
const CALL_ID: HeaderDefinition = headerDefinition("Call-ID")!;
const CSEQ: HeaderDefinition = headerDefinition("CSeq")!;
const MAX_FORWARDS: HeaderDefinition = headerDefinition("Max-Forwards")!;
