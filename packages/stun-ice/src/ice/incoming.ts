/** What of the datagrams that come in is for the agent: Binding requests and responses to its own sockets (RFC 8489 §6.3, RFC 7983 §7). */
import { Malformed, type Path } from "@purertc/core";
import { parseStunMessage, type StunMessage } from "../codec/message.ts";
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
  const message = parseStunMessage(datagram);
  if (message instanceof Malformed) return refuse("malformed");
  if (verifyFingerprint(datagram) === "wrong") return refuse("bad-fingerprint");
  const kind = stunClass(message.type);
  if (kind === "indication") return refuse("indication"); // RFC 8445 §11: a keepalive says nothing
  if (kind === "request" && message.type !== "binding-request") return refuse("unsupported-method");
  return message;
}
