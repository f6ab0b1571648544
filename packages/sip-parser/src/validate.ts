/**
 * What is wrong with a message that could be framed, and what a server owes for it: the checks of RFC 3261 §8.1.1, §8.2, §16.3 and §18.3 that need
 * nothing but the message and the server's own abilities, with RFC 4475's advice.
 */
import { Malformed } from "@purertc/core";
import type { HeaderName } from "./headers/index.ts";
import { isMediaType, type MediaType } from "./headers/media-type.ts";
import type { Via } from "./headers/via.ts";
import type { SipMessage, SipRequest } from "./message.ts";
import { reasonPhraseOf } from "./reason-phrases.ts";
import { sameIgnoringCase } from "./tokens.ts";
import { isSipUri } from "./uri.ts";
import { sipMessageLength } from "./write.ts";

/** What a server is and can do. What is left out is not checked. */
export interface ValidateOptions {
  /** Methods understood; others give 501. */
  readonly methods?: readonly string[];
  /** Option tags understood; others in Require (for a proxy: Proxy-Require) give 420. */
  readonly extensions?: readonly string[];
  /** Request-URI schemes understood; others give 416. Default sip, sips and tel. */
  readonly schemes?: readonly string[];
  /** Media types understood, in lower case, such as `application/sdp`; another Content-Type on a body gives 415. */
  readonly contentTypes?: readonly string[];
  /** Content codings understood, in lower case, besides `identity`; another gives 415. Checked when {@link contentTypes} is given; default none. */
  readonly contentEncodings?: readonly string[];
  /** Media types that this server can answer with; when Accept has none of them, 406. */
  readonly answerTypes?: readonly string[];
  /** Octets of the largest message taken; a larger one gives 513. */
  readonly maxLength?: number;
  /** `"proxy"` checks Proxy-Require and Max-Forwards 0 (483); `"user-agent"`, the default, checks Require, bodies and Accept. */
  readonly role?: "proxy" | "user-agent";
  /** Tells a Via that this server added itself: one in a request means a loop (482) and, unlike for spirals, that its branch was checked (§16.3 item 4). */
  readonly isLoop?: (via: Via) => boolean;
  /** Whether any malformed header that is known here gives 400, not only those needed to process the message (§8.2.2 lets servers ignore the others). */
  readonly strict?: boolean;
}

/** One thing that is wrong. */
export interface SipFault {
  /** What a server answers to a request; undefined for a response, which is dropped instead. */
  readonly statusCode: number | undefined;
  /** The registered phrase of the status code. */
  readonly reasonPhrase: string;
  /** Stable and machine-readable. */
  readonly reason: SipFaultReason;
  /** The header at fault, by its canonical name. */
  readonly header?: string;
  /** The option tags for the Unsupported header of a 420, or the media type or content codings of a 415. */
  readonly unsupported?: readonly string[];
}

/** What can be wrong with a message. */
export type SipFaultReason =
  | "bad-version"
  | "bad-start-line"
  | "bad-request-uri"
  | "bad-header"
  | "repeated-header"
  | "missing-header"
  | "cseq-method-mismatch"
  | "body-truncated"
  | "unsupported-method"
  | "unsupported-scheme"
  | "unsupported-extension"
  | "unsupported-media-type"
  | "not-acceptable"
  | "too-many-hops"
  | "loop"
  | "too-large";

/** Every fault, the one to answer first. Empty: nothing is wrong. For responses, any fault means that the message is dropped (§18.1.2). */
export function validateSipMessage(message: SipMessage, options: ValidateOptions = {}): readonly SipFault[] {
  const faults: SipFault[] = [];
  checkStartLine(message, faults);
  checkHeaders(message, options, faults);
  if (message.kind === "request") checkRequest(message, options, faults);
  return message.kind === "request" ? faults : faults.map((fault) => ({ ...fault, statusCode: undefined }));
}

function checkStartLine(message: SipMessage, faults: SipFault[]): void {
  if (!message.startLine.isSip2) faults.push(fault(505, "bad-version"));
  if (message.startLine.problem !== undefined) faults.push(fault(400, "bad-start-line"));
}

/** §8.1.1: the six headers of every request; §20: what stands once; §7.3: what must follow its grammar to be of use. */
function checkHeaders(message: SipMessage, options: ValidateOptions, faults: SipFault[]): void {
  const { headers } = message;
  for (const name of MANDATORY) if (!headers.has(name)) faults.push(fault(400, "missing-header", name));
  for (const field of headers.fields) {
    const { definition } = field;
    if (field.colon < 0) faults.push(fault(400, "bad-header"));
    if (definition === undefined || !(options.strict === true || NEEDED.has(definition.name))) continue; // what nobody asks for is not parsed
    if (headers.firstField(definition) !== field) continue;
    const { name } = definition;
    const problem = headers.problem(name);
    if (problem === undefined) continue;
    faults.push(fault(400, problem.reason === "repeated-header" ? "repeated-header" : "bad-header", name));
  }
  // §18.3: a body shorter than Content-Length says.
  if (message.missingBodyLength > 0) faults.push(fault(400, "body-truncated", "Content-Length"));
}

