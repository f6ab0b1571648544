/** From the packets of one stream to frames: jitter buffer, depacketizer, and what header extensions say of each frame. */
import { type Instant, readU64 } from "@purertc/core";
import { JitterBuffer, parseVideoOrientation, RtpReader, unixMsFromNtp } from "@purertc/rtp";
import type { MediaKind, NegotiatedCodec } from "../../jsep/media-types.ts";
import { audioDurationOf } from "./audio-duration.ts";
import type { ExtensionIds } from "./extension-ids.ts";
import { type CodedFrame, createDepacketizer, depacketizerName, type FrameDepacketizer } from "./frame-depacketizer.ts";
import type { EncodedFrame } from "./types.ts";

/** What is counted of frames put together. */
export interface FrameCounts {
  /** What came out: frames of video, samples of audio. */
  emitted: number;
  /** Gaps between frames. */
  dropped: number;
  packetsDiscarded: number;
  /** Summed over all that came out: from the arrival of the first packet to coming out. */
  delayMs: number;
  width: number | undefined;
  height: number | undefined;
}

/** Counts of nothing. */
export function noFrames(): FrameCounts {
  return { emitted: 0, dropped: 0, packetsDiscarded: 0, delayMs: 0, width: undefined, height: undefined };
}

/** What frames are made with. */
export interface InboundFramesOptions {
  /** Counted up. */
  readonly counts: FrameCounts;
  readonly kind: MediaKind;
  readonly ssrc: number;
  readonly clockRate: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly maxFrameLength: number;
  /** Codecs by payload type, as agreed now. */
  readonly codecOf: (payloadType: number) => NegotiatedCodec | undefined;
  readonly extensions: () => ExtensionIds;
  /** Unix ms of the sender's clock when a timestamp was sampled; undefined before a sender report. */
  readonly captureTimeMs: (timestamp: number) => number | undefined;
  readonly rid: () => string | undefined;
  readonly emit: (now: Instant, frame: EncodedFrame) => void;
}

/** What is noted of the packets of one frame. */
interface FrameNotes {
  readonly timestamp: number;
  readonly sequenceNumber: number;
  readonly arrivedAt: Instant;
  readonly codec: NegotiatedCodec;
  /** Of audio, in ticks of the RTP clock. */
  readonly samples: number;
  receivedAt: Instant;
  csrcs: readonly number[];
  audioLevel: EncodedFrame["audioLevel"];
  rotation: EncodedFrame["rotation"];
  captureTimeMs: number | undefined;
}

/** See the file's header. */
export class InboundFrames {
  readonly #options: InboundFramesOptions;
  readonly #buffer: JitterBuffer;
  readonly #reader = new RtpReader();
  #depacketizer: FrameDepacketizer | undefined;
  #depacketizerName = "";
  /** Of the frame that is being put together, and of the one before, which a packet of the next may complete. */
  #notes: FrameNotes | undefined;
  #notesBefore: FrameNotes | undefined;
  /** 3GPP TS 26.114 §7.4.5: it holds until it is said anew. */
  #rotation: EncodedFrame["rotation"];

  constructor(options: InboundFramesOptions) {
    this.#options = options;
    const { clockRate, minDelayMs, maxDelayMs } = options;
    this.#buffer = new JitterBuffer({ clockRate, release: "in-order", minDelayMs, maxDelayMs });
  }

  get targetDelayMs(): number {
    return this.#buffer.targetDelayMs;
  }

  /** How long at least to wait for missing packets; undefined: what it was made with. */
  setMinDelay(minDelayMs: number | undefined): void {
    this.#buffer.setMinDelay(minDelayMs ?? this.#options.minDelayMs);
  }

