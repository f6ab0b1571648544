/** https://www.w3.org/TR/mediacapture-streams/#mediastreamtrack */
import type { MediaKind } from "../../jsep/media-types.ts";
import type { Listener, ListenerOptions, RemoveListenerOptions } from "../dom-types.ts";
import { defineEventHandlers, type EventHandler } from "../event-handler.ts";
import { CONSTRUCT, exposeInterface, requireInternal } from "../interface.ts";
import { toDOMString } from "../webidl.ts";
import { EncodedTrackProcessor } from "./encoded-track-processor.ts";
import {
  type MediaTrackCapabilities,
  type MediaTrackConstraints,
  OverconstrainedError,
  toConstraints,
  unmetConstraint,
} from "./track-constraints.ts";
import type { MediaTrackSettings, SourcedTrack, TrackSink, TrackSource } from "./track-source.ts";

/** https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrackstate */
export type MediaStreamTrackState = "live" | "ended";

/** `Symbol.for("purertc.encodedFrames")`: the name of a method of tracks by which recorders get at encoded frames without knowing this package. */
export const ENCODED_FRAMES: unique symbol = Symbol.for("purertc.encodedFrames") as typeof ENCODED_FRAMES;

/** The events of a track, by name. */
export interface MediaStreamTrackEventMap {
  mute: Event;
  unmute: Event;
  ended: Event;
}

/** What a track is made with. */
export interface TrackInit {
  readonly label: string;
  /** Default: a fresh UUID. */
  readonly id?: string;
  /** Default false. */
  readonly muted?: boolean;
}

/** The internal slots, and what senders, receivers and processors ask of a track. */
export class TrackSlots implements SourcedTrack {
  readonly kind: MediaKind;
  readonly id: string;
  readonly label: string;
  readonly source: TrackSource;
  readonly track: MediaStreamTrack;
  #enabled = true;
  muted: boolean;
  readyState: MediaStreamTrackState = "live";
  contentHint = "";
  constraints: MediaTrackConstraints = {};
  /** Sinks, with what takes them away. */
  readonly #sinks = new Map<TrackSink, () => void>();
  readonly #whenEnded = new Set<() => void>();

  constructor(track: MediaStreamTrack, source: TrackSource, { id, label, muted }: TrackInit) {
    this.track = track;
    this.kind = source.kind;
    this.source = source;
    this.id = id ?? crypto.randomUUID();
    this.label = label;
    this.muted = muted ?? false;
    source.trackAdded(this);
  }

  /** Whether media flows to the sinks. */
  get enabled(): boolean {
    return this.#enabled;
  }

