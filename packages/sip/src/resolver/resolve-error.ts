/** Why a URI leads nowhere. */

/** Stable and machine-readable. */
export type SipResolveErrorCode =
  /** The DNS has no server for it. */
  | "NO_SERVER"
  /** The DNS could not be asked; `cause` is the first error. */
  | "DNS_FAILED"
  /** No transport that this element supports; or UDP with sips. */
  | "UNSUPPORTED_TRANSPORT"
  /** Neither sip, sips, nor tel with a domain to send it to. */
  | "UNSUPPORTED_URI";

/** A URI led to no server; `code` says why. */
export class SipResolveError extends Error {
  override readonly name = "SipResolveError";
  readonly code: SipResolveErrorCode;

  constructor(message: string, options: { readonly code: SipResolveErrorCode; readonly cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
  }
}
