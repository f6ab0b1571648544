/** What a {@link PeerEngine} is made with. */
import type { CryptoProvider, Observer, RandomSource } from "@purertc/core";
import type { LocalCertificate } from "../certificate.ts";
import type { BundlePolicy, HeaderExtensionEncryption } from "../jsep/index.ts";
import type { DtlsTunables, IceTunables, SctpTunables } from "../settings.ts";
import type { SupportedMedia } from "./media/capabilities.ts";
import type { MediaTunables } from "./media/tunables.ts";

/** What a peer is made with. */
export interface PeerEngineOptions {
  readonly crypto: CryptoProvider;
  readonly random: RandomSource;
  /** Unix milliseconds when `now` is 0, for certificate validity and the NTP times of RTCP. */
  readonly timeOrigin: number;
  /** Default "balanced". */
  readonly bundlePolicy?: BundlePolicy;
  /** Default: one is made when first needed. */
  readonly certificate?: LocalCertificate;
  /** More that the peer is told to expect (RFC 9429 §5.2.1); the handshake shows `certificate`. Default none. */
  readonly otherCertificates?: readonly LocalCertificate[];
  /** Largest UDP payload, in bytes. Default 1200. */
  readonly mtu?: number;
  /** Largest UDP payload to try on paths inside this machine. Default 16421. */
  readonly localMtu?: number;
  /** a=max-message-size. Default 262144. */
  readonly maxMessageSize?: number;
  /** Bytes a channel may buffer. Default 16 MiB. */
  readonly maxBufferedAmount?: number;
  /** Whether candidates with ports of Fetch's block list are used. Default false. */
  readonly allowBadPorts?: boolean;
  /** Codecs and header extensions that may be negotiated. Default {@link supportedMedia}. */
  readonly media?: SupportedMedia;
  /** RFC 9335. Default "accept". */
  readonly cryptex?: "never" | "accept" | "offer";
  /** RFC 6904. Default "accept". */
  readonly headerExtensionEncryption?: HeaderExtensionEncryption;
  readonly ice?: IceTunables;
  readonly dtls?: DtlsTunables;
  readonly sctp?: SctpTunables;
  readonly rtp?: MediaTunables;
  readonly observer?: Observer;
}
