/** What a user agent's promises are rejected with. */
import { type ParameterizedToken, reasonPhraseOf, type SipResponse } from "@purertc/sip-parser";

/** Stable and machine-readable. */
export type SipErrorCode =
  /** A final response above 299. */
  | "REJECTED"
  /** No final response in time: as 408 (RFC 3261 §8.1.3.1). */
  | "TIMEOUT"
  /** No server, no connection, or it broke: as 503 (§8.1.3.1). */
  | "TRANSPORT"
  /** The other side, or this one, gave up before there was an answer. */
  | "CANCELLED"
  /** The call or user agent has ended. */
  | "ENDED";

/** A request that did not succeed. `cause` is the underlying error when there is one. */
export class SipError extends Error {
  override readonly name = "SipError";
  readonly code: SipErrorCode;
  /** Of the response, or the one that stands for its lack. */
  readonly statusCode: number;
  readonly reasonPhrase: string;
  readonly response: SipResponse | undefined;
  /** Reason headers (RFC 3326) of what ended it. */
  readonly reasons: readonly ParameterizedToken[];

  constructor(init: {
    readonly code: SipErrorCode;
    readonly statusCode: number;
    readonly response?: SipResponse | undefined;
    readonly reasons?: readonly ParameterizedToken[];
    readonly message?: string;
    readonly cause?: unknown;
  }) {
    const phrase = init.response?.reasonPhrase ?? reasonPhraseOf(init.statusCode);
    super(init.message ?? `${init.statusCode} ${phrase}`, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.statusCode = init.statusCode;
    this.reasonPhrase = phrase;
    this.response = init.response;
    this.reasons = init.reasons ?? init.response?.headers.all("Reason") ?? [];
  }
}

/** A final response above 299, as an error. */
export function rejectedWith(response: SipResponse): SipError {
  return new SipError({ code: "REJECTED", statusCode: response.statusCode, response });
}

/** §8.1.3.1: no final response. */
export function failedBy(cause: "timeout" | "transport-error", detail?: { readonly message?: string; readonly cause?: unknown }): SipError {
  return cause === "timeout"
    ? new SipError({ code: "TIMEOUT", statusCode: 408, ...detail })
    : new SipError({ code: "TRANSPORT", statusCode: 503, ...detail });
}
