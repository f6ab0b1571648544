/** Why a session ends, in Reason headers (RFC 3326; RFC 6432 allows them in responses, with Q.850 causes). */
import { type ParameterizedToken, Parameters, parameterized, type SipMessage } from "@purertc/sip-parser";

/** The Reason values of a message. */
export function reasonsOf(message: SipMessage | undefined): readonly ParameterizedToken[] {
  return message?.headers.all("Reason") ?? [];
}

/** RFC 3326 §2: `SIP;cause=200;text="Call completed elsewhere"`. */
export function sipReason(statusCode: number, text?: string): ParameterizedToken {
  return parameterized("SIP", [["cause", statusCode], ...(text === undefined ? [] : [["text", Parameters.quoted(text)] as const])]);
}
