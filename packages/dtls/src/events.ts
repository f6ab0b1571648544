/** What a connection tells its owner. */
import type { NamedGroup, SignatureScheme } from "@purertc/core";

/** Where a connection is; `"failed"` is an end by error, `"closed"` one by close_notify or `close`. */
export type DtlsState = "new" | "connecting" | "connected" | "closed" | "failed";

/** Why a connection ended. */
export type DtlsCloseCause = "close-notify" | "local" | "alert-received" | "alert-sent" | "timeout";

/** Handed out by `pollEvent`. Byte arrays belong to the receiver. */
export type DtlsEvent =
  | {
      /** The handshake is complete and the peer has proved that it has the key of its certificate. */
      readonly type: "connected";
      readonly version: "1.2" | "1.3";
      /** IANA name. */
      readonly cipherSuite: string;
      readonly group?: NamedGroup;
      /** RFC 5764 §4.1.2; absent when use_srtp was not negotiated. */
      readonly srtpProfile?: number;
      /** RFC 8449: the longest plaintext, in bytes, that the peer says it takes in a record; absent when it does not say. */
      readonly recordSizeLimit?: number;
      /** DER, the peer's own first. */
      readonly peerCertificates: readonly Uint8Array[];
    }
  | {
      /** The plaintext of one application_data record; never empty. */
      readonly type: "data";
      readonly data: Uint8Array;
    }
  | {
      /** Sign `message` with our certificate's key and call `provideSignature`. Only with a {@link DeferredSigner}. */
      readonly type: "signature-needed";
      readonly scheme: SignatureScheme;
      readonly message: Uint8Array;
    }
  | {
      /** The last event. */
      readonly type: "closed";
      readonly cause: DtlsCloseCause;
      /** The RFC's name, such as `"bad_certificate"`; with `alert-received` and `alert-sent`. */
      readonly alert?: string;
    };
