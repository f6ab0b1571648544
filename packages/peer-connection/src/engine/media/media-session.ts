/** The media of a connection: its transceivers, and RTP and RTCP on each of its transports. */
import {
  type CryptoProvider,
  type Instant,
  InvalidArgumentError,
  type Observer,
  type Path,
  type RandomSource,
  randomString,
  randomU32,
  type Transmit,
} from "@purertc/core";
import type {
  AgreedMedia,
  Direction,
  LocalTransceiver,
  MediaKind,
  RemoteStreamDescription,
  RtpCodec,
  TransceiverId,
} from "../../jsep/media-types.ts";
import type { Negotiated } from "../../jsep/types.ts";
import type { MediaEvent } from "../peer-event.ts";
import type { Transport } from "../transport.ts";
import type { Transports } from "../transports.ts";
import { shareBitrate } from "./bitrate-share.ts";
import type {
  InboundRtpStats,
  MediaStats,
  OutboundRtpStats,
  RemoteInboundRtpStats,
  RemoteOutboundRtpStats,
  RtpSource,
} from "./media-stats.ts";
import { MediaTransport } from "./media-transport.ts";
import type { OutboundStream } from "./outbound-stream.ts";
import { Receiver } from "./receiver.ts";
import { Sender } from "./sender.ts";
import { inboundStats, outboundStats, remoteInboundStats, remoteOutboundStats } from "./stream-stats.ts";
import { Transceiver } from "./transceiver.ts";
import { Transceivers } from "./transceivers.ts";
import { TransportSection } from "./transport-section.ts";
import type { MediaTunables } from "./tunables.ts";
import type { EncodingParameters, TransceiverInit } from "./types.ts";

/** What it is made with. */
export interface MediaSessionOptions {
  readonly crypto: CryptoProvider;
  readonly random: RandomSource;
  /** Unix ms when `now` is 0. */
  readonly timeOrigin: number;
  /** Largest UDP payload. */
  readonly mtu: number;
  readonly tunables: MediaTunables;
  readonly observer?: Observer;
  readonly transports: Transports;
  readonly emit: (event: MediaEvent) => void;
  /** A sender was called from outside: takes note of the time; false: the peer is closed. */
  readonly enter: (now: Instant) => boolean;
}

/** What the last answer settled for a transceiver's section. */
interface Settled {
  readonly mid: string;
  readonly agreed: AgreedMedia;
  readonly remote: RemoteStreamDescription | undefined;
  readonly transportId: string | undefined;
}

/** See the file's header. */
export class MediaSession {
  readonly #options: MediaSessionOptions;
  readonly #transceivers: Transceivers;
  readonly #ssrcs = new Set<number>();
  readonly #settled = new Map<Transceiver, Settled>();
  #media: readonly MediaTransport[] = [];
  #cname: string | undefined;

