/**
 * The encoded frames of a track, as a ReadableStream. Not W3C's: there, MediaStreamTrackProcessor gives decoded ones
 * (https://www.w3.org/TR/mediacapture-transform/#track-processor).
 */
import type { EncodedFrame } from "../../engine/media/types.ts";
import { exposeInterface } from "../interface.ts";
import { requireArguments, toDictionary, toIntegerInRange } from "../webidl.ts";
import { type MediaStreamTrack, type TrackSlots, toTrack, trackSlots } from "./media-stream-track.ts";
import { ReadableQueue } from "./readable-queue.ts";
import { createAudioFrame, type RTCEncodedAudioFrame } from "./rtc-encoded-audio-frame.ts";
import { createVideoFrame, type RTCEncodedVideoFrame } from "./rtc-encoded-video-frame.ts";

/** What an EncodedTrackProcessor is made with. */
export interface EncodedTrackProcessorInit {
  track: MediaStreamTrack;
  /** Frames that may wait for the reader. Default 256. */
  maxBufferedFrames?: number;
}

/**
 * See the file's header. Video begins with a key frame, which is asked for. A reader that is too slow loses whole frames: of audio the oldest, of video
 * all up to the next key frame, which is asked for when there is room again. The readable closes when the track ends.
 */
export class EncodedTrackProcessor<
  Frame extends RTCEncodedVideoFrame | RTCEncodedAudioFrame = RTCEncodedVideoFrame | RTCEncodedAudioFrame,
> {
  readonly #track: TrackSlots;
  readonly #queue: ReadableQueue<Frame>;
  readonly #detach: () => void;
  /** Frames of video that refer to what the reader did not get are worth nothing to it. */
  #awaitingKeyframe: boolean;
  /** The reader was too slow for the last frame. */
  #starved = false;
  #droppedFrames = 0;

  constructor(...args: [init: EncodedTrackProcessorInit]) {
    requireArguments(args, 1, "EncodedTrackProcessor");
    const init = toDictionary(args[0], "EncodedTrackProcessorInit");
    const given = init.maxBufferedFrames;
    const maxChunks = given === undefined ? DEFAULT_FRAMES : Math.max(1, toIntegerInRange(given, 0xffff_ffff, "maxBufferedFrames"));
    this.#track = trackSlots(toTrack(init.track, "EncodedTrackProcessorInit.track"));
    const { source, kind } = this.#track;
    if (!source.givesFrames) throw new DOMException("The track consists of RTP packets: use RtpTrackProcessor.", "NotSupportedError");
    this.#awaitingKeyframe = kind === "video";
    this.#queue = new ReadableQueue<Frame>({
      maxChunks,
      maxOctets: MAX_OCTETS,
      onRead: () => this.#onRead(),
      onCancel: () => this.#detach(),
    });
    const removeSink = this.#track.addSink({
      frame: (frame) => this.#take(frame),
      discontinuity: () => {
        this.#awaitingKeyframe = kind === "video";
      },
    });
    const forgetEnd = this.#track.whenEnded(() => this.#queue.end());
    this.#detach = () => {
      removeSink();
      forgetEnd();
    };
    if (this.#awaitingKeyframe) source.requestKeyframe();
  }

  /** The frames, in decoding order. Cancelling it ends the processor. */
  get readable(): ReadableStream<Frame> {
    return this.#queue.readable;
  }

  /** Frames that a reader too slow has lost. */
  get droppedFrames(): number {
    return this.#droppedFrames;
  }

  /** Asks the source for a key frame. */
  requestKeyframe(): void {
    if (this.#track.kind === "video") this.#track.source.requestKeyframe();
  }

  #take(frame: EncodedFrame): void {
    const { length } = frame.data;
    if (frame.kind === "audio") {
      if (!this.#queue.hasRoom(length)) {
        this.#queue.dropOldest();
        this.#droppedFrames += 1;
      }
    } else {
      if (this.#awaitingKeyframe && !frame.keyframe) {
        if (this.#starved) this.#droppedFrames += 1;
        return;
      }
      if (!this.#queue.hasRoom(length)) {
        this.#droppedFrames += 1;
        this.#starved = true;
        this.#awaitingKeyframe = true;
        return;
      }
      this.#starved = false;
      this.#awaitingKeyframe = false;
    }
    this.#queue.push(this.#toChunk(frame), length);
  }

  #onRead(): void {
    if (this.#starved) this.requestKeyframe();
  }

  #toChunk(frame: EncodedFrame): Frame {
    const { clockOrigin } = this.#track.source;
    const chunk: RTCEncodedVideoFrame | RTCEncodedAudioFrame =
      frame.kind === "video" ? createVideoFrame(frame, clockOrigin) : createAudioFrame(frame, clockOrigin);
    return chunk as Frame; // which of the two the caller has said with the track
  }
}

/** At 30 frames a second, eight seconds of video; of audio, five. */
const DEFAULT_FRAMES = 256;
const MAX_OCTETS = 64 << 20;

exposeInterface(EncodedTrackProcessor, "EncodedTrackProcessor", { constructor: 1 });
