/** A STUN server in one function: the Binding method without authentication (RFC 8489 §6.3.1, §12). */
import { Malformed, type TransportAddress } from "@purertc/core";
import type { StunAttribute } from "../codec/attributes.ts";
import { parseStunMessage, unknownRequiredAttributes, writeStunMessage } from "../codec/message.ts";
import { verifyFingerprint } from "../codec/message-integrity.ts";

/** What a server may add. */
export interface BindingServerOptions {
  /** SOFTWARE of every response; none when omitted. */
  readonly software?: string;
}

/**
 * Answers a Binding request that came from `source`: writes the response at the start of `out` and returns its length. 0 when nothing is to be
 * sent: not STUN, not a Binding request, or a wrong FINGERPRINT. Unknown comprehension-required attributes get a 420 (§6.3.1). It holds no
 * state. Responses are at most about 40 bytes plus `software` and, for a 420, 2 bytes for each unknown attribute, so they amplify nothing.
 */
export function answerBindingRequest(
  out: Uint8Array,
  request: Uint8Array,
  source: TransportAddress,
  options: BindingServerOptions = {},
): number {
  const message = parseStunMessage(request);
  if (message instanceof Malformed || message.type !== "binding-request" || verifyFingerprint(request) === "wrong") return 0;
  const attributes: StunAttribute[] = [];
  const unknown = unknownRequiredAttributes(message);
  if (unknown.length > 0) {
    attributes.push({ type: "ERROR-CODE", value: { code: 420, reason: "Unknown Attribute" } });
    attributes.push({ type: "UNKNOWN-ATTRIBUTES", value: unknown });
  } else {
    attributes.push({ type: "XOR-MAPPED-ADDRESS", value: source });
  }
  if (options.software !== undefined) attributes.push({ type: "SOFTWARE", value: options.software });
  // A client that uses FINGERPRINT wants it back, to tell STUN from what it is multiplexed with (§7).
  if (verifyFingerprint(request) === "right") attributes.push({ type: "FINGERPRINT" });
  const type = unknown.length > 0 ? "binding-error-response" : "binding-success-response";
  return writeStunMessage(out, { type, transactionId: message.transactionId, attributes });
}
