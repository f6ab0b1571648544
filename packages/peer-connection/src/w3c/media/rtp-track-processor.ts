/** The RTP packets of a track: for relays, recorders and programs such as ffmpeg. Not W3C's. */
import { copyBytes } from "@purertc/core";
import type { RtpPacketInfo } from "../../engine/media/types.ts";
import { exposeInterface } from "../interface.ts";
import { requireArguments, toCallback, toDictionary, toIntegerInRange } from "../webidl.ts";
import { type MediaStreamTrack, type TrackSlots, toTrack, trackSlots } from "./media-stream-track.ts";
import { ReadableQueue } from "./readable-queue.ts";

/** What an RtpTrackProcessor is made with. */
export interface RtpTrackProcessorInit {
  track: MediaStreamTrack;
  /** Packets that may wait for the reader. Default 1024. */
  maxBufferedPackets?: number;
  /**
   * Gets the packets instead of `readable`, without copying: `packet` is borrowed for the call. It is called while a datagram is being handled, so it may send
   * the packet on, but must not call methods of an RTCPeerConnection.
   */
  onpacket?: (packet: Uint8Array, info: RtpPacketInfo) => void;
}

/**
 * See the file's header. Packets come as they arrived, decrypted, retransmissions in their original form; nothing is reordered. A reader that is too slow
 * loses the oldest. The readable closes when the track ends.
 */
export class RtpTrackProcessor {
  readonly #track: TrackSlots;
  readonly #queue: ReadableQueue<Uint8Array>;
  readonly #detach: () => void;
  #droppedPackets = 0;

  constructor(...args: [init: RtpTrackProcessorInit]) {
    requireArguments(args, 1, "RtpTrackProcessor");
    const init = toDictionary(args[0], "RtpTrackProcessorInit");
    const given = init.maxBufferedPackets;
    const maxChunks = given === undefined ? DEFAULT_PACKETS : Math.max(1, toIntegerInRange(given, 0xffff_ffff, "maxBufferedPackets"));
    const onpacket =
      init.onpacket === undefined ? undefined : toCallback<[Uint8Array, RtpPacketInfo]>(init.onpacket, "RtpTrackProcessorInit.onpacket");
    this.#track = trackSlots(toTrack(init.track, "RtpTrackProcessorInit.track"));
    const { source } = this.#track;
    if (!source.givesPackets) throw new DOMException("The track consists of frames: use EncodedTrackProcessor.", "NotSupportedError");
    this.#queue = new ReadableQueue<Uint8Array>({
      maxChunks,
      maxOctets: Number.POSITIVE_INFINITY,
      onRead: () => undefined,
      onCancel: () => this.#detach(),
    });
    const removeSink = this.#track.addSink({
      packet: onpacket === undefined ? (packet) => this.#take(packet) : (packet, info) => invoke(onpacket, packet, info),
    });
    const forgetEnd = this.#track.whenEnded(() => this.#queue.end());
    this.#detach = () => {
      removeSink();
      forgetEnd();
    };
  }

  /** Copies of the packets, each alone in its buffer; none with `onpacket`. Cancelling it ends the processor. */
  get readable(): ReadableStream<Uint8Array> {
    return this.#queue.readable;
  }

  /** Packets that a reader too slow has lost. */
  get droppedPackets(): number {
    return this.#droppedPackets;
  }

  /** Asks the source for a key frame. */
  requestKeyframe(): void {
    if (this.#track.kind === "video") this.#track.source.requestKeyframe();
  }

  #take(packet: Uint8Array): void {
    if (!this.#queue.hasRoom(packet.length)) {
      this.#queue.dropOldest();
      this.#droppedPackets += 1;
    }
    this.#queue.push(copyBytes(packet), packet.length);
  }
}

/** What a callback throws goes where uncaught exceptions go, not into the connection. */
function invoke(callback: (packet: Uint8Array, info: RtpPacketInfo) => unknown, packet: Uint8Array, info: RtpPacketInfo): void {
  try {
    callback(packet, info);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** A second of video at 10 Mbit/s. */
const DEFAULT_PACKETS = 1024;

exposeInterface(RtpTrackProcessor, "RtpTrackProcessor", { constructor: 1 });
