/** What both generators are made of: a source that the application feeds through a WritableStream. */
import type { MediaKind } from "../../jsep/media-types.ts";
import { KeyframeRequestEvent } from "./keyframe-request-event.ts";
import { SourceMeter } from "./source-meter.ts";
import { type MediaTrackSettings, type SourcedTrack, TrackFanOut, type TrackSink, type TrackSource } from "./track-source.ts";

/** What a generator supplies. */
export interface GeneratorOptions<Chunk> {
  readonly kind: MediaKind;
  readonly gives: "frames" | "packets";
  /** The object that hears `keyframerequest` and `bitratechange`. */
  readonly target: EventTarget;
  /** Hands a chunk to the sinks. Throws TypeError for what is not one, which errors the stream. */
  readonly write: (chunk: Chunk, sinks: TrackFanOut) => void;
  readonly settings: () => MediaTrackSettings;
}

/** See the file's header. */
export class GeneratorSource<Chunk> implements TrackSource {
  readonly kind: MediaKind;
  readonly givesFrames: boolean;
  readonly givesPackets: boolean;
  readonly clockOrigin: number = performance.timeOrigin;
  readonly writable: WritableStream<Chunk>;
  readonly settings: () => MediaTrackSettings;
  /** Of packets nothing is counted. */
  readonly meter?: SourceMeter;
  readonly #target: EventTarget;
  readonly #sinks = new TrackFanOut();
  #controller: WritableStreamDefaultController | undefined;
  #ended = false;
  #desiredBitrate: number | undefined;
  #bitrateLookedAt = true;
  /** Layers a key frame was asked of since the last chunk: asking again before the encoder was heard from tells it nothing new. */
  readonly #asked = new Set<string | undefined>();

  constructor({ kind, gives, target, write, settings }: GeneratorOptions<Chunk>) {
    this.kind = kind;
    this.givesFrames = gives === "frames";
    this.givesPackets = gives === "packets";
    if (gives === "frames") this.meter = new SourceMeter(() => performance.now());
    this.settings = settings;
    this.#target = target;
    this.writable = new WritableStream<Chunk>({
      start: (controller) => {
        this.#controller = controller;
      },
      write: (chunk) => {
        if (this.#ended) throw ended();
        this.#asked.clear();
        write(chunk, this.#sinks);
        return this.#sinks.full();
      },
      close: () => this.#endTracks(),
      abort: () => this.#endTracks(),
    });
  }

  /** The least that any consumer can send, in bits per second; undefined while none knows. */
  get desiredBitrate(): number | undefined {
    return this.#sinks.bitrate();
  }

  addSink(sink: TrackSink): () => void {
    return this.#sinks.add(sink, () => this.bitrateChanged());
  }

  /** Asks in a microtask: sinks may be in the middle of something. */
  requestKeyframe(rid?: string): void {
    if (this.#ended || this.kind === "audio" || this.#asked.has(rid)) return;
    this.#asked.add(rid);
    queueMicrotask(() => void this.#target.dispatchEvent(new KeyframeRequestEvent("keyframerequest", { rid: rid ?? null })));
  }

  bitrateChanged(): void {
    if (!this.#bitrateLookedAt) return;
    this.#bitrateLookedAt = false;
    queueMicrotask(() => {
      this.#bitrateLookedAt = true;
      const desired = this.desiredBitrate;
      if (desired === this.#desiredBitrate) return;
      this.#desiredBitrate = desired;
      this.#target.dispatchEvent(new Event("bitratechange"));
    });
  }

  trackAdded(track: SourcedTrack): void {
    this.#sinks.tracks.add(track);
  }

  trackEnded(track: SourcedTrack): void {
    this.#sinks.tracks.delete(track);
    if (this.#sinks.tracks.size > 0) return;
    // Nobody can get anything any more; a pipe that feeds the generator is to hear of it.
    this.#ended = true;
    this.#controller?.error(ended());
  }

  #endTracks(): void {
    for (const track of [...this.#sinks.tracks]) track.end();
  }
}

function ended(): DOMException {
  return new DOMException("All tracks of the generator have ended.", "InvalidStateError");
}
