/** https://www.w3.org/TR/webrtc-encoded-transform/#RTCEncodedAudioFrame-interface */
import type { EncodedFrame } from "../../engine/media/types.ts";
import { CONSTRUCT, exposeInterface } from "../interface.ts";
import { type MemberConversions, requireArguments, toDouble, toMembers, toUnsignedShort } from "../webidl.ts";
import { COMMON_MEMBERS, commonFrame, commonMetadata, EncodedFrameSlots, type RTCEncodedFrameMetadata } from "./encoded-frame-slots.ts";

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

interface AudioFrameSlots {
  readonly common: EncodedFrameSlots<RTCEncodedAudioFrameMetadata>;
  /** RFC 6464: whether the sender took it for speech. */
  readonly voice: boolean;
}

const MEMBERS: MemberConversions<RTCEncodedAudioFrameMetadata> = {
  ...COMMON_MEMBERS,
  sequenceNumber: toUnsignedShort,
  audioLevel: toDouble,
};

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
    const { voice, common } = original.#slots;
    this.#slots = { voice, common: common.copy(args[1], MEMBERS, "RTCEncodedAudioFrame") };
  }

  static {
    isFrameObject = (value): value is RTCEncodedAudioFrame => typeof value === "object" && value !== null && #slots in value;
    slotsOfFrame = (frame) => frame.#slots;
  }

  /** RTP timestamp, 32 bits, in the codec's clock. */
  get timestamp(): number {
    return this.#slots.common.timestamp;
  }

  /** The encoded octets. */
  get data(): ArrayBuffer {
    return this.#slots.common.data;
  }

  set data(value: ArrayBuffer) {
    this.#slots.common.setData(value, "RTCEncodedAudioFrame");
  }

  /** A copy of what is known of it. */
  getMetadata(): RTCEncodedAudioFrameMetadata {
    return structuredClone(this.#slots.common.metadata);
  }

  /** Replaces what is known of it. */
  setMetadata(...args: [metadata: RTCEncodedAudioFrameMetadata]): void {
    const { common } = this.#slots;
    requireArguments(args, 1, "RTCEncodedAudioFrame.setMetadata");
    common.metadata = toMembers(args[0], MEMBERS, "RTCEncodedAudioFrameMetadata");
  }
}

/** Web IDL's "implements RTCEncodedAudioFrame". */
export function isAudioFrame(value: unknown): value is RTCEncodedAudioFrame {
  return isFrameObject(value);
}

/** A received frame for the application. `clockOrigin` is the receiver's Unix time at its instant 0. */
export function createAudioFrame(frame: EncodedFrame, clockOrigin: number): RTCEncodedAudioFrame {
  const { sequenceNumber, audioLevel, data } = frame;
  const metadata: RTCEncodedAudioFrameMetadata = {
    ...commonMetadata(frame, clockOrigin),
    ...(sequenceNumber === undefined ? {} : { sequenceNumber }),
    ...(audioLevel === undefined ? {} : { audioLevel: linearLevel(audioLevel.level) }),
  };
  const slots: AudioFrameSlots = { voice: audioLevel?.voice ?? false, common: new EncodedFrameSlots(data, metadata) };
  return Reflect.construct(RTCEncodedAudioFrame, [CONSTRUCT, slots]);
}

/** A frame as senders take it. */
export function audioFrameToSend(frame: RTCEncodedAudioFrame): EncodedFrame {
  const { voice, common } = slotsOfFrame(frame);
  const { audioLevel } = common.metadata;
  return {
    ...commonFrame(common),
    kind: "audio",
    keyframe: true,
    ...(audioLevel === undefined ? {} : { audioLevel: { level: levelInDbov(audioLevel), voice } }),
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
