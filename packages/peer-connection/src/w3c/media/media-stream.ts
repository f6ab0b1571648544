/** https://www.w3.org/TR/mediacapture-streams/#mediastream */
import type { Listener, ListenerOptions, RemoveListenerOptions } from "../dom-types.ts";
import { defineEventHandlers, type EventHandler } from "../event-handler.ts";
import { exposeInterface } from "../interface.ts";
import { requireArguments, toDOMString, toSequence } from "../webidl.ts";
import { type MediaStreamTrack, toTrack } from "./media-stream-track.ts";
import { MediaStreamTrackEvent } from "./media-stream-track-event.ts";

/** The events of a stream, by name. */
export interface MediaStreamEventMap {
  addtrack: MediaStreamTrackEvent;
  removetrack: MediaStreamTrackEvent;
}

interface StreamSlots {
  id: string;
  readonly tracks: Set<MediaStreamTrack>;
}

let slotsOfStream: (stream: MediaStream) => StreamSlots;
let isStreamObject: (value: unknown) => value is MediaStream;

/** A set of tracks that belong together, in the order they were added. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface below only types inherited members
export class MediaStream extends EventTarget {
  readonly #slots: StreamSlots = { id: crypto.randomUUID(), tracks: new Set() };
  declare onaddtrack: EventHandler<MediaStream, MediaStreamTrackEvent>;
  declare onremovetrack: EventHandler<MediaStream, MediaStreamTrackEvent>;

  /** Empty, of the tracks of another stream, or of the tracks given. */
  constructor(streamOrTracks?: MediaStream | Iterable<MediaStreamTrack>) {
    super();
    if (streamOrTracks === undefined) return;
    const tracks = isStream(streamOrTracks)
      ? streamOrTracks.#slots.tracks
      : toSequence(streamOrTracks, (track) => toTrack(track, "MediaStream"), "MediaStream");
    for (const track of tracks) this.#slots.tracks.add(track);
  }

  static {
    isStreamObject = (value): value is MediaStream => typeof value === "object" && value !== null && #slots in value;
    slotsOfStream = (stream) => stream.#slots;
    defineEventHandlers(MediaStream.prototype, isStreamObject, ["addtrack", "removetrack"]);
  }

  /** A UUID, or what the peer calls it. */
  get id(): string {
    return this.#slots.id;
  }

  /** Whether any track is live. */
  get active(): boolean {
    return [...this.#slots.tracks].some(({ readyState }) => readyState === "live");
  }

  /** Those of kind "audio". */
  getAudioTracks(): MediaStreamTrack[] {
    return [...this.#slots.tracks].filter(({ kind }) => kind === "audio");
  }

  /** Those of kind "video". */
  getVideoTracks(): MediaStreamTrack[] {
    return [...this.#slots.tracks].filter(({ kind }) => kind === "video");
  }

  /** All of them. */
  getTracks(): MediaStreamTrack[] {
    return [...this.#slots.tracks];
  }

  /** The track with this id, or null. */
  getTrackById(...args: [trackId: string]): MediaStreamTrack | null {
    const { tracks } = this.#slots;
    requireArguments(args, 1, "MediaStream.getTrackById");
    const trackId = toDOMString(args[0]);
    for (const track of tracks) if (track.id === trackId) return track;
    return null;
  }

  /** Adds a track, unless it is there already. No event. */
  addTrack(...args: [track: MediaStreamTrack]): void {
    const { tracks } = this.#slots;
    requireArguments(args, 1, "MediaStream.addTrack");
    tracks.add(toTrack(args[0], "MediaStream.addTrack"));
  }

  /** Removes a track, if it is there. No event. */
  removeTrack(...args: [track: MediaStreamTrack]): void {
    const { tracks } = this.#slots;
    requireArguments(args, 1, "MediaStream.removeTrack");
    tracks.delete(toTrack(args[0], "MediaStream.removeTrack"));
  }

  /** A stream of clones of the tracks. */
  clone(): MediaStream {
    return new MediaStream(Array.from(this.#slots.tracks, (track) => track.clone()));
  }
}

/** Web IDL's "implements MediaStream". */
export function isStream(value: unknown): value is MediaStream {
  return isStreamObject(value);
}

/** Converts to MediaStream. */
export function toStream(value: unknown, name: string): MediaStream {
  if (!isStream(value)) throw new TypeError(`${name}: not a MediaStream`);
  return value;
}

/** A stream as the peer names it. */
export function createRemoteStream(id: string): MediaStream {
  const stream = new MediaStream();
  slotsOfStream(stream).id = id;
  return stream;
}

/** https://www.w3.org/TR/mediacapture-streams/#add-a-track, by the user agent: with an event when it was not there. */
export function addRemoteTrack(stream: MediaStream, track: MediaStreamTrack): void {
  const { tracks } = slotsOfStream(stream);
  if (tracks.has(track)) return;
  tracks.add(track);
  stream.dispatchEvent(new MediaStreamTrackEvent("addtrack", { track }));
}

/** https://www.w3.org/TR/mediacapture-streams/#remove-a-track, by the user agent: with an event when it was there. */
export function removeRemoteTrack(stream: MediaStream, track: MediaStreamTrack): void {
  if (slotsOfStream(stream).tracks.delete(track)) stream.dispatchEvent(new MediaStreamTrackEvent("removetrack", { track }));
}

exposeInterface(MediaStream, "MediaStream", { constructor: 0, addTrack: 1, getTrackById: 1, removeTrack: 1 });

// Merged for types only: listeners get the event their name says. Nothing is added to the class.
/** Listeners, typed by the event. */
export interface MediaStream {
  addEventListener<K extends keyof MediaStreamEventMap>(
    type: K,
    listener: (this: MediaStream, event: MediaStreamEventMap[K]) => unknown,
    options?: ListenerOptions,
  ): void;
  addEventListener(type: string, listener: Listener, options?: ListenerOptions): void;
  removeEventListener<K extends keyof MediaStreamEventMap>(
    type: K,
    listener: (this: MediaStream, event: MediaStreamEventMap[K]) => unknown,
    options?: RemoveListenerOptions,
  ): void;
  removeEventListener(type: string, listener: Listener, options?: RemoveListenerOptions): void;
}
