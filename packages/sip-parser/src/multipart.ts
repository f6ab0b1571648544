/** multipart bodies (RFC 2046 §5.1.1, RFC 5621): parts with header fields of their own, binary content kept. */
import { concatBytes, Malformed } from "@purertc/core";
import { HeaderField } from "./header-field.ts";
import type { MediaType } from "./headers/media-type.ts";
import { SipHeaders } from "./headers.ts";
import { bytesOf } from "./text.ts";

/** One part. */
export interface BodyPart {
  /** Content-Type and others, of this part alone; empty when it has none. */
  readonly headers: SipHeaders;
  /** A view of the body that was parsed. */
  readonly body: Uint8Array;
}

/** Why a body is not read as multipart. */
export type MultipartReason =
  /** The Content-Type has no boundary, or one longer than 70 characters. */
  | "no-boundary"
  /** No delimiter line, or no closing one. */
  | "unterminated"
  | "too-many-parts"
  /** A part's header fields do not end with an empty line. */
  | "bad-part";

/** Splits a body by the boundary of its Content-Type. Preamble and epilogue are left out. At most `maxParts` (default 100). */
export function parseMultipart(body: Uint8Array, contentType: MediaType, maxParts = 100): readonly BodyPart[] | Malformed<MultipartReason> {
  const boundary = contentType.parameters.get("boundary");
  if (boundary === undefined || boundary === "" || boundary.length > 70) return new Malformed("no-boundary", 0);
  const delimiter = bytesOf(`--${boundary}`);
  const parts: BodyPart[] = [];
  let partStart = -1;
  for (let at = nextDelimiter(body, delimiter, 0); at >= 0; at = nextDelimiter(body, delimiter, at + delimiter.length)) {
    if (partStart >= 0) {
      // The CRLF before a delimiter belongs to the delimiter.
      const part = parsePart(body, partStart, Math.max(partStart, at - 2));
      if (part instanceof Malformed) return part;
      parts.push(part);
    }
    let after = at + delimiter.length;
    if (body[after] === DASH && body[after + 1] === DASH) return parts;
    if (parts.length === maxParts) return new Malformed("too-many-parts", at);
    while (body[after] === 0x20 || body[after] === 0x09) after += 1;
    partStart = after + 2;
  }
  return new Malformed("unterminated", body.length);
}

/** Builds a multipart body. The boundary must not occur in the parts; `Content-Type: multipart/mixed;boundary=...` is the caller's to set. */
export function writeMultipart(
  parts: readonly { readonly headers: SipHeaders; readonly body: Uint8Array }[],
  boundary: string,
): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const part of parts) {
    pieces.push(bytesOf(`--${boundary}\r\n`), ...part.headers.fields.map((field) => field.bytes), CRLF, part.body, CRLF);
  }
  return concatBytes(...pieces, bytesOf(`--${boundary}--\r\n`));
}

/** A delimiter at the beginning of a line, followed by "--", or by white space and CRLF; -1 when there is none. */
function nextDelimiter(body: Uint8Array, delimiter: Uint8Array, from: number): number {
  for (let at = from; at + delimiter.length + 2 <= body.length; at++) {
    if (body[at] !== DASH || body[at + 1] !== DASH) continue;
    if (at > 0 && (body[at - 2] !== CR || body[at - 1] !== LF)) continue;
    let i = 2;
    while (i < delimiter.length && body[at + i] === delimiter[i]) i += 1;
    if (i < delimiter.length) continue;
    let after = at + delimiter.length;
    if (body[after] === DASH && body[after + 1] === DASH) return at;
    while (body[after] === 0x20 || body[after] === 0x09) after += 1;
    if (body[after] === CR && body[after + 1] === LF) return at;
  }
  return -1;
}

function parsePart(body: Uint8Array, start: number, end: number): BodyPart | Malformed<MultipartReason> {
  const fields: HeaderField[] = [];
  let at = start;
  for (;;) {
    if (body[at] === CR && body[at + 1] === LF) return { headers: new SipHeaders(fields), body: body.subarray(Math.min(at + 2, end), end) };
    const fieldStart = at;
    do {
      while (at < end && !(body[at] === CR && body[at + 1] === LF)) at += 1;
      at += 2;
    } while (body[at] === 0x20 || body[at] === 0x09);
    if (at > end || fields.length === MAX_PART_FIELDS) return new Malformed("bad-part", fieldStart);
    fields.push(HeaderField.raw(body.subarray(fieldStart, at)));
  }
}

const MAX_PART_FIELDS = 100;
const CRLF: Uint8Array = Uint8Array.of(0x0d, 0x0a);
const CR = 0x0d;
const LF = 0x0a;
const DASH = 0x2d;
