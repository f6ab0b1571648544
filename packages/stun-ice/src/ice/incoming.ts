/** What of the datagrams that come in is for the agent: Binding requests and responses to its own sockets (RFC 8489 §6.3, RFC 7983 §7). */
import { Malformed, type Path } from "@purertc/core";
import { readAttributeHeader } from "../codec/attributes.ts";
import { parseStunMessage, STUN_HEADER_LENGTH, type StunMessage } from "../codec/message.ts";
import { verifyFingerprint } from "../codec/message-integrity.ts";
import { stunClass } from "../codec/message-type.ts";
import type { AgentContext } from "./agent-context.ts";
import type { Candidates } from "./candidates.ts";

/** The message to look at, or undefined for one that was counted and is to be forgotten. Nothing is authenticated yet but the FINGERPRINT. */
export function readBindingMessage(
  context: AgentContext,
  candidates: Candidates,
  datagram: Uint8Array,
  path: Path,
): StunMessage | undefined {
  const refuse = (reason: Parameters<AgentContext["discard"]>[0]): undefined => {
    context.discard(reason);
  };
  if (datagram.length === 0 || datagram[0]! > 3) return refuse("not-stun"); // RFC 7983 §7
  if (!candidates.isBase(path.local)) return refuse("unknown-local-address");
  if (isOversized(datagram)) return refuse("oversized");
  const message = parseStunMessage(datagram);
  if (message instanceof Malformed) return refuse("malformed");
  if (verifyFingerprint(datagram) === "wrong") return refuse("bad-fingerprint");
  const kind = stunClass(message.type);
  if (kind === "indication") return refuse("indication"); // RFC 8445 §11: a keepalive says nothing
  if (kind === "request" && message.type !== "binding-request") return refuse("unsupported-method");
  return message;
}

/**
 * Whether a message is larger than any that a peer sends. Reading one takes time in proportion to its attributes, and strangers can send them: 16000
 * empty ones in a datagram of 64 KB.
 */
function isOversized(datagram: Uint8Array): boolean {
  if (datagram.length > MAX_MESSAGE_LENGTH) return true;
  let count = 0;
  for (let at = STUN_HEADER_LENGTH; at + 4 <= datagram.length; count += 1) {
    const { length } = readAttributeHeader(datagram, at);
    at += 4 + length + (-length & 3);
  }
  return count > MAX_ATTRIBUTES;
}

/** RFC 8489 §6.1: a message over UDP should fit the path, and is therefore no longer than Ethernet's 1500 bytes. */
const MAX_MESSAGE_LENGTH = 1500;
/** Of the 10 or so that a connectivity check has, with room for what others may add. */
const MAX_ATTRIBUTES = 64;
