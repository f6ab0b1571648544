/**
 * A track made of encoded frames that the application writes. Not W3C's: there, VideoTrackGenerator takes raw frames
 * (https://www.w3.org/TR/mediacapture-transform/#video-track-generator) and the user agent encodes them.
 */
import { isKeyframe } from "../../engine/media/keyframe.ts";
import type { EncodedFrame } from "../../engine/media/types.ts";
import type { MediaKind } from "../../jsep/media-types.ts";
import type { Listener, ListenerOptions, RemoveListenerOptions } from "../dom-types.ts";
import { defineEventHandlers, type EventHandler } from "../event-handler.ts";
import { exposeInterface } from "../interface.ts";
import {
  isArrayBuffer,
  isObject,
  requireArguments,
  toDictionary,
  toDOMString,
  toDouble,
  toEnumeration,
  toIntegerInRange,
} from "../webidl.ts";
import { GeneratorSource } from "./generator-source.ts";
import type { KeyframeRequestEvent } from "./keyframe-request-event.ts";
import { createTrack, type MediaStreamTrack } from "./media-stream-track.ts";
import { audioFrameToSend, isAudioFrame, type RTCEncodedAudioFrame } from "./rtc-encoded-audio-frame.ts";
import { isVideoFrame, type RTCEncodedVideoFrame, toRotation, videoFrameToSend } from "./rtc-encoded-video-frame.ts";
import { toMimeType } from "./rtp-parameters.ts";
import type { MediaTrackSettings } from "./track-source.ts";

/** What an EncodedTrackGenerator is made with. */
export interface EncodedTrackGeneratorInit {
  kind: MediaKind;
  /** The track's label. Default: an empty string. */
  label?: string;
  /** What frames are that do not say it, such as `"video/VP8"`. Default: the first codec that a sender negotiated. */
  mimeType?: string;
}

/** A frame to be written. */
export interface EncodedFrameInit {
  /** Copied. */
  data: ArrayBuffer | ArrayBufferView;
  /** In the codec's RTP clock (90 kHz for video, 48 kHz for Opus, 8 kHz for G.711 and G.722); modulo 2^32. Senders add a random offset. */
  timestamp: number;
  /** Default: what the frame looks like, for codecs that are known. */
  type?: "key" | "delta";
  /** Default: the generator's. */
  mimeType?: string;
  /** The simulcast layer, for senders with several encodings. */
  rid?: string;
  /** Unix ms when it was captured. Default: when it is sent. */
  captureTime?: number;
  /** RFC 6464: 0 (loudest) to 127 dBov; with audio. */
  audioLevel?: { level: number; voice: boolean };
  /** Degrees clockwise by which the receiver is to turn it; with video. */
  rotation?: 0 | 90 | 180 | 270;
  /** Pixels; told by getSettings and getStats. */
  width?: number;
  height?: number;
}

/** What may be written. */
export type WritableFrame = RTCEncodedVideoFrame | RTCEncodedAudioFrame | EncodedFrameInit;

/**
 * See the file's header. Writing waits (back-pressure) while a sender of the track has too much queued; without any sender, frames are gone. Closing the
 * writable ends the track; when the last clone of the track was stopped, the writable is errored with InvalidStateError.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface below only types inherited members
export class EncodedTrackGenerator extends EventTarget {
  readonly #source: GeneratorSource<WritableFrame>;
  readonly #track: MediaStreamTrack;
  declare onkeyframerequest: EventHandler<EncodedTrackGenerator, KeyframeRequestEvent>;
  declare onbitratechange: EventHandler<EncodedTrackGenerator, Event>;

  constructor(...args: [init: EncodedTrackGeneratorInit]) {
    requireArguments(args, 1, "EncodedTrackGenerator");
    super();
    const init = toDictionary(args[0], "EncodedTrackGeneratorInit");
    const kind = toEnumeration(init.kind, MEDIA_KINDS, "EncodedTrackGeneratorInit.kind");
    const label = init.label === undefined ? "" : toDOMString(init.label);
    const mimeType = init.mimeType === undefined ? undefined : toMimeType(init.mimeType, kind, "EncodedTrackGeneratorInit.mimeType");
    let size: MediaTrackSettings = {};
    this.#source = new GeneratorSource<WritableFrame>({
      kind,
      gives: "frames",
      target: this,
      write: (chunk, sinks) => {
        const frame = toFrame(chunk, kind, mimeType);
        const { width, height } = frame;
        if (width !== undefined && height !== undefined) size = { width, height };
        this.#source.meter?.count(frame);
        sinks.frame(frame);
      },
      settings: () => size,
    });
    this.#track = createTrack(this.#source, { label });
  }

  static {
    const isInstance = (value: unknown): boolean => typeof value === "object" && value !== null && #source in value;
    defineEventHandlers(EncodedTrackGenerator.prototype, isInstance, ["keyframerequest", "bitratechange"]);
  }

  /** The track, for addTrack, replaceTrack, MediaStream and processors. */
  get track(): MediaStreamTrack {
    return this.#track;
  }

  /** Where frames go, in decoding order. */
  get writable(): WritableStream<WritableFrame> {
    return this.#source.writable;
  }

  /** Bits per second that the slowest of the peers can take, or the least `maxBitrate`; null while unknown. `bitratechange` tells of changes. */
  get desiredBitrate(): number | null {
    return this.#source.desiredBitrate ?? null;
  }
}

