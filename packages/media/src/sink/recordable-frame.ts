/** What recorders read, described by its shape: `EncodedTrackProcessor`, `RTCEncodedVideoFrame` and `RTCEncodedAudioFrame` of purertc have it. */
import { inspectFrame } from "../bitstream/video-format.ts";
import { kindOf, knownMimeType, type MediaKind, type MediaMimeType } from "../frame.ts";

/** What is known of a frame besides its octets. Times are in milliseconds since `performance.timeOrigin`. */
export interface RecordableMetadata {
  readonly mimeType?: string;
  /** When its last packet arrived. */
  readonly receiveTime?: number;
  /** When it was captured, by its sender's clock: what keeps tracks in step. */
  readonly captureTime?: number;
  /** Whether frames before it are missing. */
  readonly afterLoss?: boolean;
  /** Degrees clockwise by which it is to be turned. */
  readonly rotation?: 0 | 90 | 180 | 270;
}

/** An encoded frame. */
export interface RecordableFrame {
  readonly data: ArrayBuffer;
  /** In the codec's RTP clock, 32 bits. */
  readonly timestamp: number;
  getMetadata(): RecordableMetadata;
}

/** A track's frames. */
export interface FrameOrigin {
  readonly readable: ReadableStream<RecordableFrame>;
  /** Asks the sender for a key frame; without it, recordings of video wait for the next. */
  requestKeyframe?(): void;
}

/** A track as `MediaStream` has it. Those of purertc have a method of this name that makes a `FrameOrigin`. */
export interface RecordableTrack {
  readonly kind: string;
  readonly [ENCODED_FRAMES]?: () => FrameOrigin;
}

/** `Symbol.for("purertc.encodedFrames")`. */
export const ENCODED_FRAMES: unique symbol = Symbol.for("purertc.encodedFrames") as typeof ENCODED_FRAMES;

/** The frames of a track, or of what gives them already. Throws `TypeError` for a track that cannot give any. */
export function frameOrigin(track: RecordableTrack | FrameOrigin): FrameOrigin {
  if ("readable" in track) return track;
  const origin = track[ENCODED_FRAMES]?.();
  if (origin === undefined) throw new TypeError("not a track of purertc: give an EncodedTrackProcessor of it");
  return origin;
}

/** A frame as recorders use it. */
export interface ArrivedFrame {
  readonly kind: MediaKind;
  readonly mimeType: MediaMimeType;
  readonly data: Uint8Array;
  readonly timestamp: number;
  readonly keyframe: boolean;
  readonly afterLoss: boolean;
  /** Milliseconds on the recorder's clock. */
  readonly arrivedAt: number;
  /** Milliseconds on the sender's, whatever its origin. */
  readonly capturedAt: number | undefined;
  readonly rotation: 0 | 90 | 180 | 270;
  /** Of key frames. */
  readonly codec: string | undefined;
  readonly width: number | undefined;
  readonly height: number | undefined;
}

/** Reads a frame; undefined for one that cannot be recorded: an empty one, or one of a codec not known here. */
export function readFrame(frame: RecordableFrame, now: number): ArrivedFrame | undefined {
  const { mimeType: name, receiveTime, captureTime, afterLoss, rotation } = frame.getMetadata();
  const mimeType = name === undefined ? undefined : knownMimeType(name);
  if (mimeType === undefined || frame.data.byteLength === 0) return undefined;
  const data = new Uint8Array(frame.data);
  const { keyframe, codec, width, height } = inspectFrame(mimeType, data);
  return {
    kind: kindOf(mimeType),
    mimeType,
    data,
    timestamp: frame.timestamp,
    keyframe,
    afterLoss: afterLoss === true,
    arrivedAt: receiveTime ?? now,
    capturedAt: captureTime,
    rotation: rotation ?? 0,
    codec,
    width,
    height,
  };
}
