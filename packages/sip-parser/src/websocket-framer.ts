/** SIP over WebSocket (RFC 7118): each WebSocket message carries exactly one SIP message (§5), so there is nothing to buffer. */
import { Malformed, utf8FromString } from "@purertc/core";
import type { SipMessage } from "./message.ts";
import { parseSipMessage, type SipParseOptions, type SipReason } from "./parse.ts";
import { parseSipBeginning } from "./parse-beginning.ts";
import { textOf } from "./text.ts";
import { writeSipMessage } from "./write.ts";

/** The sub-protocol both ends must name in their handshake (RFC 7118 §4.1). */
export const SIP_WEBSOCKET_PROTOCOL = "sip";

/** What one WebSocket message holds. */
export type WebSocketItem =
  | { readonly type: "message"; readonly message: SipMessage }
  /** CRLFCRLF, as browsers' SIP libraries send to keep the connection: answer with CRLF (RFC 5626 §3.5.1, RFC 7118 §6). */
  | { readonly type: "ping" }
  /** CRLF: the answer to it. */
  | { readonly type: "pong" }
  | { readonly type: "malformed"; readonly reason: WebSocketReason; readonly message: SipMessage | undefined };

/** Why the data of a WebSocket message is no SIP message. */
export type WebSocketReason =
  | Exclude<SipReason, "keep-alive">
  /** More bytes than Content-Length says: a WebSocket message must not hold a second SIP message (§5). */
  | "surplus-bytes";

/** Reads the data of one WebSocket message: a string for a text frame, bytes for a binary one. */
export function parseWebSocketMessage(data: string | Uint8Array, options?: SipParseOptions): WebSocketItem {
  if (data.length === 2 || data.length === 4) {
    const text = typeof data === "string" ? data : textOf(data, 0, data.length);
    if (text === "\r\n") return { type: "pong" };
    if (text === "\r\n\r\n") return { type: "ping" };
  }
  const bytes = typeof data === "string" ? utf8FromString(data) : data;
  const message = parseSipMessage(bytes, options);
  if (message instanceof Malformed) {
    const { reason } = message;
    const beginning = reason === "too-many-header-fields" ? parseSipBeginning(bytes) : undefined;
    return { type: "malformed", reason: reason === "keep-alive" ? "not-sip" : reason, message: beginning };
  }
  // §5: Content-Length may be missing, since the WebSocket message says where the body ends; when it is there, it has to agree.
  if (message.surplusLength > 0) return { type: "malformed", reason: "surplus-bytes", message };
  if (message.missingBodyLength > 0) return { type: "malformed", reason: "truncated", message };
  return { type: "message", message };
}

/** A message as WebSocket data: a string, for a text frame, when it is well-formed UTF-8, otherwise bytes, for a binary frame (§5). */
export function writeWebSocketMessage(message: SipMessage): string | Uint8Array {
  const bytes = writeSipMessage(message);
  const text = textOf(bytes, 0, bytes.length);
  // U+FFFD stands for what is not UTF-8, unless it was there itself, for which bytes serve as well.
  return text.includes("\ufffd") ? bytes : text;
}
