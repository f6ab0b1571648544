/** What RTCEncodedAudioFrame and RTCEncodedVideoFrame have in common (https://www.w3.org/TR/webrtc-encoded-transform/#RTCEncodedFrameMetadata). */
import type { EncodedFrame } from "../../engine/media/types.ts";
import {
  isArrayBuffer,
  type MemberConversions,
  toDictionary,
  toDOMString,
  toDouble,
  toMembers,
  toSequence,
  toUnsignedLong,
} from "../webidl.ts";

/** https://www.w3.org/TR/webrtc-encoded-transform/#RTCEncodedFrameMetadata */
export interface RTCEncodedFrameMetadata {
  synchronizationSource?: number;
  payloadType?: number;
  contributingSources?: number[];
  rtpTimestamp?: number;
  /** Milliseconds since `performance.timeOrigin` when the last packet arrived. */
  receiveTime?: number;
  /** Milliseconds since `performance.timeOrigin` when it was captured, by the sender's clock (sender reports or abs-capture-time). */
  captureTime?: number;
  mimeType?: string;
  /** Not W3C: the simulcast layer. */
  rid?: string;
  /** Not W3C: frames between the one before and this were lost. */
  afterLoss?: boolean;
}

/** The members that both kinds of metadata have. */
export const COMMON_MEMBERS: MemberConversions<RTCEncodedFrameMetadata> = {
  synchronizationSource: toUnsignedLong,
  payloadType: (value) => toUnsignedLong(value) & 0xff,
  contributingSources: (value, name) => toSequence(value, toUnsignedLong, name),
  rtpTimestamp: toUnsignedLong,
  receiveTime: toDouble,
  captureTime: toDouble,
  mimeType: toDOMString,
  rid: toDOMString,
  afterLoss: Boolean,
};

/** The internal slots that both kinds of frame have. */
export class EncodedFrameSlots<Metadata extends RTCEncodedFrameMetadata> {
  metadata: Metadata;
  /** [[Data]]; undefined until somebody looks. */
  #data: ArrayBuffer | undefined;
  /** What it is until then. Never changed: shared with others who hold the frame. */
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, metadata: Metadata) {
    this.#bytes = bytes;
    this.metadata = metadata;
  }

  /** [[Data]]. The same object each time; a copy, because others may hold the frame as well. */
  get data(): ArrayBuffer {
    this.#data ??= Uint8Array.from(this.#bytes).buffer;
    return this.#data;
  }

  /** Sets [[Data]] of a frame of that interface. */
  setData(value: unknown, name: string): void {
    if (!isArrayBuffer(value)) throw new TypeError(`${name}.data: not an ArrayBuffer`);
    this.#data = value;
  }

  /** The octets to send; empty when the ArrayBuffer was detached. */
  get bytes(): Uint8Array {
    return this.#data === undefined ? this.#bytes : new Uint8Array(this.#data);
  }

  /** RTP timestamp, 32 bits. */
  get timestamp(): number {
    return this.metadata.rtpTimestamp ?? 0;
  }

  /** What the constructors of that name make of an original's slots: a copy, with some of its metadata replaced. */
  copy(options: unknown, members: MemberConversions<Metadata>, name: string): EncodedFrameSlots<Metadata> {
    const { metadata } = toDictionary(options, `${name}Options`);
    const replaced = toMembers(metadata, members, `${name}Metadata`);
    return new EncodedFrameSlots(this.bytes.slice(), { ...structuredClone(this.metadata), ...replaced });
  }
}

/** The members that both kinds have, from a received frame. `clockOrigin` is the receiver's Unix time at its instant 0. */
export function commonMetadata(frame: EncodedFrame, clockOrigin: number): RTCEncodedFrameMetadata {
  const { ssrc, payloadType, csrcs, timestamp, receivedAt, captureTimeMs, mimeType, rid, afterLoss } = frame;
  return {
    ...(ssrc === undefined ? {} : { synchronizationSource: ssrc }),
    ...(payloadType === undefined ? {} : { payloadType }),
    contributingSources: [...(csrcs ?? [])],
    rtpTimestamp: timestamp,
    ...(receivedAt === undefined ? {} : { receiveTime: clockOrigin + receivedAt - performance.timeOrigin }),
    ...(captureTimeMs === undefined ? {} : { captureTime: captureTimeMs - performance.timeOrigin }),
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(rid === undefined ? {} : { rid }),
    ...(afterLoss === true ? { afterLoss } : {}),
  };
}

/** The members that both kinds have, of the frame as senders take it. */
export function commonFrame(slots: EncodedFrameSlots<RTCEncodedFrameMetadata>): Omit<EncodedFrame, "kind" | "keyframe"> {
  const { mimeType, rid, captureTime } = slots.metadata;
  return {
    data: slots.bytes,
    timestamp: slots.timestamp >>> 0,
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(rid === undefined ? {} : { rid }),
    ...(captureTime === undefined ? {} : { captureTimeMs: captureTime + performance.timeOrigin }),
  };
}
