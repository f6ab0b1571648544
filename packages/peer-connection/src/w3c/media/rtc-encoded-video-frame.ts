/** https://www.w3.org/TR/webrtc-encoded-transform/#RTCEncodedVideoFrame-interface */
import type { Vp9LayerFrame } from "@purertc/rtp";
import type { EncodedFrame } from "../../engine/media/types.ts";
import { CONSTRUCT, exposeInterface } from "../interface.ts";
import { type MemberConversions, requireArguments, toLongLong, toMembers, toSequence, toUnsignedLong, toUnsignedShort } from "../webidl.ts";
import { COMMON_MEMBERS, commonFrame, commonMetadata, EncodedFrameSlots, type RTCEncodedFrameMetadata } from "./encoded-frame-slots.ts";

/** https://www.w3.org/TR/webrtc-encoded-transform/#RTCEncodedVideoFrameType */
export type RTCEncodedVideoFrameType = "empty" | "key" | "delta";

/** https://www.w3.org/TR/webrtc-encoded-transform/#RTCEncodedVideoFrameMetadata */
export interface RTCEncodedVideoFrameMetadata extends RTCEncodedFrameMetadata {
  frameId?: number;
  dependencies?: number[];
  /** Pixels; with key frames only. */
  width?: number;
  height?: number;
  spatialIndex?: number;
  temporalIndex?: number;
  /** Microseconds of media time. */
  timestamp?: number;
  /** Not W3C: degrees clockwise by which it is to be turned for display. */
  rotation?: Rotation;
}

/** Degrees clockwise. */
export type Rotation = 0 | 90 | 180 | 270;

/** TypeError for any other angle. */
export function toRotation(value: unknown, name: string): Rotation {
  const degrees = toUnsignedLong(value);
  if (degrees !== 0 && degrees !== 90 && degrees !== 180 && degrees !== 270) throw new TypeError(`${name}: not 0, 90, 180 or 270`);
  return degrees;
}

/** https://www.w3.org/TR/webrtc-encoded-transform/#RTCEncodedVideoFrameOptions */
export interface RTCEncodedVideoFrameOptions {
  metadata?: RTCEncodedVideoFrameMetadata;
}

interface VideoFrameSlots {
  readonly common: EncodedFrameSlots<RTCEncodedVideoFrameMetadata>;
  readonly type: RTCEncodedVideoFrameType;
}

const MEMBERS: MemberConversions<RTCEncodedVideoFrameMetadata> = {
  ...COMMON_MEMBERS,
  frameId: toLongLong,
  dependencies: (value, name) => toSequence(value, toLongLong, name),
  width: toUnsignedShort,
  height: toUnsignedShort,
  spatialIndex: toUnsignedLong,
  temporalIndex: toUnsignedLong,
  timestamp: toLongLong,
  rotation: toRotation,
};

let slotsOfFrame: (frame: RTCEncodedVideoFrame) => VideoFrameSlots;
let isFrameObject: (value: unknown) => value is RTCEncodedVideoFrame;

/** A frame of video as an encoder made it. */
export class RTCEncodedVideoFrame {
  readonly #slots: VideoFrameSlots;

  /** A copy of another frame, with some of its metadata replaced. */
  constructor(...args: [originalFrame: RTCEncodedVideoFrame, options?: RTCEncodedVideoFrameOptions]) {
    const [token, internal]: readonly unknown[] = args;
    if (token === CONSTRUCT) {
      this.#slots = internal as VideoFrameSlots;
      return;
    }
    requireArguments(args, 1, "RTCEncodedVideoFrame");
    const original = args[0];
    if (!isVideoFrame(original)) throw new TypeError("RTCEncodedVideoFrame: not an RTCEncodedVideoFrame");
    const { type, common } = original.#slots;
    this.#slots = { type, common: common.copy(args[1], MEMBERS, "RTCEncodedVideoFrame") };
  }

  static {
    isFrameObject = (value): value is RTCEncodedVideoFrame => typeof value === "object" && value !== null && #slots in value;
    slotsOfFrame = (frame) => frame.#slots;
  }

  /** Whether it can be decoded alone. */
  get type(): RTCEncodedVideoFrameType {
    return this.#slots.type;
  }

  /** RTP timestamp, 32 bits, 90 kHz. */
  get timestamp(): number {
    return this.#slots.common.timestamp;
  }

  /** The encoded octets. */
  get data(): ArrayBuffer {
    return this.#slots.common.data;
  }

  set data(value: ArrayBuffer) {
    this.#slots.common.setData(value, "RTCEncodedVideoFrame");
  }

  /** A copy of what is known of it. */
  getMetadata(): RTCEncodedVideoFrameMetadata {
    return structuredClone(this.#slots.common.metadata);
  }

  /** Replaces what is known of it. */
  setMetadata(...args: [metadata: RTCEncodedVideoFrameMetadata]): void {
    const { common } = this.#slots;
    requireArguments(args, 1, "RTCEncodedVideoFrame.setMetadata");
    common.metadata = toMembers(args[0], MEMBERS, "RTCEncodedVideoFrameMetadata");
  }
}

/** Web IDL's "implements RTCEncodedVideoFrame". */
export function isVideoFrame(value: unknown): value is RTCEncodedVideoFrame {
  return isFrameObject(value);
}

/** A received frame for the application. `clockOrigin` is the receiver's Unix time at its instant 0. */
export function createVideoFrame(frame: EncodedFrame, clockOrigin: number): RTCEncodedVideoFrame {
  const { keyframe, data, width, height, rotation } = frame;
  const metadata: RTCEncodedVideoFrameMetadata = {
    ...commonMetadata(frame, clockOrigin),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    ...(rotation === undefined ? {} : { rotation }),
    ...layersOf(frame.details),
  };
  const type = data.length === 0 ? "empty" : keyframe ? "key" : "delta";
  const slots: VideoFrameSlots = { type, common: new EncodedFrameSlots(data, metadata) };
  return Reflect.construct(RTCEncodedVideoFrame, [CONSTRUCT, slots]);
}

/** A frame as senders take it. */
export function videoFrameToSend(frame: RTCEncodedVideoFrame): EncodedFrame {
  const { type, common } = slotsOfFrame(frame);
  const { rotation, width, height } = common.metadata;
  return {
    ...commonFrame(common),
    kind: "video",
    keyframe: type === "key",
    ...(rotation === undefined ? {} : { rotation }),
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
  };
}

/** What a payload descriptor says of layers: VP8's of the frame, VP9's of its highest spatial layer. */
function layersOf(details: object | undefined): Pick<RTCEncodedVideoFrameMetadata, "spatialIndex" | "temporalIndex"> {
  const known: LayerDetails = details ?? {};
  const layer = known.layers?.at(-1)?.descriptor.layer;
  const temporalIndex = layer?.temporalId ?? known.temporalId;
  const spatialIndex = layer?.spatialId;
  return { ...(spatialIndex === undefined ? {} : { spatialIndex }), ...(temporalIndex === undefined ? {} : { temporalIndex }) };
}

/** Of `Vp8Descriptor` and `Vp9Frame`, what is looked at. */
interface LayerDetails {
  readonly temporalId?: number;
  readonly layers?: readonly Pick<Vp9LayerFrame, "descriptor">[];
}

exposeInterface(RTCEncodedVideoFrame, "RTCEncodedVideoFrame", { constructor: 1, setMetadata: 1 });