  constructor(options: MediaSessionOptions) {
    this.#options = options;
    this.#transceivers = new Transceivers(
      (id, kind, init) => this.#make(id, kind, init),
      () => this.cname,
    );
  }

  /** RFC 3550 §6.5.1, RFC 7022 §4.2: 96 random bits, the same for all streams of the connection. */
  get cname(): string {
    this.#cname ??= randomString(this.#options.random, 16, NAME_CHARS);
    return this.#cname;
  }

  get transceivers(): readonly Transceiver[] {
    return this.#transceivers.list;
  }

  /** What negotiation is to know. */
  snapshot(): readonly LocalTransceiver[] {
    return this.#transceivers.snapshot();
  }

  // ---- descriptions

  /** Follows a description; returns it with the transceiver of every media section. */
  apply(now: Instant, negotiated: Negotiated): Negotiated {
    const { type } = negotiated;
    if ((negotiated.media ?? []).length === 0 && this.#transceivers.list.length === 0) return negotiated;
    const { media, stopped } = this.#transceivers.apply(negotiated);
    for (const transceiver of stopped) this.#end(now, transceiver);
    for (const section of media) {
      const transceiver = this.#transceivers.find(section.transceiver!);
      if (transceiver === undefined || transceiver.stopped) continue;
      if (section.requestedEncodings !== undefined) transceiver.sender.proposeEncodings(section.requestedEncodings);
      if (type === "offer" || section.agreed === undefined) continue;
      const { mid, agreed, remote, transportId } = section;
      this.#settled.set(transceiver, { mid, agreed, remote, transportId });
      this.#configure(now, transceiver, mid, agreed, remote);
    }
    this.#connect(now);
    return negotiated.media === undefined ? negotiated : { ...negotiated, media };
  }

  #configure(now: Instant, transceiver: Transceiver, mid: string, agreed: AgreedMedia, remote: RemoteStreamDescription | undefined): void {
    const { sender, receiver, stopping } = transceiver;
    const direction = stopping ? "inactive" : agreed.direction;
    const before = sender.sending;
    if (before && direction !== "sendrecv" && direction !== "sendonly") this.#of(transceiver)?.sayGoodbye(now, sender);
    sender.configure(mid, { ...agreed, direction }, this.#options.mtu - LARGEST_SRTP_OVERHEAD);
    receiver.configure({ ...agreed, direction }, remote);
  }

  /** Gives every transport the sections that it carries, and makes and ends their media. */
  #connect(now: Instant): void {
    const byTransport = new Map<Transport, TransportSection[]>();
    for (const [transceiver, { mid, agreed, remote, transportId }] of this.#settled) {
      const transport = this.#options.transports.byAgreedId(transportId);
      if (transport === undefined) continue;
      const sections = byTransport.get(transport) ?? [];
      sections.push(new TransportSection(mid, transceiver, agreed, remote));
      byTransport.set(transport, sections);
    }
    const before = this.#media;
    this.#media = [...byTransport.keys()].map(
      (transport) => before.find((media) => media.transport === transport) ?? this.#newTransport(transport),
    );
    for (const media of this.#media) {
      media.configure(byTransport.get(media.transport) ?? []);
      if (!media.keyed) media.useKeys(now);
      media.wake(now);
    }
  }

  /** A DTLS connection is up, or is no longer. */
  dtlsChanged(now: Instant, transport: Transport): void {
    const media = this.#media.find((one) => one.transport === transport);
    if (media === undefined) return;
    media.dropKeys();
    if (transport.dtls.open !== undefined) media.useKeys(now);
  }

  // ---- transceivers

  addTransceiver(kind: MediaKind, init: TransceiverInit): Transceiver {
    return this.#transceivers.add(kind, init);
  }

  setDirection(id: TransceiverId, direction: Direction): void {
    const transceiver = this.#found(id);
    if (!transceiver.stopping) transceiver.direction = direction;
  }

  stop(now: Instant, id: TransceiverId): void {
    const transceiver = this.#found(id);
    if (transceiver.stopping) return;
    transceiver.stopSendingAndReceiving();
    this.#end(now, transceiver);
  }

  setCodecPreferences(id: TransceiverId, codecs: readonly RtpCodec[]): void {
    this.#found(id).codecPreferences = codecs;
  }

  setStreams(id: TransceiverId, streamIds: readonly string[]): void {
    this.#found(id).sender.streamIds = streamIds;
  }

  setTrackId(id: TransceiverId, trackId: string | undefined): void {
    this.#found(id).sender.trackId = trackId ?? this.#newTrackId();
  }

  noteTrackAdded(id: TransceiverId): void {
    this.#found(id).addedByTrack = true;
  }

  setEnabled(id: TransceiverId, enabled: boolean): void {
    this.#found(id).sender.enabled = enabled;
  }

  setEncodings(id: TransceiverId, encodings: readonly EncodingParameters[]): void {
    this.#found(id).sender.setEncodings(encodings);
  }

  /** Nothing more is sent and received, and the peer is told (RFC 3550 §6.6). */
  #end(now: Instant, transceiver: Transceiver): void {
    this.#of(transceiver)?.sayGoodbye(now, transceiver.sender);
    transceiver.sender.stop();
    transceiver.receiver.configure(undefined, undefined);
    if (transceiver.stopped) this.#settled.delete(transceiver);
  }

  // ---- packets

  /** Takes RTP or RTCP of a transport. Hot. */
  handleDatagram(now: Instant, transport: Transport, datagram: Uint8Array, path: Path): boolean {
    const media = this.#media;
    for (let i = 0; i < media.length; i++) {
      if (media[i]!.transport !== transport) continue;
      media[i]!.handleDatagram(now, datagram, path);
      return true;
    }
    return false;
  }

  /** Writes the next RTP or RTCP datagram into `out`. Hot. */
  pollTransmit(now: Instant, out: Uint8Array): Transmit<Path> | undefined {
    const media = this.#media;
    for (let i = 0; i < media.length; i++) {
      const transmit = media[i]!.pollTransmit(now, out);
      if (transmit !== undefined) return transmit;
    }
    return undefined;
  }

  handleTimeout(now: Instant): void {
    for (const media of this.#media) media.handleTimeout(now);
  }

  /** Hot. */
  pollTimeout(): Instant | undefined {
    const media = this.#media;
    let soonest: Instant | undefined;
    for (let i = 0; i < media.length; i++) {
      const at = media[i]!.pollTimeout();
      if (at !== undefined && (soonest === undefined || at < soonest)) soonest = at;
    }
    return soonest;
  }

  /** Whether anything may be sent at all. */
  get active(): boolean {
    return this.#media.length > 0;
  }

  /** The peer is about to close: says goodbye for all streams of a transport. */
  sayGoodbye(now: Instant, transport: Transport): void {
    for (const [transceiver, { transportId }] of this.#settled) {
      if (this.#options.transports.byAgreedId(transportId) !== transport) continue;
      this.#of(transceiver)?.sayGoodbye(now, transceiver.sender);
      transceiver.sender.stop();
    }
  }

  /** Ends everything: senders refuse from now on. */
  close(): void {
    for (const { sender, receiver } of this.#transceivers.list) {
      sender.stop();
      receiver.configure(undefined, undefined);
    }
    this.#media = [];
    this.#settled.clear();
  }

  // ---- statistics

  stats(): MediaStats {
    const inbound: InboundRtpStats[] = [];
    const outbound: OutboundRtpStats[] = [];
    const remoteInbound: RemoteInboundRtpStats[] = [];
    const remoteOutbound: RemoteOutboundRtpStats[] = [];
    for (const transceiver of this.#transceivers.list) {
      const transport = this.#of(transceiver)?.transport.id;
      for (const stream of transceiver.receiver.streams) {
        inbound.push(inboundStats(transceiver, transport, stream));
        const remote = remoteOutboundStats(transceiver, transport, stream);
        if (remote !== undefined) remoteOutbound.push(remote);
      }
      for (const [index, stream] of transceiver.sender.streams.entries()) {
        if (!this.#settled.has(transceiver)) continue;
        outbound.push(outboundStats(transceiver, transport, stream, index));
        const remote = remoteInboundStats(transceiver, transport, stream);
        if (remote !== undefined) remoteInbound.push(remote);
      }
    }
    return { inbound, outbound, remoteInbound, remoteOutbound, transports: this.#media.map((media) => media.stats()) };
  }

  synchronizationSources(now: Instant, id: TransceiverId): readonly RtpSource[] {
    return this.#transceivers.find(id)?.receiver.synchronizationSources(now) ?? [];
  }

  contributingSources(now: Instant, id: TransceiverId): readonly RtpSource[] {
    return this.#transceivers.find(id)?.receiver.contributingSources(now) ?? [];
  }

  // ---- inside

  #found(id: TransceiverId): Transceiver {
    const transceiver = this.#transceivers.find(id);
    if (transceiver === undefined) throw new InvalidArgumentError("no such transceiver", { code: "PEER_NO_TRANSCEIVER" });
    return transceiver;
  }

  /** The media of the transport that carries a transceiver. */
  #of(transceiver: Transceiver): MediaTransport | undefined {
    const transport = this.#options.transports.byAgreedId(this.#settled.get(transceiver)?.transportId);
    return transport === undefined ? undefined : this.#media.find((media) => media.transport === transport);
  }

  #newTransport(transport: Transport): MediaTransport {
    const { crypto, random, tunables, mtu, observer, emit } = this.#options;
    const media: MediaTransport = new MediaTransport(transport, {
      crypto,
      random,
      tunables,
      mtu,
      ...(observer === undefined ? {} : { observer }),
      cname: () => this.cname,
      unixMs: (now) => this.#unixMs(now),
      newSsrc: () => this.#newSsrc(),
      onKeyframeRequest: (stream) => this.#onKeyframeRequest(stream),
      onEstimate: (bitsPerSecond) => {
        emit({ type: "bitrate-estimate", bitsPerSecond });
        const carried = this.#transceivers.list.filter((transceiver) => this.#of(transceiver) === media);
        const changed = shareBitrate(
          bitsPerSecond,
          carried.map(({ sender }) => sender),
        );
        for (const { id, sender } of carried) {
          if (changed.includes(sender)) emit({ type: "bitrate-estimate", transceiver: id, bitsPerSecond: sender.targetBitrate! });
        }
      },
    });
    return media;
  }

  #onKeyframeRequest(stream: OutboundStream): void {
    const transceiver = this.#transceivers.list.find(({ sender }) => sender.streams.includes(stream));
    if (transceiver === undefined) return;
    const rid = stream.rid === undefined ? {} : { rid: stream.rid };
    this.#options.emit({ type: "keyframe-requested", transceiver: transceiver.id, ...rid });
  }

  #make(id: TransceiverId, kind: MediaKind, init: TransceiverInit): Transceiver {
    const { random, tunables, enter, emit } = this.#options;
    const { direction, streamIds, trackId, addedByTrack, encodings } = init;
    const sender = new Sender({
      kind,
      streamIds,
      trackId: trackId ?? this.#newTrackId(),
      encodings: encodings === undefined || encodings.length === 0 ? [{ active: true }] : encodings,
      random,
      tunables,
      newSsrc: () => this.#newSsrc(),
      unixMs: (now) => this.#unixMs(now),
      enter,
      wake: (now) => this.#of(transceiver)?.wake(now),
    });
    const receiver = new Receiver(
      kind,
      {
        wake: (now) => {
          if (enter(now)) this.#of(transceiver)?.wake(now);
        },
        unmuted: () => emit({ type: "receiver-unmuted", transceiver: id }),
        muted: () => emit({ type: "receiver-muted", transceiver: id }),
        bye: (ssrc) => emit({ type: "bye", transceiver: id, ssrc }),
        layer: (rid) => emit({ type: "layer", transceiver: id, rid }),
        forget: (ssrc) => this.#of(transceiver)?.forget(ssrc),
        failed: (error) => emit({ type: "sink-failed", transceiver: id, error }),
      },
      tunables,
    );
    const transceiver: Transceiver = new Transceiver({ id, kind, direction, addedByTrack, sender, receiver });
    return transceiver;
  }

  #unixMs(now: Instant): number {
    return this.#options.timeOrigin + now;
  }

  #newSsrc(): number {
    for (;;) {
      const ssrc = randomU32(this.#options.random);
      if (ssrc === 0 || this.#ssrcs.has(ssrc)) continue; // zero means "none" in feedback
      this.#ssrcs.add(ssrc);
      return ssrc;
    }
  }

  #newTrackId(): string {
    return randomString(this.#options.random, 22, NAME_CHARS);
  }
}

/** Letters and digits: an SDP token without anything to escape. */
const NAME_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** The tag of AES-GCM, and cryptex's four bytes. */
const LARGEST_SRTP_OVERHEAD = 20;