function toFrame(chunk: WritableFrame, kind: MediaKind, mimeType: string | undefined): EncodedFrame {
  const frame = isVideoFrame(chunk)
    ? videoFrameToSend(chunk)
    : isAudioFrame(chunk)
      ? audioFrameToSend(chunk)
      : fromInit(chunk, kind, mimeType);
  if (frame.kind !== kind) throw new TypeError(`EncodedTrackGenerator: a frame of ${frame.kind} written to a track of ${kind}`);
  return frame;
}

function fromInit(chunk: unknown, kind: MediaKind, byDefault: string | undefined): EncodedFrame {
  if (!isObject(chunk) || ArrayBuffer.isView(chunk) || isArrayBuffer(chunk)) {
    throw new TypeError(
      "EncodedTrackGenerator: a frame is an object with data and timestamp, or an RTCEncodedVideoFrame or RTCEncodedAudioFrame",
    );
  }
  const { type, rid, captureTime, audioLevel, rotation, width, height } = chunk;
  const data = toBytes(chunk.data);
  const timestamp = toDouble(chunk.timestamp, "EncodedFrameInit.timestamp");
  const mimeType = chunk.mimeType === undefined ? byDefault : toMimeType(chunk.mimeType, kind, "EncodedFrameInit.mimeType");
  return {
    kind,
    data,
    timestamp: modulo32(timestamp),
    keyframe:
      kind === "audio" ||
      (type === undefined ? (isKeyframe(mimeType, data) ?? false) : toEnumeration(type, FRAME_TYPES, "EncodedFrameInit.type") === "key"),
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(rid === undefined ? {} : { rid: toDOMString(rid) }),
    ...(captureTime === undefined ? {} : { captureTimeMs: toDouble(captureTime, "EncodedFrameInit.captureTime") }),
    ...(audioLevel === undefined ? {} : { audioLevel: toAudioLevel(audioLevel) }),
    ...(rotation === undefined ? {} : { rotation: toRotation(rotation, "EncodedFrameInit.rotation") }),
    ...(width === undefined ? {} : { width: toDouble(width, "EncodedFrameInit.width") }),
    ...(height === undefined ? {} : { height: toDouble(height, "EncodedFrameInit.height") }),
  };
}

function toAudioLevel(value: unknown): { readonly level: number; readonly voice: boolean } {
  const { level, voice } = toDictionary(value, "EncodedFrameInit.audioLevel");
  return { level: toIntegerInRange(level, 127, "EncodedFrameInit.audioLevel.level"), voice: Boolean(voice) };
}

const FRAME_TYPES = ["key", "delta"] as const;

/** Any integer, modulo 2^32: media times of days in 90 kHz exceed 32 bits. */
function modulo32(timestamp: number): number {
  const rest = Math.trunc(timestamp) % 0x1_0000_0000;
  return rest < 0 ? rest + 0x1_0000_0000 : rest + 0;
}

function toBytes(data: unknown): Uint8Array {
  if (isArrayBuffer(data)) return new Uint8Array(data.slice(0));
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  throw new TypeError("EncodedFrameInit.data: not an ArrayBuffer or a view of one");
}

const MEDIA_KINDS = ["audio", "video"] as const;

exposeInterface(EncodedTrackGenerator, "EncodedTrackGenerator", { constructor: 1 });

/** The events of a generator, by name. */
export interface EncodedTrackGeneratorEventMap {
  keyframerequest: KeyframeRequestEvent;
  bitratechange: Event;
}

// Merged for types only: listeners get the event their name says. Nothing is added to the class.
/** Listeners, typed by the event. */
export interface EncodedTrackGenerator {
  addEventListener<K extends keyof EncodedTrackGeneratorEventMap>(
    type: K,
    listener: (this: EncodedTrackGenerator, event: EncodedTrackGeneratorEventMap[K]) => unknown,
    options?: ListenerOptions,
  ): void;
  addEventListener(type: string, listener: Listener, options?: ListenerOptions): void;
  removeEventListener<K extends keyof EncodedTrackGeneratorEventMap>(
    type: K,
    listener: (this: EncodedTrackGenerator, event: EncodedTrackGeneratorEventMap[K]) => unknown,
    options?: RemoveListenerOptions,
  ): void;
  removeEventListener(type: string, listener: Listener, options?: RemoveListenerOptions): void;
}
