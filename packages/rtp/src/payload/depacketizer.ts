/** What all depacketizers offer: packets go in, in the order of their sequence numbers and with gaps where they are lost; whole frames come out. */

/** What a depacketizer needs of a packet's header. `RtpReader` is one. */
export interface PacketInfo {
  /** 16 bits. */
  readonly sequenceNumber: number;
  /** 32 bits. */
  readonly timestamp: number;
  /** The header's marker bit. */
  readonly marker: boolean;
}

/** A whole frame. */
export interface DepacketizedFrame {
  /** The receiver's own; nobody else keeps it. */
  readonly data: Uint8Array;
  /** RTP timestamp, 32 bits. */
  readonly timestamp: number;
  /** Can be decoded without the frames before it. True for audio. */
  readonly keyframe: boolean;
  /** Packets between the frame before and this one, or of frames in between, are missing or were refused. */
  readonly afterLoss: boolean;
}

/**
 * Why a packet is not used.
 * `late`: its sequence number is not after the one before. `missing-start`: the start of its frame was lost. `malformed`: the payload breaks its format, and
 * the frame is given up. `too-long`: the frame would exceed `maxFrameLength` and is given up. `unsupported`: a packet type that was not negotiated.
 */
export type DepacketizerRefusal = "late" | "missing-start" | "malformed" | "too-long" | "unsupported";

/** Limits of a depacketizer. */
export interface DepacketizerOptions {
  /** Octets of the largest frame. Default 8 MB for video: an intra frame of 8K video at high quality. Bounds memory whatever a peer sends. */
  readonly maxFrameLength?: number;
}

/** Default of `DepacketizerOptions.maxFrameLength`. */
export const DEFAULT_MAX_FRAME_LENGTH: number = 8 << 20;

/** A depacketizer of frames of type `Frame`. */
export interface Depacketizer<Frame extends DepacketizedFrame> {
  /** Takes the next packet. `payload` is borrowed until the call returns: header, extension and padding left out. Undefined: it was used. */
  push(packet: PacketInfo, payload: Uint8Array): DepacketizerRefusal | undefined;
  /** The next whole frame. */
  poll(): Frame | undefined;
}
