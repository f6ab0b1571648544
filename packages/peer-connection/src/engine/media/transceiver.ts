/** One transceiver: its slots of webrtc-pc §5.4, its sender and its receiver. */
import type { Direction, LocalTransceiver, MediaKind, NegotiatedMedia, RtpCodec, TransceiverId } from "../../jsep/media-types.ts";
import type { Receiver } from "./receiver.ts";
import type { Sender } from "./sender.ts";
import type { MediaTransceiver } from "./types.ts";

/** The parts that a rollback restores (webrtc-pc §4.4.1.5, "LastStableState"). */
export interface StableTransceiver {
  readonly mid: string | undefined;
  readonly index: number | undefined;
  readonly remoteStreamIds: readonly string[];
  readonly remoteTrackId: string | undefined;
}

/** What it is made with. */
export interface TransceiverOptions {
  readonly id: TransceiverId;
  readonly kind: MediaKind;
  readonly direction: Direction;
  readonly addedByTrack: boolean;
  readonly sender: Sender;
  readonly receiver: Receiver;
}

/** See the file's header. Fields are written by {@link Transceivers} only. */
export class Transceiver implements MediaTransceiver {
  readonly id: TransceiverId;
  readonly kind: MediaKind;
  readonly sender: Sender;
  readonly receiver: Receiver;
  mid: string | undefined;
  index: number | undefined;
  direction: Direction;
  currentDirection: Direction | undefined;
  stopping = false;
  stopped = false;
  addedByTrack: boolean;
  codecPreferences: readonly RtpCodec[] = [];
  remoteStreamIds: readonly string[] = [];
  remoteTrackId: string | undefined;

  constructor(options: TransceiverOptions) {
    this.id = options.id;
    this.kind = options.kind;
    this.sender = options.sender;
    this.receiver = options.receiver;
    this.direction = options.direction;
    this.addedByTrack = options.addedByTrack;
  }

  /** What a rollback is to restore. */
  get stable(): StableTransceiver {
    const { mid, index, remoteStreamIds, remoteTrackId } = this;
    return { mid, index, remoteStreamIds, remoteTrackId };
  }

  /** What negotiation is to know. */
  snapshot(cname: string): LocalTransceiver {
    const { id, kind, mid, index, direction, stopping, stopped, addedByTrack, codecPreferences, sender } = this;
    const { streamIds, trackId, localEncodings } = sender;
    return {
      id,
      kind,
      mid,
      index,
      direction,
      stopping,
      stopped,
      addedByTrack,
      codecPreferences,
      streamIds,
      trackId,
      cname,
      encodings: localEncodings,
    };
  }

  /** Takes over what the remote description says of what the peer sends; nothing when it does not send. */
  applyRemote({ direction, remote, rejected }: NegotiatedMedia): void {
    const sends = !rejected && (direction === "sendrecv" || direction === "recvonly");
    this.remoteStreamIds = sends ? (remote?.streamIds ?? []) : [];
    this.remoteTrackId = sends ? remote?.trackId : undefined;
  }

  /** webrtc-pc "stop sending and receiving": nothing flows from now on; the next negotiation tells the peer. */
  stopSendingAndReceiving(): void {
    this.stopping = true;
    this.direction = "inactive";
  }

  /** webrtc-pc "stop the RTCRtpTransceiver": for good. */
  stop(): void {
    this.stopSendingAndReceiving();
    this.stopped = true;
    this.currentDirection = undefined;
  }
}
