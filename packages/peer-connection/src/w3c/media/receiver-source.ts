/** What a peer sends, as the source of tracks: the packets and frames of one receiver, to any number of sinks. */
import type { EncodedFrame, MediaReceiver, MediaSink } from "../../engine/media/types.ts";
import type { MediaKind } from "../../jsep/media-types.ts";
import { type MediaTrackSettings, type SourcedTrack, TrackFanOut, type TrackSink, type TrackSource } from "./track-source.ts";

/** What it needs of its connection. */
export interface ReceiverSourceOptions {
  readonly kind: MediaKind;
  readonly clockOrigin: number;
  readonly receiver: MediaReceiver;
  /** Asks the peer for a key frame, unless the connection is closed. */
  readonly requestKeyframe: () => void;
}

/** See the file's header. The engine assembles frames only while a sink wants them. */
export class ReceiverSource implements TrackSource {
  readonly kind: MediaKind;
  readonly clockOrigin: number;
  readonly givesFrames = true;
  readonly givesPackets = true;
  readonly #receiver: MediaReceiver;
  readonly #requestKeyframe: () => void;
  readonly #sinks = new TrackFanOut();
  #removePacketSink: (() => void) | undefined;
  #removeFrameSink: (() => void) | undefined;
  #keyframeWanted = false;
  #size: MediaTrackSettings = {};

  constructor({ kind, clockOrigin, receiver, requestKeyframe }: ReceiverSourceOptions) {
    this.kind = kind;
    this.clockOrigin = clockOrigin;
    this.#receiver = receiver;
    this.#requestKeyframe = requestKeyframe;
  }

  addSink(sink: TrackSink): () => void {
    return this.#sinks.add(sink, () => this.#connect());
  }

  /** Asks in a microtask: sinks are called from inside engines. */
  requestKeyframe(): void {
    if (this.kind === "audio" || this.#keyframeWanted) return;
    this.#keyframeWanted = true;
    queueMicrotask(() => {
      this.#keyframeWanted = false;
      this.#requestKeyframe();
    });
  }

  /** The peer is told by transport-wide feedback and REMB what it can send; what those further on can take is not its business. */
  bitrateChanged(): void {}

  settings(): MediaTrackSettings {
    return this.#size;
  }

  trackAdded(track: SourcedTrack): void {
    this.#sinks.tracks.add(track);
  }

  trackEnded(track: SourcedTrack): void {
    this.#sinks.tracks.delete(track);
  }

  /** Mutes or unmutes all tracks of the receiver, clones included. */
  setMuted(muted: boolean): void {
    for (const track of [...this.#sinks.tracks]) track.setMuted(muted);
  }

  /** The receiver was stopped: every track that is left ends. */
  end(later: (task: () => void) => void): void {
    for (const track of [...this.#sinks.tracks]) track.end(later);
  }

  #connect(): void {
    const wants = (kind: "packet" | "frame"): boolean => this.#sinks.sinks.some((sink) => sink[kind] !== undefined);
    this.#removePacketSink = this.#toggle(this.#removePacketSink, wants("packet"), {
      packet: (packet, info) => this.#sinks.packet(packet, info),
    });
    this.#removeFrameSink = this.#toggle(this.#removeFrameSink, wants("frame"), {
      frame: (frame) => this.#frame(frame),
      discontinuity: () => {
        for (const sink of this.#sinks.sinks) sink.discontinuity?.();
      },
    });
  }

  #toggle(remove: (() => void) | undefined, wanted: boolean, sink: MediaSink): (() => void) | undefined {
    if (wanted) return remove ?? this.#receiver.addSink(sink);
    remove?.();
    return undefined;
  }

  #frame(frame: EncodedFrame): void {
    const { width, height } = frame;
    if (width !== undefined && height !== undefined) this.#size = { width, height };
    this.#sinks.frame(frame);
  }
}
