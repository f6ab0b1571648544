import { type CryptoProvider, InvalidArgumentError, type RandomSource } from "@purertc/core";

/** Every tunable of an SCTP association, with the section that names it. Times are milliseconds, sizes are bytes. */
export interface AssociationOptions {
  /** Tags, initial TSNs, heartbeat nonces, timer jitter, the cookie secret. */
  readonly random: RandomSource;
  /** For the state cookie's HMAC. */
  readonly crypto: Pick<CryptoProvider, "hmac">;
  /** Largest SCTP packet, common header included; 512 to 65532. 1163 under DTLS 1.2 with AES-GCM in datagrams of 1200. */
  readonly mtu: number;
  /**
   * RFC 8899 §5.1.2 MAX_PLPMTU: the largest packet to try on this path, up to 65532. Default `mtu`: nothing is tried. Larger packets than `mtu` are used only
   * after a probe of their size has arrived; `out` of `pollTransmit` then has to hold them, or probes are dropped and `mtu` stays.
   */
  readonly maxMtu?: number;
  /** RFC 9260 §3.3.2: a_rwnd to announce when nothing is held. Default 8 MiB; raised to twice `maxReceiveMessageSize` when smaller. */
  readonly receiveWindow?: number;
  /** Larger incoming messages are dropped and reported. Default 262144. */
  readonly maxReceiveMessageSize?: number;
  /** Bytes of queued messages (all streams) beyond which `send` refuses. Default 64 MiB. */
  readonly sendBuffer?: number;
  /** Streams to ask for and to accept, 1 to 65535. Default 65535 both. */
  readonly outboundStreams?: number;
  readonly inboundStreams?: number;
  /** §16 RTO.Initial. Default 500, as data channel peers do; the RFC says 1000. */
  readonly rtoInitialMs?: number;
  /** §16 RTO.Min. Default 300: above a peer's delayed SACK of 200 ms. The RFC says 1000. */
  readonly rtoMinMs?: number;
  /** §16 RTO.Max. Default 10000, so that a path that comes back is used soon. The RFC says 60000. */
  readonly rtoMaxMs?: number;
  /** §6.2 SACK.Delay, at most 500. Default 50: every second packet is acknowledged at once anyway, and a lone packet's round trip is measured better. */
  readonly sackDelayMs?: number;
  /** §16 Max.Init.Retransmits. Default 8; 30 below data channels. */
  readonly maxInitRetransmits?: number;
  /** §16 Association.Max.Retrans. Default 10; 30 below data channels. */
  readonly associationMaxRetransmits?: number;
  /** §16 HB.interval; 0 sends none. Default 30000. */
  readonly heartbeatIntervalMs?: number;
  /** §16 Valid.Cookie.Life. Default 60000. */
  readonly cookieLifetimeMs?: number;
  /** §7.2.1 initial cwnd in full packets. Default 10 (RFC 6928), as data channel peers do. */
  readonly initialWindowPackets?: number;
  /** §6.1 D Max.Burst: packets of new data that one SACK, timer or call may release. Default 32. */
  readonly maxBurst?: number;
  /** RFC 8260: use I-DATA when the peer can. Default true. */
  readonly interleaving?: boolean;
  /** RFC 3758: offer FORWARD-TSN. Default true. */
  readonly partialReliability?: boolean;
  /** RFC 6525: offer RE-CONFIG. Default true. */
  readonly streamReset?: boolean;
  /** RFC 9653: accept packets without a checksum, and send them when the peer accepts them. Only over DTLS. Default false. */
  readonly zeroChecksum?: boolean;
}

/** The same with every default filled in. */
export type ResolvedAssociationOptions = Required<AssociationOptions>;