function checkRequest(request: SipRequest, options: ValidateOptions, faults: SipFault[]): void {
  const { headers, uri, cseq } = request;
  if (uri instanceof Malformed) faults.push(fault(400, "bad-request-uri"));
  // §19.1.1: a Request-URI has no headers (RFC 4475 §3.1.2.11).
  else if (isSipUri(uri) && uri.headers.length > 0) faults.push(fault(400, "bad-request-uri"));
  if (cseq !== undefined && cseq.method !== request.method) faults.push(fault(400, "cseq-method-mismatch", "CSeq"));
  if (options.maxLength !== undefined && sipMessageLength(request) > options.maxLength) faults.push(fault(513, "too-large"));
  // §8.2.1, §8.2.2.1, §8.2.2.3, §8.2.3 in this order for user agents; §16.3 for proxies.
  const isProxy = options.role === "proxy";
  if (!isProxy && options.methods !== undefined && !options.methods.includes(request.method)) faults.push(fault(501, "unsupported-method"));
  if (!(uri instanceof Malformed) && !(options.schemes ?? DEFAULT_SCHEMES).includes(uri.scheme))
    faults.push(fault(416, "unsupported-scheme"));
  if (isProxy && request.maxForwards === 0) faults.push(fault(483, "too-many-hops", "Max-Forwards"));
  if (options.isLoop !== undefined && headers.all("Via").some(options.isLoop)) faults.push(fault(482, "loop", "Via"));
  checkExtensions(request, options, isProxy, faults);
  if (!isProxy) checkContent(request, options, faults);
}

/** §8.2.2.3, §16.3 item 5; never for ACK and CANCEL, which cannot be answered so. */
function checkExtensions(request: SipRequest, options: ValidateOptions, isProxy: boolean, faults: SipFault[]): void {
  const { extensions } = options;
  if (extensions === undefined || request.method === "ACK" || request.method === "CANCEL") return;
  const name = isProxy ? "Proxy-Require" : "Require";
  const unsupported = request.headers.all(name).filter((tag) => !extensions.some((each) => sameIgnoringCase(each, tag)));
  if (unsupported.length > 0) faults.push({ ...fault(420, "unsupported-extension", name), unsupported });
}

/** §8.2.3; Accept as RFC 4475 §3.3.14 has it. */
function checkContent(request: SipRequest, options: ValidateOptions, faults: SipFault[]): void {
  const { headers } = request;
  if (options.contentTypes !== undefined && request.body.length > 0 && !isOptionalBody(request)) {
    const type = headers.get("Content-Type");
    // §20.15: a body that is not empty has a Content-Type.
    if (!headers.has("Content-Type")) faults.push(fault(400, "missing-header", "Content-Type"));
    else if (type !== undefined && !options.contentTypes.some((name) => isMediaType(type, name))) {
      faults.push({ ...fault(415, "unsupported-media-type", "Content-Type"), unsupported: [`${type.type}/${type.subtype}`] });
    }
    const known = ["identity", ...(options.contentEncodings ?? [])];
    const unknown = headers.all("Content-Encoding").filter((coding) => !known.includes(coding.toLowerCase()));
    if (unknown.length > 0) faults.push({ ...fault(415, "unsupported-media-type", "Content-Encoding"), unsupported: unknown });
  }
  if (options.answerTypes !== undefined && headers.has("Accept")) {
    const accepted = acceptedTypes(headers.all("Accept"));
    if (!options.answerTypes.some(accepted)) faults.push(fault(406, "not-acceptable", "Accept"));
  }
}

/** §20.1, as in HTTP: the most specific range decides, and `q=0` means no. */
function acceptedTypes(ranges: readonly MediaType[]): (name: string) => boolean {
  const wanted = new Map<string, boolean>();
  for (const { type, subtype, parameters } of ranges)
    wanted.set(`${type}/${subtype}`.toLowerCase(), Number(parameters.get("q") ?? 1) !== 0);
  return (name) => wanted.get(name) ?? wanted.get(`${name.split("/")[0]}/*`) ?? wanted.get("*/*") ?? false;
}

/** §20.11: `handling=optional` bodies that are not understood are ignored. */
function isOptionalBody(request: SipRequest): boolean {
  return request.headers.get("Content-Disposition")?.parameters.get("handling")?.toLowerCase() === "optional";
}

function fault(statusCode: number, reason: SipFaultReason, header?: string): SipFault {
  const phrase = reasonPhraseOf(statusCode);
  return header === undefined ? { statusCode, reasonPhrase: phrase, reason } : { statusCode, reasonPhrase: phrase, reason, header };
}

/** §8.1.1. Max-Forwards is mandatory too, but RFC 2543 did not have it and §16.3 item 3 takes requests without it. */
const MANDATORY: readonly HeaderName[] = ["Via", "From", "To", "Call-ID", "CSeq"];
/** What a server cannot do without: identity of the transaction and dialog, routing, extensions, and the body. */
const NEEDED: ReadonlySet<string> = new Set<HeaderName>([
  ...MANDATORY,
  ...([
    "Max-Forwards",
    "Contact",
    "Route",
    "Record-Route",
    "Require",
    "Proxy-Require",
    "Content-Length",
    "Content-Type",
    "Content-Encoding",
  ] as const),
  ...(["Replaces", "Refer-To", "RAck", "RSeq", "Event", "Session-Expires", "Min-SE", "Authorization", "Proxy-Authorization"] as const),
]);
const DEFAULT_SCHEMES: readonly string[] = ["sip", "sips", "tel"];
