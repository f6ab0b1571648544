/** What can be read of a message whose head is too large to be taken: enough to answer it. */
import { Malformed } from "@purertc/core";
import type { SipMessage } from "./message.ts";
import { parseSipMessage } from "./parse.ts";

/**
 * The start line and the first header fields of bytes that {@link parseSipMessage} refuses for their number or length, without a body: a server owes such
 * a request a response (RFC 3261 §21.5.7) and finds in here what belongs into it. Undefined when it is not SIP, or when one of the six headers of every request is
 * not among the first 64 fields and 8 KiB.
 */
export function parseSipBeginning(bytes: Uint8Array): SipMessage | undefined {
  const end = endOfFields(bytes);
  const head = new Uint8Array(end + 2);
  head.set(bytes.subarray(0, end));
  head.set(CRLF, end);
  const message = parseSipMessage(head, { maxHeaderFields: MAX_FIELDS });
  return message instanceof Malformed || !NEEDED.every((name) => message.headers.has(name)) ? undefined : message;
}

/** After the last whole field within bounds: the line that follows does not begin with white space. */
function endOfFields(bytes: Uint8Array): number {
  const limit = Math.min(bytes.length - 1, MAX_LENGTH);
  let end = 0;
  let fields = -1; // the start line is none
  for (let at = 1; at < limit && fields < MAX_FIELDS; at++) {
    const next = bytes[at + 1];
    if (bytes[at] !== 0x0a || bytes[at - 1] !== 0x0d || next === 0x20 || next === 0x09) continue;
    end = at + 1;
    fields += 1;
  }
  return end;
}

const CRLF: Uint8Array = Uint8Array.of(0x0d, 0x0a);
const MAX_FIELDS = 64;
const MAX_LENGTH = 8192;
const NEEDED = ["Via", "From", "To", "Call-ID", "CSeq"] as const;
