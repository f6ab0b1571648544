/** Session descriptions as message bodies (RFC 3261 §13.2.1, RFC 5621): what offers and answers are made of. The session does not read them. */
import { Malformed, utf8FromString } from "@purertc/core";
import { isMediaType, parseMultipart, type SipMessage } from "@purertc/sip-parser";

import type { HeaderPair } from "./header-list.ts";

/** An offer or an answer to send: SDP as text or bytes, or another type. */
export type DescriptionInit = string | Uint8Array | { readonly contentType: string; readonly body: string | Uint8Array };

/** An offer or an answer received, or about to be sent. */
export interface SessionDescription {
  /** In lower case, without parameters, such as `application/sdp`. */
  readonly contentType: string;
  /** A view of the message's bytes, if it came in one. */
  readonly body: Uint8Array;
}

/** What a message carries as offer or answer: an `application/sdp` body, or such a part of a multipart body, with disposition `session`. */
export function descriptionOf(message: SipMessage): SessionDescription | undefined {
  const { body, headers } = message;
  if (body.length === 0) return undefined;
  const type = headers.get("Content-Type");
  if (isMediaType(type, SDP)) return isSession(headers.get("Content-Disposition")?.value) ? { contentType: SDP, body } : undefined;
  if (type === undefined || type.type.toLowerCase() !== "multipart") return undefined;
  const parts = parseMultipart(body, type);
  if (parts instanceof Malformed) return undefined;
  for (const part of parts) {
    if (!isMediaType(part.headers.get("Content-Type"), SDP)) continue;
    if (isSession(part.headers.get("Content-Disposition")?.value)) return { contentType: SDP, body: part.body };
  }
  return undefined;
}

/** Makes a description of what an API was given. */
export function toDescription(init: DescriptionInit): SessionDescription {
  if (typeof init === "string") return { contentType: SDP, body: utf8FromString(init) };
  if (init instanceof Uint8Array) return { contentType: SDP, body: init };
  return { contentType: init.contentType, body: typeof init.body === "string" ? utf8FromString(init.body) : init.body };
}

/** The header fields of a message that carries a description. */
export function contentHeaders(description: SessionDescription | undefined): HeaderPair[] {
  return description === undefined ? [] : [["Content-Type", description.contentType]];
}

/** RFC 3261 §20.11: SDP without a disposition is a session's. */
function isSession(disposition: string | undefined): boolean {
  return disposition === undefined || disposition.toLowerCase() === "session";
}

const SDP = "application/sdp";
