/** Why a request was sent or a call ended (RFC 3326), in SIP's status codes and in Q.850's causes (RFC 3398, RFC 6432 lets responses carry them too). */
import { type ParameterizedToken, Parameters, parameterized, reasonPhraseOf, type SipMessage, sameIgnoringCase } from "@purertc/sip-parser";

/** One value of a Reason header. */
export interface Reason {
  /** `"SIP"`, `"Q.850"`, or another registered protocol, as written. */
  readonly protocol: string;
  /** A status code or cause value; undefined when there is none that is a number. */
  readonly cause: number | undefined;
  readonly text: string | undefined;
}

/** The reasons of a message, in order; at most one for each protocol is of use (RFC 3326 §2), and the first one counts. */
export function reasonsOf(message: SipMessage): readonly Reason[] {
  return message.headers.all("Reason").map(({ value, parameters }) => {
    const cause = parameters.get("cause");
    return {
      protocol: value,
      cause: cause !== undefined && /^[0-9]{1,9}$/.test(cause) ? Number(cause) : undefined,
      text: parameters.get("text"),
    };
  });
}

/** The SIP status code that a message's reasons stand for: that of `SIP`, otherwise of `Q.850`; undefined without either. */
export function statusOfReasons(reasons: readonly Reason[]): number | undefined {
  const of = (protocol: string): Reason | undefined =>
    reasons.find((each) => sameIgnoringCase(each.protocol, protocol) && each.cause !== undefined);
  const q850 = of("Q.850")?.cause;
  return of("SIP")?.cause ?? (q850 === undefined ? undefined : statusOfQ850(q850));
}

/** A value for the Reason header. The text of a status code is its phrase unless another is given. */
export function reason(protocol: "SIP" | "Q.850", cause: number, text?: string): ParameterizedToken {
  const phrase = text ?? (protocol === "SIP" ? reasonPhraseOf(cause) : undefined);
  return parameterized(protocol, { cause, ...(phrase === undefined ? {} : { text: Parameters.quoted(phrase) }) });
}

/** The status code for a cause of the telephone network (RFC 3398 §7.2.4.1); 500 for those that it does not list. */
export function statusOfQ850(cause: number): number {
  return STATUS_OF_CAUSE[cause] ?? 500;
}

/** The cause for a final status code (RFC 3398 §8.2.6.1); 31 (normal, unspecified) for those that it does not list. */
export function q850OfStatus(statusCode: number): number {
  return CAUSE_OF_STATUS[statusCode] ?? 31;
}

const STATUS_OF_CAUSE: { readonly [cause: number]: number } = {
  1: 404, // unallocated number
  2: 404, // no route to network
  3: 404, // no route to destination
  16: 480, // normal clearing, before an answer; after one it is a BYE
  17: 486, // user busy
  18: 408, // no user responding
  19: 480, // no answer from the user
  20: 480, // subscriber absent
  21: 403, // call rejected
  22: 410, // number changed
  23: 410, // redirection to new destination
  26: 404, // non-selected user clearing
  27: 502, // destination out of order
  28: 484, // address incomplete
  29: 501, // facility rejected
  31: 480, // normal, unspecified
  34: 503, // no circuit available
  38: 503, // network out of order
  41: 503, // temporary failure
  42: 503, // switching equipment congestion
  47: 503, // resource unavailable
  55: 403, // incoming class barred within the group
  57: 403, // bearer capability not authorized
  58: 503, // bearer capability not presently available
  65: 488, // bearer capability not implemented
  70: 488, // only restricted digital
  79: 501, // service not implemented
  87: 403, // user not member of the group
  88: 503, // incompatible destination
  102: 504, // recovery on timer expiry
  111: 500, // protocol error
  127: 500, // interworking, unspecified
};

const CAUSE_OF_STATUS: { readonly [statusCode: number]: number } = {
  400: 41,
  401: 21,
  402: 21,
  403: 21,
  404: 1,
  405: 63,
  406: 79,
  407: 21,
  408: 102,
  410: 22,
  413: 127,
  414: 127,
  415: 79,
  416: 127,
  420: 127,
  421: 127,
  423: 127,
  480: 18,
  481: 41,
  482: 25,
  483: 25,
  484: 28,
  485: 1,
  486: 17,
  500: 41,
  501: 79,
  502: 38,
  503: 41,
  504: 102,
  505: 127,
  513: 127,
  600: 17,
  603: 21,
  604: 1,
};