  /** Takes a packet, copied. */
  push(now: Instant, reader: RtpReader): void {
    const packet = reader.packet.slice(0, reader.length);
    if (this.#buffer.push(now, reader.sequenceNumber, reader.timestamp, packet) !== undefined) this.#options.counts.packetsDiscarded += 1;
    this.handleTimeout(now);
  }

  /** Hands out what is due. */
  handleTimeout(now: Instant): void {
    for (let held = this.#buffer.poll(now); held !== undefined; held = this.#buffer.poll(now)) {
      if (this.#reader.read(held.packet) !== undefined) continue;
      this.#take(now, held.arrivedAt);
    }
  }

  nextDue(): Instant | undefined {
    return this.#buffer.nextDue();
  }

  #take(now: Instant, arrivedAt: Instant): void {
    const reader = this.#reader;
    const codec = this.#options.codecOf(reader.payloadType);
    if (codec === undefined) return;
    const name = depacketizerName(codec);
    if (name !== this.#depacketizerName) {
      this.#depacketizerName = name;
      this.#depacketizer = createDepacketizer(name, this.#options.maxFrameLength);
    }
    if (reader.payloadLength > 0) this.#note(codec, arrivedAt);
    if (this.#depacketizer === undefined) return;
    if (this.#depacketizer.push(reader, reader.payload) !== undefined) this.#options.counts.packetsDiscarded += 1;
    for (let frame = this.#depacketizer.poll(); frame !== undefined; frame = this.#depacketizer.poll()) this.#emit(now, frame);
  }

  #note(codec: NegotiatedCodec, arrivedAt: Instant): void {
    const reader = this.#reader;
    const { kind } = this.#options;
    const { timestamp } = reader;
    let notes = this.#notes;
    if (notes === undefined || notes.timestamp !== timestamp) {
      this.#notesBefore = notes;
      notes = {
        timestamp,
        sequenceNumber: reader.sequenceNumber,
        arrivedAt,
        codec,
        samples: kind === "video" ? 0 : Math.round((audioDurationOf(codec.mimeType.toLowerCase())(reader) * codec.clockRate) / 1000),
        receivedAt: arrivedAt,
        csrcs: NO_CSRCS,
        audioLevel: undefined,
        rotation: undefined,
        captureTimeMs: undefined,
      };
      this.#notes = notes;
    }
    if (arrivedAt > notes.receivedAt) notes.receivedAt = arrivedAt;
    if (reader.csrcCount > 0) notes.csrcs = Array.from({ length: reader.csrcCount }, (_, i) => reader.csrc(i));
    const { audioLevel, videoOrientation, absCaptureTime } = this.#options.extensions();
    const { packet } = reader;
    const levelAt = audioLevel === 0 ? -1 : reader.extension(audioLevel);
    if (levelAt >= 0) notes.audioLevel = { level: packet[levelAt]! & 0x7f, voice: packet[levelAt]! >= 0x80 };
    const orientationAt = videoOrientation === 0 ? -1 : reader.extension(videoOrientation);
    if (orientationAt >= 0) {
      const orientation = parseVideoOrientation(packet.subarray(orientationAt, orientationAt + 1));
      if ("rotation" in orientation) notes.rotation = orientation.rotation;
    }
    const captureAt = absCaptureTime === 0 ? -1 : reader.extension(absCaptureTime);
    if (captureAt >= 0 && reader.extensionLength(captureAt) >= 8) notes.captureTimeMs = unixMsFromNtp(readU64(packet, captureAt));
  }

  #emit(now: Instant, frame: CodedFrame): void {
    const { kind, ssrc, counts } = this.#options;
    const notes = this.#notes?.timestamp === frame.timestamp ? this.#notes : this.#notesBefore;
    const codec = frame.payloadType === undefined ? notes?.codec : this.#options.codecOf(frame.payloadType);
    if (codec === undefined) return;
    if (frame.afterLoss) counts.dropped += 1;
    counts.width = frame.width ?? counts.width;
    counts.height = frame.height ?? counts.height;
    const own = notes !== undefined && notes.timestamp === frame.timestamp ? notes : undefined; // a redundant frame had no packet of its own
    // webrtc-stats jitterBufferDelay: each sample of audio counts.
    const weight = kind === "video" ? 1 : (own?.samples ?? 0);
    counts.emitted += weight;
    if (own !== undefined) counts.delayMs += weight * (now - own.arrivedAt);
    const captureTimeMs = own?.captureTimeMs ?? this.#options.captureTimeMs(frame.timestamp);
    const rid = this.#options.rid();
    this.#rotation = own?.rotation ?? this.#rotation;
    this.#options.emit(now, {
      kind,
      data: frame.data,
      timestamp: frame.timestamp,
      keyframe: frame.keyframe,
      mimeType: codec.mimeType,
      payloadType: codec.payloadType,
      ssrc,
      csrcs: own?.csrcs ?? NO_CSRCS,
      ...(rid === undefined ? {} : { rid }),
      ...(own === undefined ? {} : { sequenceNumber: own.sequenceNumber, receivedAt: own.receivedAt }),
      ...(frame.afterLoss ? { afterLoss: true } : {}),
      ...(captureTimeMs === undefined ? {} : { captureTimeMs }),
      ...(own?.audioLevel === undefined ? {} : { audioLevel: own.audioLevel }),
      ...(this.#rotation === undefined ? {} : { rotation: this.#rotation }),
      ...(frame.width === undefined || frame.height === undefined ? {} : { width: frame.width, height: frame.height }),
      ...(frame.details === undefined ? {} : { details: frame.details }),
    });
  }
}

const NO_CSRCS: readonly number[] = [];
