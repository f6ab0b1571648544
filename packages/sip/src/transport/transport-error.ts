/** What goes wrong between this program and the network. */

/** Stable and machine-readable. */
export type SipTransportErrorCode =
  /** The listener's address or port cannot be bound. */
  | "LISTEN_FAILED"
  /** The connection was refused, reset, or there is no route. */
  | "CONNECT_FAILED"
  /** No connection, TLS session or WebSocket within the time allowed. */
  | "CONNECT_TIMEOUT"
  /** The certificate is not trusted, or TLS failed. */
  | "TLS_FAILED"
  /** RFC 5922 §7.3: the certificate is trusted, but not for this SIP domain. */
  | "TLS_IDENTITY"
  /** RFC 7118 §4: the WebSocket was refused, or without sub-protocol "sip". */
  | "WEBSOCKET_FAILED"
  /** A limit of one's own: as many connections as allowed are open. */
  | "TOO_MANY_CONNECTIONS"
  /** The target's address is not an IP address, or its family or transport has no local socket. */
  | "BAD_TARGET"
  /** The caller's AbortSignal. */
  | "ABORTED"
  /** `close()` was called. */
  | "CLOSED";

/** A flow or listener could not be had. `cause` holds the system's error when there is one. */
export class SipTransportError extends Error {
  override readonly name = "SipTransportError";
  readonly code: SipTransportErrorCode;

  constructor(message: string, options: { readonly code: SipTransportErrorCode; readonly cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
  }
}

/** LISTEN_FAILED, in words: `cannot listen on UDP 127.0.0.1:5060: the address is in use (EADDRINUSE)`. */
export function listenError(transport: string, ip: string, port: number, cause: NodeJS.ErrnoException): SipTransportError {
  const words = LISTEN_FAULTS[cause.code ?? ""];
  const reason = words === undefined ? cause.message : `${words} (${cause.code})`;
  const address = `${ip.includes(":") ? `[${ip}]` : ip}:${port}`;
  return new SipTransportError(`cannot listen on ${transport} ${address}: ${reason}`, { code: "LISTEN_FAILED", cause });
}

const LISTEN_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: "the address is in use",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "the port needs more rights",
};
