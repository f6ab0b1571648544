/** The way from a sender's track to the engine: what is sent while, what waits, and what the track's source is told. */
import { isKeyframe } from "../../engine/media/keyframe.ts";
import type { EncodedFrame, MediaSender, RtpPacketInfo, SendRefusal } from "../../engine/media/types.ts";
import { type MediaStreamTrack, trackSlots } from "./media-stream-track.ts";
import type { SendEncoding } from "./send-encodings.ts";
import type { TrackSource } from "./track-source.ts";

/** What it needs of its connection. */
export interface SenderFlowOptions {
  readonly sender: MediaSender;
  readonly now: () => number;
  /** The engine was called. */
  readonly touch: () => void;
  /** [[SendEncodings]] */
  readonly encodings: () => readonly SendEncoding[];
}

/** See the file's header. */
export class SenderFlow {
  readonly #options: SenderFlowOptions;
  #source: TrackSource | undefined;
  #detach: (() => void) | undefined;
  /** Whether the last thing given was taken: what comes after a pause is of use from a key frame on. */
  #flowing = false;
  #paused = false;
  #estimate: number | undefined;
  /** The simulcast layer to relay; undefined: the receiver's choice. */
  #layer: string | undefined;
  /** Whether a key frame of {@link #layer} has come: until then the receiver's choice goes on. */
  #layerBegun = false;
  /** Why the last frame or packet of the track was not sent; undefined when it was. */
  refusal: SendRefusal | undefined;
  #waiting: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(options: SenderFlowOptions) {
    this.#options = options;
  }

  /** Sends this track from now on; null for none. */
  attach(track: MediaStreamTrack | null): void {
    this.#detach?.();
    this.#detach = undefined;
    this.#interrupt();
    this.#release();
    this.#source = undefined;
    this.refusal = undefined;
    if (track === null) return;
    const slots = trackSlots(track);
    this.#source = slots.source;
    const common = { full: () => this.#full(), bitrate: () => this.bitrate, withheld: () => this.#interrupt() };
    this.#detach = slots.addSink(
      slots.source.givesPackets
        ? { ...common, packet: (packet, info) => this.#packet(packet, info) }
        : { ...common, frame: (frame) => this.#frame(frame) },
    );
    slots.source.bitrateChanged();
  }

  /** Bits per second that can be sent: the estimate of the path, and no more than the encodings allow. */
  get bitrate(): number | undefined {
    let allowed = 0;
    for (const { active, maxBitrate } of this.#options.encodings()) {
      if (active) allowed += maxBitrate ?? Number.POSITIVE_INFINITY;
    }
    const estimate = this.#estimate;
    if (estimate === undefined) return Number.isFinite(allowed) ? allowed : undefined;
    return Math.min(estimate, allowed);
  }

  /** The path's share of this sender was estimated anew. */
  set estimate(bitsPerSecond: number) {
    this.#estimate = bitsPerSecond;
    this.#source?.bitrateChanged();
  }

  /** Parameters or descriptions changed. */
  changed(): void {
    this.#source?.bitrateChanged();
  }

  /** The peer cannot go on without a key frame. */
  requestKeyframe(rid: string | undefined): void {
    this.#source?.requestKeyframe(rid);
  }

  /** Relays this simulcast layer from its next key frame on. */
  selectLayer(rid: string | undefined): void {
    if (rid === this.#layer) return;
    this.#layer = rid;
    this.#layerBegun = false;
    this.#source?.requestKeyframe(rid);
  }

  /** While tones are sent in its place, the track's media is dropped (RFC 4733 §2.5.1.2 would let both be sent; no receiver plays both). */
  pause(paused: boolean): void {
    this.#paused = paused;
    this.#interrupt();
  }

  /** Datagrams were sent: those who wait may write again when the queue has run low. */
  drained(): void {
    if (this.#waiting !== undefined && this.#options.sender.queuedOctets <= LOW_WATER) this.#release();
  }

  /** What comes next does not follow what came last: numbers go on all the same, and video begins with a key frame. */
  #interrupt(): void {
    this.#flowing = false;
    this.#options.sender.interrupt();
  }

  #full(): Promise<void> | undefined {
    if (this.#options.sender.queuedOctets <= HIGH_WATER) return undefined;
    if (this.#waiting === undefined) {
      let resolve = (): void => undefined;
      const promise = new Promise<void>((fulfill) => {
        resolve = fulfill;
      });
      this.#waiting = { promise, resolve };
    }
    return this.#waiting.promise;
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve();
  }

  #frame(given: EncodedFrame): void {
    if (this.#paused) return;
    const { sender, now } = this.#options;
    let frame = given;
    if (!frame.keyframe && frame.mimeType === undefined && isKeyframe(sender.codecs[0]?.mimeType, frame.data)) {
      frame = { ...frame, keyframe: true };
    }
    const refusal = sender.sendFrame(now(), frame, frame.rid);
    this.#settle(refusal, frame.keyframe);
    // The frames that follow refer to the one that was lost.
    if (refusal === "queue-full") this.#source?.requestKeyframe(frame.rid);
  }

  #packet(packet: Uint8Array, info: RtpPacketInfo): void {
    if (this.#paused || !this.#chosen(info)) return;
    const { sender, now } = this.#options;
    this.#settle(sender.sendPacket(now(), packet, info), info.startsKeyframe ?? false);
  }

  /** Of simulcast layers one at a time is relayed: all are the same picture. */
  #chosen({ rid, selected, startsKeyframe }: RtpPacketInfo): boolean {
    if (rid === undefined || this.#layer === undefined) return selected ?? true;
    if (rid !== this.#layer) return !this.#layerBegun && (selected ?? true);
    if (startsKeyframe === true) this.#layerBegun = true;
    return this.#layerBegun || selected === true;
  }

  #settle(refusal: SendRefusal | undefined, keyframe: boolean): void {
    this.refusal = refusal;
    const begins = refusal === undefined && !this.#flowing;
    this.#flowing = refusal === undefined;
    if (begins && !keyframe) this.#source?.requestKeyframe();
    if (refusal === undefined) this.#options.touch();
  }
}

/** Octets queued above which writers wait, and down to which. */
const HIGH_WATER = 128 << 10;
const LOW_WATER = 64 << 10;
