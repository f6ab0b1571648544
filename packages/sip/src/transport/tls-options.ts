/** What TLS needs to know (RFC 3261 §26.3.1, RFC 5922). Keys and certificates are PEM or DER as `node:tls` takes them. */

/** A certificate chain and its private key. */
export interface TlsIdentity {
  /** PEM, leaf first. */
  readonly cert: string | Uint8Array;
  /** PEM. */
  readonly key: string | Uint8Array;
  readonly passphrase?: string;
}

/** For connections that are accepted. */
export interface TlsServerOptions extends Partial<TlsIdentity> {
  /** Other identities by the name in SNI (RFC 6066 §3), in any case: virtual servers. Any other name gets the one above. */
  readonly virtualHosts?: Readonly<Record<string, TlsIdentity>>;
  /** Who may sign clients' certificates; the system's list when absent. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /**
   * Mutual TLS. `"none"` (default) asks for no certificate; `"request"` asks, and identities are empty when there is none or it is not trusted;
   * `"require"` closes without a trusted one.
   */
  readonly clientCertificate?: "none" | "request" | "require";
  /** TLS 1.2 when absent. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  /** OpenSSL cipher list; Node's when absent. */
  readonly ciphers?: string;
}

/** For connections that are opened. */
export interface TlsClientOptions extends Partial<TlsIdentity> {
  /** Who may sign servers' certificates; the system's list when absent. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  /** False accepts any certificate, and proves nothing of the peer: for tests only. True when absent. */
  readonly verify?: boolean;
  /** TLS 1.2 when absent. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3";
  /** OpenSSL cipher list; Node's when absent. */
  readonly ciphers?: string;
}
