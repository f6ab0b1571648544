/** https://www.w3.org/TR/webrtc-encoded-transform/#RTCEncodedAudioFrame-interface */
import type { EncodedFrame } from "../../engine/media/types.ts";
import { CONSTRUCT, exposeInterface } from "../interface.ts";
import { requireArguments, toDictionary } from "../webidl.ts";
import {
  commonFrame,
  commonMetadata,
  type EncodedFrameSlots,
  frameBytes,
  frameData,
  type RTCEncodedFrameMetadata,
  setFrameData,
} from "./encoded-frame-data.ts";

/** https://www.w3.org/TR/webrtc-encoded-transform/#RTCEncodedAudioFrameMetadata */
export interface RTCEncodedAudioFrameMetadata extends RTCEncodedFrameMetadata {
  sequenceNumber?: number;
  /** Linear, from 0 (silence) to 1 (0 dBov). */
  audioLevel?: number;
}

/** https://www.w3.org/TR/webrtc-encoded-transform/#RTCEncodedAudioFrameOptions */
export interface RTCEncodedAudioFrameOptions {
  metadata?: RTCEncodedAudioFrameMetadata;
}

interface AudioFrameSlots extends EncodedFrameSlots<RTCEncodedAudioFrameMetadata> {
  /** RFC 6464: whether the sender took it for speech. */
  readonly voice: boolean;
}

let slotsOfFrame: (frame: RTCEncodedAudioFrame) => AudioFrameSlots;
let isFrameObject: (value: unknown) => value is RTCEncodedAudioFrame;

/** A frame of audio as an encoder made it. */
export class RTCEncodedAudioFrame {
  readonly #slots: AudioFrameSlots;

  /** A copy of another frame, with some of its metadata replaced. */
  constructor(...args: [originalFrame: RTCEncodedAudioFrame, options?: RTCEncodedAudioFrameOptions]) {
    const [token, internal]: readonly unknown[] = args;
    if (token === CONSTRUCT) {
      this.#slots = internal as AudioFrameSlots;
      return;
    }
    requireArguments(args, 1, "RTCEncodedAudioFrame");
    const original = args[0];
    if (!isAudioFrame(original)) throw new TypeError("RTCEncodedAudioFrame: not an RTCEncodedAudioFrame");
    const { metadata } = toDictionary(args[1], "RTCEncodedAudioFrameOptions");
    const replaced = toDictionary(metadata, "RTCEncodedAudioFrameMetadata");
    const slots = original.#slots;
    this.#slots = {
      voice: slots.voice,
      data: undefined,
      bytes: frameBytes(slots).slice(),
      metadata: structuredClone({ ...slots.metadata, ...replaced }),
    };
  }

  static {
    isFrameObject = (value): value is RTCEncodedAudioFrame => typeof value === "object" && value !== null && #slots in value;
    slotsOfFrame = (frame) => frame.#slots;
  }

  /** RTP timestamp, 32 bits, in the codec's clock. */
  get timestamp(): number {
    return this.#slots.metadata.rtpTimestamp ?? 0;
  }

  /** The encoded octets. */
  get data(): ArrayBuffer {
    return frameData(this.#slots);
  }

  set data(value: ArrayBuffer) {
    setFrameData(this.#slots, value, "RTCEncodedAudioFrame");
  }

  /** A copy of what is known of it. */
  getMetadata(): RTCEncodedAudioFrameMetadata {
    return structuredClone(this.#slots.metadata);
  }

  /** Replaces what is known of it. */
  setMetadata(...args: [metadata: RTCEncodedAudioFrameMetadata]): void {
    const slots = this.#slots;
    requireArguments(args, 1, "RTCEncodedAudioFrame.setMetadata");
    slots.metadata = structuredClone({ ...toDictionary(args[0], "RTCEncodedAudioFrameMetadata") });
  }
}

/** Web IDL's "implements RTCEncodedAudioFrame". */
export function isAudioFrame(value: unknown): value is RTCEncodedAudioFrame {
  return isFrameObject(value);
}

/** A received frame for the application. `clockOrigin` is the receiver's Unix time at its instant 0. */
export function createAudioFrame(frame: EncodedFrame, clockOrigin: number): RTCEncodedAudioFrame {
  const { sequenceNumber, audioLevel, data } = frame;
  const slots: AudioFrameSlots = {
    data: undefined,
    bytes: data,
    voice: audioLevel?.voice ?? false,
    metadata: {
      ...commonMetadata(frame, clockOrigin),
      ...(sequenceNumber === undefined ? {} : { sequenceNumber }),
      ...(audioLevel === undefined ? {} : { audioLevel: linearLevel(audioLevel.level) }),
    },
  };
  return Reflect.construct(RTCEncodedAudioFrame, [CONSTRUCT, slots]);
}

/** A frame as senders take it. */
export function audioFrameToSend(frame: RTCEncodedAudioFrame): EncodedFrame {
  const slots = slotsOfFrame(frame);
  const { rtpTimestamp, audioLevel } = slots.metadata;
  return {
    ...commonFrame(slots.metadata),
    kind: "audio",
    data: frameBytes(slots),
    timestamp: (rtpTimestamp ?? 0) >>> 0,
    keyframe: true,
    ...(audioLevel === undefined ? {} : { audioLevel: { level: levelInDbov(audioLevel), voice: slots.voice } }),
  };
}

/** RFC 6464 §3: -dBov from 0 to 127, as webrtc-pc's linear value (https://w3c.github.io/webrtc-pc/#dom-rtcrtpcontributingsource-audiolevel). */
export function linearLevel(level: number): number {
  return level >= 127 ? 0 : 10 ** (-level / 20);
}

function levelInDbov(linear: number): number {
  return linear > 0 ? Math.min(127, Math.max(0, Math.round(-20 * Math.log10(linear)))) : 127;
}

exposeInterface(RTCEncodedAudioFrame, "RTCEncodedAudioFrame", { constructor: 1, setMetadata: 1 });
