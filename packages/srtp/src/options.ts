/** What senders and receivers are made of: keys, profile, and the bounds of what they remember, with defaults. */
import type { CryptoProvider } from "@purertc/core";
import type { SdesSuiteName, SrtpProfileName } from "./profiles.ts";

/** One master key (RFC 3711 §3.2.1). */
export interface SrtpMasterKey {
  /** As long as the profile says: 16, 24 or 32 bytes. Copied. */
  readonly masterKey: Uint8Array;
  /** As long as the profile says: 14 bytes, 12 for AES-GCM. Copied. */
  readonly masterSalt: Uint8Array;
  /** Master key identifier, 1 to 128 bytes, sent in every packet. Absent: none. All keys of one sender or receiver have MKIs of one length. Copied. */
  readonly mki?: Uint8Array;
  /** How many packets the key may protect, all SSRCs together. Default and upper limit: 2^48 for SRTP, 2^31 for SRTCP (RFC 3711 §9.2). */
  readonly lifetime?: number;
}

/** Options common to SRTP and SRTCP. */
export interface SrtpCommonOptions extends SrtpMasterKey {
  readonly crypto: CryptoProvider;
  readonly profile: SrtpProfileName | SdesSuiteName;
  /** Packets after which session keys are derived anew: 0 (never, the default) or a power of two up to 2^24 (RFC 3711 §4.3.1). */
  readonly keyDerivationRate?: number;
  /** SSRCs remembered, each in under 1 KiB, for as long as this object lives. Default 1024. */
  readonly maxSsrcs?: number;
  /** SSRCs whose ciphers and keystream (up to 12 KiB) are kept ready; the least recently used of the others makes room and is set up again at its next packet. Default 128. */
  readonly maxReadySsrcs?: number;
  /**
   * How many indices below the highest of an SSRC are told apart into seen and not seen: a power of two from 64 to 32768, default 1024. A receiver drops what
   * is older, a sender refuses to send it.
   */
  readonly replayWindow?: number;
}

/** What of a packet's header is encrypted, as negotiated. */
export interface SrtpHeaderOptions {
  /** Ids of the header extension elements to encrypt (RFC 6904), 1 to 255. Default none. */
  readonly encryptedExtensionIds?: readonly number[];
  /**
   * Whether cryptex (RFC 9335) was negotiated. A sender then encrypts CSRCs and header extensions of every packet that has any; a receiver accepts packets with
   * and without it, or with `"required"` refuses those whose CSRCs or header extension came in the clear. Default false.
   */
  readonly cryptex?: boolean | "required";
}

/** Options of `SrtpSender` and `SrtpReceiver`. */
export interface SrtpOptions extends SrtpCommonOptions, SrtpHeaderOptions {
  /** Rollover counters of SSRCs joined late or taken over, told by signalling (RFC 3711 §3.3.1). Default 0 for every SSRC. */
  readonly rolloverCounters?: ReadonlyMap<number, number>;
  /** True for UNENCRYPTED_SRTP (RFC 4568 §6.3.2): payloads go in the clear. Not with an AEAD. Default false. */
  readonly unencrypted?: boolean;
  /**
   * True for UNAUTHENTICATED_SRTP (RFC 4568 §6.3.3): no tag. Anyone can then forge packets and move the receiver's state. Not with an AEAD. Default false.
   */
  readonly unauthenticated?: boolean;
}

/** Options of `SrtpSender`. */
export type SrtpSenderOptions = SrtpOptions;

/** Options of `SrtpReceiver`. */
export interface SrtpReceiverOptions extends SrtpOptions {
  /** Further master keys accepted from the start; see `addKey`. */
  readonly furtherKeys?: readonly SrtpMasterKey[];
}

/** Options of `SrtcpSender`. */
export interface SrtcpSenderOptions extends SrtpCommonOptions {
  /** True for UNENCRYPTED_SRTCP (RFC 4568 §6.3.2): packets go in the clear, with the E flag 0, and authenticated as always. Default false. */
  readonly unencrypted?: boolean;
}

/** Options of `SrtcpReceiver`. */
export interface SrtcpReceiverOptions extends SrtpCommonOptions {
  /** Further master keys accepted from the start; see `addKey`. */
  readonly furtherKeys?: readonly SrtpMasterKey[];
  /** Whether packets whose E flag says they are not encrypted are refused. Default false: RFC 3711 §3.4 lets a sender decide for each packet. */
  readonly encryptedOnly?: boolean;
}

/** Default of `maxSsrcs`. */
export const DEFAULT_MAX_SSRCS = 1024;
/** Default of `maxReadySsrcs`. */
export const DEFAULT_MAX_READY_SSRCS = 128;
/** Default of `replayWindow`: what libwebrtc uses; retransmissions under the original sequence number come late. */
export const DEFAULT_REPLAY_WINDOW = 1024;
