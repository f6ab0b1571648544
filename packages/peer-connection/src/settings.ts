/**
 * Everything about a connection that W3C's RTCConfiguration does not say: ports, interfaces, sizes, timers, hooks. The second argument of
 * the RTCPeerConnection constructor, which throws `InvalidArgumentError` for what is out of range. Every field is optional; what is absent has the
 * default stated here.
 */
import type { CryptoProvider, Observer, RandomSource } from "@purertc/core";
import type { DtlsOptions } from "@purertc/dtls";
import type { DataChannelsOptions } from "@purertc/sctp-datachannel";
import type { IceAgentOptions } from "@purertc/stun-ice";
import type { SupportedMedia } from "./engine/media/capabilities.ts";
import type { MediaTunables } from "./engine/media/tunables.ts";

/** See the file's header. */
export interface PeerConnectionSettings {
  /** UDP ports to bind, both ends included, 1 to 65535. Default: any free port. */
  readonly portRange?: { readonly min: number; readonly max: number };
  /** Which network interfaces to use, by name (`"eth0"`). Default: all. */
  readonly interfaceFilter?: (name: string) => boolean;
  /** Which local IP addresses to use. Default: all. */
  readonly addressFilter?: (ip: string) => boolean;
  /** Whether loopback addresses become candidates. Default `"auto"`: only on a host that has no other address. */
  readonly loopback?: "auto" | boolean;
  /** Default true. */
  readonly ipv4?: boolean;
  /** Default true. */
  readonly ipv6?: boolean;
  /** Socket receive buffer in bytes. Default 4 MiB: the 208 KiB of most systems overflows in one burst. */
  readonly receiveBufferSize?: number;
  /** Socket send buffer in bytes. Default 4 MiB. */
  readonly sendBufferSize?: number;
  /** Largest UDP payload sent, in bytes, 576 to 65507. Default 1200, which fits every path that carries IPv6 (1280) with room for a tunnel. */
  readonly mtu?: number;
  /**
   * Largest UDP payload to try while both ends are on this machine, where a datagram costs the same whatever its size. Probes (RFC 8899) find out what passes, and
   * only peers are asked whose DTLS says that it takes long records (RFC 8449). Default and most: 16421, one DTLS record. {@link mtu} or less: never above that.
   */
  readonly localMtu?: number;
  /** a=max-message-size: the largest message the peer may send, in bytes. Default 262144, as Chromium. 0 announces "any size". */
  readonly maxMessageSize?: number;
  /**
   * Bytes a channel buffers before `send` throws OperationError; also the largest message sent to a peer that takes any size.
   * Default 16 MiB, as Chromium.
   */
  readonly maxBufferedAmount?: number;
  /** The certificate to use, DER and PKCS #8, for hosts that keep one across restarts. Default: a fresh one for each connection. */
  readonly certificate?: { readonly der: Uint8Array; readonly pkcs8: Uint8Array };
  /** Whether candidates of the peer with ports that browsers refuse to connect to (https://fetch.spec.whatwg.org/#port-blocking) are used. Default false. */
  readonly allowBadPorts?: boolean;
  /** Codecs and header extensions that may be negotiated, in order of preference. Default: all that are known. */
  readonly media?: SupportedMedia;
  /**
   * RFC 9335: header extensions and CSRCs encrypted with the payload. `"accept"`, the default, agrees when the peer offers it; `"offer"` offers it too;
   * `"never"` does neither. It is used when both sides agree. Browsers do not know it and go on without.
   */
  readonly cryptex?: "never" | "accept" | "offer";
  /**
   * RFC 6904: single header extensions encrypted, each offered in both forms. As {@link cryptex}: `"accept"` by default, `"offer"` or `"never"`. Firefox and
   * Chromium do not know it either.
   */
  readonly headerExtensionEncryption?: "never" | "accept" | "offer";
  /** Timers and limits of ICE; see `@purertc/stun-ice`. */
  readonly ice?: IceTunables;
  /** Cipher suites, timers and limits of DTLS; see `@purertc/dtls`. */
  readonly dtls?: DtlsTunables;
  /** Timers and limits of SCTP and data channels; see `@purertc/sctp-datachannel`. */
  readonly sctp?: SctpTunables;
  /** Timers and limits of media. */
  readonly rtp?: MediaTunables;
  /** Sees plaintext packets and TLS secrets. Default: none. */
  readonly observer?: Observer;
  /** Default: the runtime's. */
  readonly crypto?: CryptoProvider;
  /** Default: the runtime's. */
  readonly random?: RandomSource;
}

/** What may be tuned of ICE. */
export type IceTunables = Partial<
  Omit<IceAgentOptions, "random" | "crypto" | "role" | "localCredentials" | "transportPolicy" | "observer">
>;

/** What may be tuned of DTLS. */
export type DtlsTunables = Partial<Omit<DtlsOptions, "role" | "crypto" | "random" | "certificate" | "verifyPeer" | "mtu" | "observer">>;

/** What may be tuned of SCTP. */
export type SctpTunables = Partial<Omit<DataChannelsOptions, "random" | "crypto" | "mtu" | "localMaxMessageSize" | "observer">>;

/** Default of {@link PeerConnectionSettings.mtu}. */
export const DEFAULT_MTU = 1200;
/** Default of {@link PeerConnectionSettings.localMtu}: 2^14 bytes, and header, explicit nonce and tag of a DTLS 1.2 record. */
export const DEFAULT_LOCAL_MTU = 16_421;
/** Default of {@link PeerConnectionSettings.maxMessageSize}. */
export const DEFAULT_MAX_MESSAGE_SIZE = 262_144;
/** Default of {@link PeerConnectionSettings.maxBufferedAmount}. */
export const DEFAULT_MAX_BUFFERED_AMOUNT = 16_777_216;
