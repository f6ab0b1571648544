/** What RTCEncodedAudioFrame and RTCEncodedVideoFrame have in common (https://www.w3.org/TR/webrtc-encoded-transform/#RTCEncodedFrameMetadata). */
import type { EncodedFrame } from "../../engine/media/types.ts";
import { isArrayBuffer } from "../webidl.ts";

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

/** The internal slots of both kinds of frame. */
export interface EncodedFrameSlots<Metadata extends RTCEncodedFrameMetadata> {
  /** [[Data]]; undefined until somebody looks. */
  data: ArrayBuffer | undefined;
  /** What it is until then. Never changed: shared with others who hold the frame. */
  readonly bytes: Uint8Array;
  metadata: Metadata;
}

/** [[Data]]. The same object each time; a copy, because others may hold the frame as well. */
export function frameData(slots: EncodedFrameSlots<RTCEncodedFrameMetadata>): ArrayBuffer {
  slots.data ??= Uint8Array.from(slots.bytes).buffer;
  return slots.data;
}

/** Sets [[Data]]. */
export function setFrameData(slots: EncodedFrameSlots<RTCEncodedFrameMetadata>, value: unknown, name: string): void {
  if (!isArrayBuffer(value)) throw new TypeError(`${name}.data: not an ArrayBuffer`);
  slots.data = value;
}

/** The octets to send; empty when the ArrayBuffer was detached. */
export function frameBytes({ data, bytes }: EncodedFrameSlots<RTCEncodedFrameMetadata>): Uint8Array {
  return data === undefined ? bytes : new Uint8Array(data);
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

/** The frame as senders take it. */
export function commonFrame(metadata: RTCEncodedFrameMetadata): Partial<EncodedFrame> {
  const { mimeType, rid, captureTime } = metadata;
  return {
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(rid === undefined ? {} : { rid }),
    ...(captureTime === undefined ? {} : { captureTimeMs: captureTime + performance.timeOrigin }),
  };
}
