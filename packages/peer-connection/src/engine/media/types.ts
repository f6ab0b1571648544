/**
 * The media half of a peer as its owner sees it: transceivers with a sender and a receiver each. `w3c/` puts RTCRtpTransceiver, RTCRtpSender and
 * RTCRtpReceiver around these; a relay may use them as they are.
 */
import type { Instant } from "@purertc/core";
import type { Direction, MediaKind, NegotiatedCodec, NegotiatedHeaderExtension, RtpCodec, TransceiverId } from "../../jsep/media-types.ts";

/** One encoding of a sender: what of webrtc-pc's RTCRtpEncodingParameters means something when frames come encoded. */
export interface EncodingParameters {
  readonly rid?: string;
  readonly active: boolean;
  /** Bits per second, enforced by dropping nothing: told to the source as its target. */
  readonly maxBitrate?: number;
  readonly maxFramerate?: number;
  readonly scaleResolutionDownBy?: number;
  readonly codec?: RtpCodec;
}

/** What addTransceiver and addTrack make a transceiver with. */
export interface TransceiverInit {
  readonly direction: Direction;
  readonly streamIds: readonly string[];
  /** Defaults to a name made for the sender. */
  readonly trackId?: string;
  readonly addedByTrack: boolean;
  /** At least one; rids only when there are several. Default one that is active. */
  readonly encodings?: readonly EncodingParameters[];
}

/** A frame as encoders make it and depacketizers give it. `data` is owned by whoever holds the frame. */
export interface EncodedFrame {
  readonly kind: MediaKind;
  readonly data: Uint8Array;
  /** RTP timestamp, 32 bits, in the codec's clock. When sending: of the source; the sender adds its own random offset. */
  readonly timestamp: number;
  /** Audio frames are always key frames. */
  readonly keyframe: boolean;
  /** E.g. `"video/VP8"`. When sending, absent: the first agreed codec that is not rtx, red or the like. */
  readonly mimeType?: string;
  /** When received: 7 bits. */
  readonly payloadType?: number;
  readonly ssrc?: number;
  readonly csrcs?: readonly number[];
  readonly rid?: string;
  /** Sequence number of the first packet (audio: the packet). */
  readonly sequenceNumber?: number;
  /** Frames between the one before and this were lost. */
  readonly afterLoss?: boolean;
  /** Arrival of the last packet, this peer's clock. */
  readonly receivedAt?: Instant;
  /** Unix ms (NTP of the sender, from RTCP sender reports or abs-capture-time) when the frame was captured; for synchronisation across streams. */
  readonly captureTimeMs?: number;
  /** RFC 6464: 0 (loudest) to 127 dBov, and voice activity. */
  readonly audioLevel?: { readonly level: number; readonly voice: boolean };
  /** Degrees clockwise (3GPP CVO). */
  readonly rotation?: 0 | 90 | 180 | 270;
  /** Pixels, known for key frames of VP8, VP9, H.264, AV1 where cheap. */
  readonly width?: number;
  readonly height?: number;
  /** Codec details (VP8/VP9 layer ids, picture ids) as the depacketizer gave them. */
  readonly details?: object;
}

/** Told what a receiver gets. Called from inside the engine's handle calls: it may call other engines and send on senders of this one (which only queue), nothing else. What it throws becomes a `sink-failed` event. */
export interface MediaSink {
  /** A whole frame, in order, out of the jitter buffer. */
  frame?(frame: EncodedFrame): void;
  /**
   * An authentic RTP packet as it came, before the jitter buffer, retransmissions restored to their original form. Borrowed for the call. `codec` is the
   * negotiated one of its payload type.
   */
  packet?(packet: Uint8Array, info: RtpPacketInfo): void;
  /** The stream began again, or another simulcast layer was chosen: wait for a key frame. */
  discontinuity?(): void;
}

/** What is known of a received packet. */
export interface RtpPacketInfo {
  readonly ssrc: number;
  readonly rid: string | undefined;
  readonly codec: NegotiatedCodec;
  readonly receivedAt: Instant;
  /** What the identifiers in its header extension mean; absent: nothing of it is passed on by a sender. The same array until a renegotiation. */
  readonly headerExtensions?: readonly NegotiatedHeaderExtension[];
  /** Unix ms of the sender's clock when it was sampled, from RTCP sender reports: keeps streams that are relayed together in sync. */
  readonly captureTimeMs?: number | undefined;
  /** It belongs to the layer that frames come from; a relay of one layer passes on these and no others. A change begins with a key frame. */
  readonly selected?: boolean;
  /** It begins a key frame. */
  readonly startsKeyframe?: boolean;
}

/** Why a frame or a packet was not queued. `"muted"`: the direction or `active: false` forbids it, as a disabled track does. */
export type SendRefusal = "not-negotiated" | "muted" | "queue-full" | "no-such-encoding" | "wrong-codec" | "malformed" | "stopped";

/** The sending half. Calls only queue; what they queued is polled from the engine. */
export interface MediaSender {
  /** Codecs in effect, the one for frames without a mime type first; empty while nothing was agreed. */
  readonly codecs: readonly NegotiatedCodec[];
  readonly encodings: readonly EncodingParameters[];
  /** Queues a frame for packetization. `rid` chooses the encoding where there are several. */
  sendFrame(now: Instant, frame: EncodedFrame, rid?: string): SendRefusal | undefined;
  /**
   * Queues an RTP packet made elsewhere: copied, and SSRC, payload type (by mime type of `info.codec`), header extensions, sequence number and timestamp
   * offset rewritten so that the peer sees one continuous stream even when `info.ssrc` changes. RTCP about it is ours.
   */
  sendPacket(now: Instant, packet: Uint8Array, info: RtpPacketInfo): SendRefusal | undefined;
  /**
   * The owner withholds packets of what it relays: the next one follows the last that was sent, so that the peer takes nothing for lost. Refusals other than
   * `"queue-full"` do the same.
   */
  interrupt(): void;
  /** Octets waiting in the queue; back-pressure watches it. */
  readonly queuedOctets: number;
  /** RFC 4733 telephone-event, with audio only. */
  sendTones?(now: Instant, tones: string, durationMs: number, gapMs: number): SendRefusal | undefined;
}

/** The receiving half. */
export interface MediaReceiver {
  /** At most 16 at a time; the first `frame` sink starts the jitter buffers. Returns the function that takes it away. */
  addSink(sink: MediaSink): () => void;
  /** Asks the sender for a key frame (PLI, or FIR where only that was agreed), paced. */
  requestKeyframe(now: Instant): void;
  /** Simulcast: which layer frames come from; undefined: the first that arrives. Packets of all layers reach `packet` sinks whatever is chosen. */
  selectLayer(now: Instant, rid: string | undefined): void;
  /**
   * webrtc-pc jitterBufferTarget, in ms; undefined: as is best. There is no playout here, and frames that are whole do not wait: it is how long those behind a
   * gap wait for what is missing.
   */
  setDelay(now: Instant, delayMs: number | undefined): void;
  /** Layers seen so far. */
  readonly layers: readonly string[];
}

/** A transceiver as the engine keeps it. The fields change as descriptions are applied. */
export interface MediaTransceiver {
  readonly id: TransceiverId;
  readonly kind: MediaKind;
  readonly mid: string | undefined;
  readonly direction: Direction;
  readonly currentDirection: Direction | undefined;
  readonly stopping: boolean;
  readonly stopped: boolean;
  readonly sender: MediaSender;
  readonly receiver: MediaReceiver;
  /** What the remote description says the track belongs to. */
  readonly remoteStreamIds: readonly string[];
  readonly remoteTrackId: string | undefined;
}
