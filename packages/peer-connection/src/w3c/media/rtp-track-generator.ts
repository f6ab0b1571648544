/** A track made of RTP packets from elsewhere, such as ffmpeg or a SIP leg. Not W3C's. */
import { RtpReader } from "@purertc/rtp";
import type { MediaKind, NegotiatedCodec } from "../../jsep/media-types.ts";
import type { Listener, ListenerOptions, RemoveListenerOptions } from "../dom-types.ts";
import { defineEventHandlers, type EventHandler } from "../event-handler.ts";
import { exposeInterface } from "../interface.ts";
import { isUint8Array, requireArguments, toDictionary, toDOMString, toEnumeration } from "../webidl.ts";
import { GeneratorSource } from "./generator-source.ts";
import type { KeyframeRequestEvent } from "./keyframe-request-event.ts";
import { createTrack, type MediaStreamTrack } from "./media-stream-track.ts";
import type { RTCRtpCodec } from "./rtp-parameters.ts";
import { toCodec, toMimeType } from "./rtp-parameters.ts";

/** What an RtpTrackGenerator is made with. */
export interface RtpTrackGeneratorInit {
  kind: MediaKind;
  /** The track's label. Default: an empty string. */
  label?: string;
  /** What the packets carry. Default: of audio what RFC 3551 says of payload types 0, 8 and 9, and otherwise Opus; of video VP8. */
  codec?: RTCRtpCodec;
}

/**
 * See the file's header. Senders of the track give the packets their own SSRC, payload type and sequence numbers. Writing waits (back-pressure) while a
 * sender has too much queued. Closing the writable ends the track; when the last clone of it was stopped, the writable is errored with InvalidStateError.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface below only types inherited members
export class RtpTrackGenerator extends EventTarget {
  readonly #source: GeneratorSource<Uint8Array>;
  readonly #track: MediaStreamTrack;
  #droppedPackets = 0;
  declare onkeyframerequest: EventHandler<RtpTrackGenerator, KeyframeRequestEvent>;
  declare onbitratechange: EventHandler<RtpTrackGenerator, Event>;

  constructor(...args: [init: RtpTrackGeneratorInit]) {
    requireArguments(args, 1, "RtpTrackGenerator");
    super();
    const init = toDictionary(args[0], "RtpTrackGeneratorInit");
    const codec = init.codec === undefined ? undefined : toCodec(init.codec, "RtpTrackGeneratorInit.codec");
    const kind = toEnumeration(init.kind, MEDIA_KINDS, "RtpTrackGeneratorInit.kind");
    if (codec !== undefined) toMimeType(codec.mimeType, kind, "RtpTrackGeneratorInit.codec.mimeType");
    const label = init.label === undefined ? "" : toDOMString(init.label);
    const codecs = new Map<number, NegotiatedCodec>();
    const reader = new RtpReader();
    this.#source = new GeneratorSource<Uint8Array>({
      kind,
      gives: "packets",
      target: this,
      write: (packet, sinks) => {
        if (!isUint8Array(packet)) throw new TypeError("RtpTrackGenerator: not a Uint8Array");
        // What arrives from a socket may be RTCP or anything else, which is no reason to end the stream.
        if (isRtcp(packet) || reader.read(packet, packet.length) !== undefined) {
          this.#droppedPackets += 1;
          return;
        }
        const { payloadType, ssrc } = reader;
        let negotiated = codecs.get(payloadType);
        if (negotiated === undefined) {
          negotiated = { ...(codec ?? defaultCodec(kind, payloadType)), payloadType, rtcpFeedback: [] };
          codecs.set(payloadType, negotiated);
        }
        sinks.packet(packet, { ssrc, rid: undefined, codec: negotiated, receivedAt: performance.now() });
      },
      settings: () => ({}),
    });
    this.#track = createTrack(this.#source, { label });
  }

  static {
    const isInstance = (value: unknown): boolean => typeof value === "object" && value !== null && #source in value;
    defineEventHandlers(RtpTrackGenerator.prototype, isInstance, ["keyframerequest", "bitratechange"]);
  }

  /** The track, for addTrack, replaceTrack, MediaStream and RtpTrackProcessor. */
  get track(): MediaStreamTrack {
    return this.#track;
  }

  /** Where RTP packets go, one to a chunk. They may be changed again once written. */
  get writable(): WritableStream<Uint8Array> {
    return this.#source.writable;
  }

  /** Bits per second that the slowest of the peers can take; null while unknown. `bitratechange` tells of changes. */
  get desiredBitrate(): number | null {
    return this.#source.desiredBitrate ?? null;
  }

  /** Chunks that were not RTP packets. */
  get droppedPackets(): number {
    return this.#droppedPackets;
  }
}

/** RFC 5761 §4: with the marker bit, the payload types of RTCP are 64 to 95 of RTP, which are not used. */
function isRtcp(packet: Uint8Array): boolean {
  return packet.length > 1 && packet[1]! >= 192 && packet[1]! <= 223;
}

/** RFC 3551 §6 for what is static. */
function defaultCodec(kind: MediaKind, payloadType: number): RTCRtpCodec {
  if (kind === "video") return { mimeType: "video/VP8", clockRate: 90_000 };
  const name = STATIC_AUDIO.get(payloadType);
  return name === undefined
    ? { mimeType: "audio/opus", clockRate: 48_000, channels: 2 }
    : { mimeType: `audio/${name}`, clockRate: 8000, channels: 1 };
}

const STATIC_AUDIO: ReadonlyMap<number, string> = new Map([
  [0, "PCMU"],
  [8, "PCMA"],
  [9, "G722"],
  [13, "CN"],
]);
const MEDIA_KINDS = ["audio", "video"] as const;

exposeInterface(RtpTrackGenerator, "RtpTrackGenerator", { constructor: 1 });

/** The events of a generator, by name. */
export interface RtpTrackGeneratorEventMap {
  keyframerequest: KeyframeRequestEvent;
  bitratechange: Event;
}

// Merged for types only: listeners get the event their name says. Nothing is added to the class.
/** Listeners, typed by the event. */
export interface RtpTrackGenerator {
  addEventListener<K extends keyof RtpTrackGeneratorEventMap>(
    type: K,
    listener: (this: RtpTrackGenerator, event: RtpTrackGeneratorEventMap[K]) => unknown,
    options?: ListenerOptions,
  ): void;
  addEventListener(type: string, listener: Listener, options?: ListenerOptions): void;
  removeEventListener<K extends keyof RtpTrackGeneratorEventMap>(
    type: K,
    listener: (this: RtpTrackGenerator, event: RtpTrackGeneratorEventMap[K]) => unknown,
    options?: RemoveListenerOptions,
  ): void;
  removeEventListener(type: string, listener: Listener, options?: RemoveListenerOptions): void;
}
