/** Messages made by hand: what is omitted is computed, what is stated is obeyed. Tags, branches and Call-IDs are the caller's (no randomness here). */
import type { HeaderName, HeaderValues } from "./headers/index.ts";
import { type NameAddress, nameAddress } from "./headers/name-address.ts";
import { SipHeaders } from "./headers.ts";
import { SipRequest, SipResponse } from "./message.ts";
import { reasonPhraseOf } from "./reason-phrases.ts";
import { requestLineBytes, StartLine, statusLineBytes } from "./start-line.ts";
import { bytesOf } from "./text.ts";
import type { Uri } from "./uri.ts";

/** Headers for a new message: an object by name, or pairs in order. An array makes several fields; undefined leaves one out. */
export type HeadersInit =
  | ({
      readonly [Name in HeaderName]?: HeaderValues[Name] | string | number | readonly (HeaderValues[Name] | string | number)[] | undefined;
    } & {
      readonly [name: string]: unknown;
    })
  | readonly (readonly [name: string, value: unknown])[];

/** What a new request is made of. Nothing is checked but that no text breaks out of its line. */
export interface RequestInit {
  /** Case-sensitive, taken as it is. */
  readonly method: string;
  /** Text is taken as it is. */
  readonly uri: Uri | string;
  /** Default `SIP/2.0`. */
  readonly version?: string;
  /** In the order in which they are written; Max-Forwards and Content-Length are added behind them when missing. */
  readonly headers?: HeadersInit;
  /** Text becomes UTF-8; bytes are kept, not copied. */
  readonly body?: Uint8Array | string | undefined;
}

/** What a new response is made of, besides its status code. */
export interface ResponseInit {
  /** Default: the registered phrase for the status code. */
  readonly reasonPhrase?: string;
  /** Default `SIP/2.0`. */
  readonly version?: string;
  /** Added to To when it has no tag; give one in every response but 100 (RFC 3261 §8.2.6.2). */
  readonly toTag?: string | undefined;
  /** In {@link createResponse} they replace what it copies. */
  readonly headers?: HeadersInit;
  /** Text becomes UTF-8; bytes are kept, not copied. */
  readonly body?: Uint8Array | string | undefined;
}

/**
 * A request. Added when not stated: `Max-Forwards: 70`, and Content-Length for the body. `CSeq` may be given as a number alone: the method is filled in.
 */
export function createRequest(init: RequestInit): SipRequest {
  const headers = headersFrom(init.headers, init.method);
  if (!headers.has("Max-Forwards")) headers.append("Max-Forwards", 70);
  const body = finishBody(headers, init.body);
  return new SipRequest(new StartLine(requestLineBytes(init.method, init.uri, init.version)), headers, body);
}

/** A response that answers no request in particular; see {@link createResponse}. */
export function createBareResponse(statusCode: number, init: ResponseInit = {}): SipResponse {
  const headers = headersFrom(init.headers, undefined);
  const body = finishBody(headers, init.body);
  return new SipResponse(statusLine(statusCode, init), headers, body);
}

/**
 * The response to a request (RFC 3261 §8.2.6): Via, From, To, Call-ID and CSeq are copied byte for byte, in that order; Timestamp too for a 100, and
 * Record-Route where a response to it may create a dialog (§12.1.1). Headers given replace copied ones.
 */
export function createResponse(request: SipRequest, statusCode: number, init: ResponseInit = {}): SipResponse {
  const headers = new SipHeaders();
  for (const name of COPIED) headers.copyFrom(request.headers, name);
  if (statusCode === 100) headers.copyFrom(request.headers, "Timestamp");
  if (statusCode > 100 && statusCode < 300 && DIALOG_FORMING.has(request.method)) headers.copyFrom(request.headers, "Record-Route");
  if (init.toTag !== undefined) addToTag(headers, init.toTag);
  for (const [name, values] of pairsOf(init.headers)) headers.set(name, values as string | number);
  const body = finishBody(headers, init.body);
  return new SipResponse(statusLine(statusCode, init), headers, body);
}

/** The ACK for a final response above 299 to an INVITE, in its transaction (§17.1.1.3). For a 2xx, the ACK is a request of its own: use `createRequest`. */
export function createAck(invite: SipRequest, response: SipResponse): SipRequest {
  const ack = inTransaction(invite, "ACK");
  ack.headers.remove("To");
  ack.headers.copyFrom(response.headers, "To");
  return ack;
}

/** The CANCEL for a request that waits for its final response (§9.1). */
export function createCancel(request: SipRequest): SipRequest {
  return inTransaction(request, "CANCEL");
}

/** Same Request-URI, topmost Via, Route, From, To, Call-ID and CSeq number: what ACK and CANCEL have in common. */
function inTransaction(request: SipRequest, method: string): SipRequest {
  const headers = new SipHeaders();
  const topVia = request.topVia;
  if (topVia !== undefined) headers.append("Via", topVia);
  headers.append("Max-Forwards", 70);
  for (const name of ["Route", "From", "To", "Call-ID"]) headers.copyFrom(request.headers, name);
  headers.append("CSeq", { number: request.cseq?.number ?? 0, method });
  const body = finishBody(headers, undefined);
  return new SipRequest(new StartLine(requestLineBytes(method, request.uriText)), headers, body);
}

function addToTag(headers: SipHeaders, tag: string): void {
  const to: NameAddress | undefined = headers.get("To");
  if (to === undefined || to.parameters.has("tag")) return;
  // The field is rewritten only when it has no tag; its URI keeps its parts.
  headers.set("To", nameAddress(to.uri, to.parameters.with("tag", tag), to.displayName));
}

function headersFrom(init: HeadersInit | undefined, method: string | undefined): SipHeaders {
  const headers = new SipHeaders();
  for (const [name, given] of pairsOf(init)) {
    for (const value of Array.isArray(given) ? given : [given]) {
      const isBareCSeq = typeof value === "number" && method !== undefined && name.toLowerCase() === "cseq";
      headers.append(name, isBareCSeq ? `${value} ${method}` : value);
    }
  }
  return headers;
}

function pairsOf(init: HeadersInit | undefined): (readonly [string, unknown])[] {
  if (init === undefined) return [];
  const pairs = Array.isArray(init) ? (init as readonly (readonly [string, unknown])[]) : Object.entries(init);
  return pairs.filter(([, value]) => value !== undefined);
}

function finishBody(headers: SipHeaders, body: Uint8Array | string | undefined): ConstructorParameters<typeof SipRequest>[2] {
  const source = body === undefined ? NO_BODY : typeof body === "string" ? bytesOf(body) : body;
  if (!headers.has("Content-Length")) headers.append("Content-Length", source.length);
  return { source, start: 0, end: source.length, missing: 0, surplus: 0 };
}

function statusLine(statusCode: number, init: ResponseInit): StartLine {
  return new StartLine(statusLineBytes(statusCode, init.reasonPhrase ?? reasonPhraseOf(statusCode), init.version));
}

const NO_BODY: Uint8Array = new Uint8Array(0);
const COPIED: readonly HeaderName[] = ["Via", "From", "To", "Call-ID", "CSeq"];
const DIALOG_FORMING: ReadonlySet<string> = new Set(["INVITE", "SUBSCRIBE", "REFER", "NOTIFY"]);