  set enabled(enabled: boolean) {
    if (this.#enabled && !enabled) for (const sink of this.#sinks.keys()) sink.withheld?.();
    this.#enabled = enabled;
  }

  /** Media of the source goes to `sink` while the track is live and enabled. The function returned ends that. */
  addSink(sink: TrackSink): () => void {
    if (this.readyState === "ended") return () => undefined;
    const { frame, packet, discontinuity } = sink;
    const flows = (): boolean => this.#enabled;
    const remove = this.source.addSink({
      ...(frame === undefined ? {} : { frame: (given) => void (flows() && frame.call(sink, given)) }),
      ...(packet === undefined ? {} : { packet: (given, info) => void (flows() && packet.call(sink, given, info)) }),
      ...(discontinuity === undefined ? {} : { discontinuity: () => discontinuity.call(sink) }),
      ...(sink.full === undefined ? {} : { full: () => (flows() ? sink.full?.() : undefined) }),
      ...(sink.bitrate === undefined ? {} : { bitrate: () => sink.bitrate?.() }),
    });
    const detach = (): void => {
      this.#sinks.delete(sink);
      remove();
    };
    this.#sinks.set(sink, detach);
    return detach;
  }

  /** Calls back once, when the track has ended. The function returned takes that back. */
  whenEnded(callback: () => void): () => void {
    if (this.readyState === "ended") callback();
    else this.#whenEnded.add(callback);
    return () => void this.#whenEnded.delete(callback);
  }

  /** https://www.w3.org/TR/mediacapture-streams/#set-track-muted, in the task that is running. */
  setMuted(muted: boolean): void {
    if (this.muted === muted) return;
    this.muted = muted;
    this.track.dispatchEvent(new Event(muted ? "mute" : "unmute"));
  }

  /** https://www.w3.org/TR/mediacapture-streams/#track-ended, steps 1 to 3: false when the track had ended already. The event is for the caller. */
  finish(): boolean {
    if (this.readyState === "ended") return false;
    this.readyState = "ended";
    for (const detach of [...this.#sinks.values()]) detach();
    this.source.trackEnded(this);
    const callbacks = [...this.#whenEnded];
    this.#whenEnded.clear();
    for (const callback of callbacks) callback();
    return true;
  }

  /** https://www.w3.org/TR/mediacapture-streams/#track-ended: the state at once, the event in the task that is running or as `later` says. */
  end(later: (task: () => void) => void = (task) => task()): void {
    if (this.finish()) later(() => void this.track.dispatchEvent(new Event("ended")));
  }
}

let slotsOfTrack: (track: MediaStreamTrack) => TrackSlots;
let isTrackObject: (value: unknown) => value is MediaStreamTrack;

/** A flow of audio or video. This package's come from a peer or from a generator. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface below only types inherited members
export class MediaStreamTrack extends EventTarget {
  readonly #slots: TrackSlots;
  declare onmute: EventHandler<MediaStreamTrack, Event>;
  declare onunmute: EventHandler<MediaStreamTrack, Event>;
  declare onended: EventHandler<MediaStreamTrack, Event>;

  /** @internal Only receivers and generators make tracks. */
  constructor(...args: [token: symbol, source: TrackSource, init: TrackInit]) {
    requireInternal(args[0]);
    super();
    this.#slots = new TrackSlots(this, args[1], args[2]);
  }

  static {
    isTrackObject = (value): value is MediaStreamTrack => typeof value === "object" && value !== null && #slots in value;
    slotsOfTrack = (track) => track.#slots;
    defineEventHandlers(MediaStreamTrack.prototype, isTrackObject, ["mute", "unmute", "ended"]);
  }

  /** "audio" or "video". */
  get kind(): MediaKind {
    return this.#slots.kind;
  }

  /** A UUID, or what the peer calls it. */
  get id(): string {
    return this.#slots.id;
  }

  /** A name for people. */
  get label(): string {
    return this.#slots.label;
  }

  /**
   * While false, nothing flows.
   *
   * DEVIATION from mediacapture-streams #track-enabled: because tracks carry encoded media, of which nobody here can make silence or black frames.
   */
  get enabled(): boolean {
    return this.#slots.enabled;
  }

  set enabled(value: boolean) {
    this.#slots.enabled = Boolean(value);
  }

  /** Whether the source gives nothing at present: a peer's track before the first packet. */
  get muted(): boolean {
    return this.#slots.muted;
  }

  /** Whether anything may still come. */
  get readyState(): MediaStreamTrackState {
    return this.#slots.readyState;
  }

  /** https://www.w3.org/TR/mst-content-hint/#dom-mediastreamtrack-contenthint. Kept, without effect. */
  get contentHint(): string {
    return this.#slots.contentHint;
  }

  set contentHint(value: string) {
    const slots = this.#slots;
    const hint = toDOMString(value);
    if (hint === "" || CONTENT_HINTS[slots.kind].includes(hint)) slots.contentHint = hint;
  }

  /** https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-clone: another track of the same source. */
  clone(): MediaStreamTrack {
    const slots = this.#slots;
    const clone = createTrack(slots.source, { label: slots.label, muted: slots.muted });
    const cloneSlots = trackSlots(clone);
    cloneSlots.enabled = slots.enabled;
    cloneSlots.contentHint = slots.contentHint;
    cloneSlots.constraints = slots.constraints;
    if (slots.readyState === "ended") cloneSlots.finish();
    return clone;
  }

  /** https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-stop. Fires no event. */
  stop(): void {
    this.#slots.finish();
  }

  /** What may be configured: nothing but what identifies the source. */
  getCapabilities(): MediaTrackCapabilities {
    const { deviceId, groupId } = this.#slots.source.settings();
    return { ...(deviceId === undefined ? {} : { deviceId }), ...(groupId === undefined ? {} : { groupId }) };
  }

  /** What applyConstraints was last given. */
  getConstraints(): MediaTrackConstraints {
    return structuredClone(this.#slots.constraints);
  }

  /** Size, rates and channels, as far as the media has told them. */
  getSettings(): MediaTrackSettings {
    return { ...this.#slots.source.settings() };
  }

  /** https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrack-applyconstraints: rejected when a required constraint does not hold already. */
  async applyConstraints(...args: [constraints?: MediaTrackConstraints]): Promise<void> {
    const slots = this.#slots;
    const constraints = toConstraints(args[0]);
    if (slots.readyState === "ended") return;
    const unmet = unmetConstraint(constraints, slots.source.settings());
    if (unmet !== undefined) throw new OverconstrainedError(unmet, `The constraint ${unmet} cannot be met: encoded media is what it is.`);
    slots.constraints = constraints;
  }
}

Object.defineProperty(MediaStreamTrack.prototype, ENCODED_FRAMES, {
  value(this: MediaStreamTrack): EncodedTrackProcessor {
    return new EncodedTrackProcessor({ track: this });
  },
  writable: true,
  configurable: true,
});

/** Makes a track of a source. */
export function createTrack(source: TrackSource, init: TrackInit): MediaStreamTrack {
  return new MediaStreamTrack(CONSTRUCT, source, init);
}

/** The internal slots of a track. */
export function trackSlots(track: MediaStreamTrack): TrackSlots {
  return slotsOfTrack(track);
}

/** Web IDL's "implements MediaStreamTrack". */
export function isTrack(value: unknown): value is MediaStreamTrack {
  return isTrackObject(value);
}

/** Converts to MediaStreamTrack. */
export function toTrack(value: unknown, name: string): MediaStreamTrack {
  if (!isTrack(value)) throw new TypeError(`${name}: not a MediaStreamTrack`);
  return value;
}

const CONTENT_HINTS: Readonly<Record<MediaKind, readonly string[]>> = {
  audio: ["speech", "speech-recognition", "music"],
  video: ["motion", "detail", "text"],
};

exposeInterface(MediaStreamTrack, "MediaStreamTrack");

// Merged for types only: listeners get the event their name says. Nothing is added to the class.
/** Listeners, typed by the event, and how processors come about. */
export interface MediaStreamTrack {
  /** Not W3C: a new processor of the track. */
  [ENCODED_FRAMES](): EncodedTrackProcessor;
  addEventListener<K extends keyof MediaStreamTrackEventMap>(
    type: K,
    listener: (this: MediaStreamTrack, event: MediaStreamTrackEventMap[K]) => unknown,
    options?: ListenerOptions,
  ): void;
  addEventListener(type: string, listener: Listener, options?: ListenerOptions): void;
  removeEventListener<K extends keyof MediaStreamTrackEventMap>(
    type: K,
    listener: (this: MediaStreamTrack, event: MediaStreamTrackEventMap[K]) => unknown,
    options?: RemoveListenerOptions,
  ): void;
  removeEventListener(type: string, listener: Listener, options?: RemoveListenerOptions): void;
}