/** Fills in defaults. Throws `InvalidArgumentError` for a number outside its range. */
export function resolveAssociationOptions(options: AssociationOptions): ResolvedAssociationOptions {
  requireRange("mtu", options.mtu, 512, 65532);
  const maxMtu = requireRange("maxMtu", options.maxMtu ?? options.mtu, 512, 65532);
  const maxReceiveMessageSize = requireRange("maxReceiveMessageSize", options.maxReceiveMessageSize ?? 262_144, 1, 0x4000_0000);
  const receiveWindow = requireRange("receiveWindow", options.receiveWindow ?? 8 * 1024 * 1024, 1500, 0xffff_ffff);
  return {
    random: options.random,
    crypto: options.crypto,
    mtu: options.mtu,
    maxMtu: Math.max(maxMtu, options.mtu),
    maxReceiveMessageSize,
    receiveWindow: Math.max(receiveWindow, 2 * maxReceiveMessageSize),
    sendBuffer: requireRange("sendBuffer", options.sendBuffer ?? 64 * 1024 * 1024, 1, Number.MAX_SAFE_INTEGER),
    outboundStreams: requireRange("outboundStreams", options.outboundStreams ?? 65535, 1, 65535),
    inboundStreams: requireRange("inboundStreams", options.inboundStreams ?? 65535, 1, 65535),
    rtoInitialMs: requireRange("rtoInitialMs", options.rtoInitialMs ?? 500, 1, 600_000),
    rtoMinMs: requireRange("rtoMinMs", options.rtoMinMs ?? 300, 1, 600_000),
    rtoMaxMs: requireRange("rtoMaxMs", options.rtoMaxMs ?? 10_000, 1, 600_000),
    sackDelayMs: requireRange("sackDelayMs", options.sackDelayMs ?? 50, 1, 500),
    maxInitRetransmits: requireRange("maxInitRetransmits", options.maxInitRetransmits ?? 8, 0, 1000),
    associationMaxRetransmits: requireRange("associationMaxRetransmits", options.associationMaxRetransmits ?? 10, 0, 1000),
    heartbeatIntervalMs: requireRange("heartbeatIntervalMs", options.heartbeatIntervalMs ?? 30_000, 0, 86_400_000),
    cookieLifetimeMs: requireRange("cookieLifetimeMs", options.cookieLifetimeMs ?? 60_000, 1, 86_400_000),
    initialWindowPackets: requireRange("initialWindowPackets", options.initialWindowPackets ?? 10, 1, 1000),
    maxBurst: requireRange("maxBurst", options.maxBurst ?? 32, 1, 1_000_000),
    interleaving: options.interleaving ?? true,
    partialReliability: options.partialReliability ?? true,
    streamReset: options.streamReset ?? true,
    zeroChecksum: options.zeroChecksum ?? false,
  };
}

/** Options of data channels: the association's and a few of their own. */
export interface DataChannelsOptions extends Omit<AssociationOptions, "maxReceiveMessageSize"> {
  /** RFC 8841 §6: what our SDP announces as max-message-size. 0 announces "any"; such messages are still bounded by `unlimitedMessageBound`. Default 262144. */
  readonly localMaxMessageSize?: number;
  /** The bound when `localMaxMessageSize` is 0. Default 64 MiB. */
  readonly unlimitedMessageBound?: number;
  /** Channels that the peer may have open at once. An OPEN beyond that is answered with a stream reset. Default 4096. */
  readonly maxIncomingChannels?: number;
  /** Bytes of labels and protocols that the peer's open channels may have in all. Default 4 MiB. */
  readonly maxIncomingNameBytes?: number;
}

/** Throws `InvalidArgumentError` (`SCTP_OPTION_RANGE`) for a number outside its range, as the constructor of `DataChannels` does. */
export function checkDataChannelsOptions(options: DataChannelsOptions): void {
  requireRange("localMaxMessageSize", options.localMaxMessageSize ?? 0, 0, 0x4000_0000);
  requireRange("unlimitedMessageBound", options.unlimitedMessageBound ?? 1, 1, 0x4000_0000);
  requireRange("maxIncomingChannels", options.maxIncomingChannels ?? 0, 0, 65535);
  requireRange("maxIncomingNameBytes", options.maxIncomingNameBytes ?? 0, 0, Number.MAX_SAFE_INTEGER);
  resolveAssociationOptions(options);
}

/** Returns `value`, or throws `InvalidArgumentError` when it is not an integer from `low` to `high`. */
export function requireRange(name: string, value: number, low: number, high: number): number {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new InvalidArgumentError(`${name} must be an integer from ${low} to ${high}`, { code: "SCTP_OPTION_RANGE" });
  }
  return value;
}

/** Browsers never give up on their own account: ICE consent (RFC 7675) says when a path is dead, within 30 s. These last for minutes, also at 30 % loss. */
export const PATIENT: Pick<DataChannelsOptions, "associationMaxRetransmits" | "maxInitRetransmits"> = {
  associationMaxRetransmits: 30,
  maxInitRetransmits: 30,
};
