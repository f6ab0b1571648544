/** The media of a connection: its transceivers, and RTP and RTCP on each of its transports. */
import { type Instant, InvalidArgumentError, type RandomSource, randomString, randomU32 } from "@purertc/core";
import type { Direction, LocalTransceiver, MediaKind, RtpCodec, TransceiverId } from "../../jsep/media-types.ts";
import type { Negotiated } from "../../jsep/types.ts";
import type { MediaStats, RtpSource } from "./media-stats.ts";
import { Receiver } from "./receiver.ts";
import { Sender } from "./sender.ts";
import { Transceiver } from "./transceiver.ts";
import { Transceivers } from "./transceivers.ts";
import type { EncodingParameters, TransceiverInit } from "./types.ts";

/** What it is made with. */
export interface MediaSessionOptions {
  readonly random: RandomSource;
}

/** See the file's header. */
export class MediaSession {
  readonly #options: MediaSessionOptions;
  readonly #transceivers: Transceivers;
  readonly #ssrcs = new Set<number>();
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

  /** Follows a description; returns it with the transceiver of every media section. */
  apply(_now: Instant, negotiated: Negotiated): Negotiated {
    if (negotiated.media === undefined && negotiated.type !== "rollback" && this.#transceivers.list.length === 0) return negotiated;
    const { media } = this.#transceivers.apply(negotiated);
    return negotiated.media === undefined ? negotiated : { ...negotiated, media };
  }

  addTransceiver(kind: MediaKind, init: TransceiverInit): Transceiver {
    return this.#transceivers.add(kind, init);
  }

  setDirection(id: TransceiverId, direction: Direction): void {
    const transceiver = this.#found(id);
    if (!transceiver.stopping) transceiver.direction = direction;
  }

  stop(id: TransceiverId): void {
    this.#found(id).stopSendingAndReceiving();
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

  stats(_now: Instant): MediaStats {
    return { inbound: [], outbound: [], remoteInbound: [], remoteOutbound: [], transports: [] };
  }

  synchronizationSources(_id: TransceiverId): readonly RtpSource[] {
    return [];
  }

  contributingSources(_id: TransceiverId): readonly RtpSource[] {
    return [];
  }

  #found(id: TransceiverId): Transceiver {
    const transceiver = this.#transceivers.find(id);
    if (transceiver === undefined) throw new InvalidArgumentError("no such transceiver", { code: "PEER_NO_TRANSCEIVER" });
    return transceiver;
  }

  #make(id: TransceiverId, kind: MediaKind, init: TransceiverInit): Transceiver {
    const { direction, streamIds, trackId, addedByTrack, encodings } = init;
    const sender = new Sender({
      streamIds,
      trackId: trackId ?? this.#newTrackId(),
      encodings: encodings === undefined || encodings.length === 0 ? [{ active: true }] : encodings,
      newSsrc: () => this.#newSsrc(),
    });
    return new Transceiver({ id, kind, direction, addedByTrack, sender, receiver: new Receiver() });
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
