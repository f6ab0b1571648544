/** Limits and times of media, each with its default. Together they bound what a peer can make this side remember. */

/** See the file's header. */
export interface MediaTunables {
  /** Streams (SSRCs) received at a time, all sections of a transport together; packets of further ones are counted and dropped. Default 128. */
  readonly maxReceivedSsrcs?: number;
  /** Streams of one transceiver. The one silent for the longest, if for 5 s, makes room. Default 16. */
  readonly maxStreamsPerReceiver?: number;
  /** Octets that a sender's queue holds before `sendFrame` says `"queue-full"`. Default 4 MiB. */
  readonly maxQueuedOctets?: number;
  /** RTP packets made elsewhere that wait in a sender's queue, a power of two. Default 512. */
  readonly maxQueuedPackets?: number;
  /** Packets kept for retransmission, for each video encoding, a power of two. Memory: 1500 octets each, taken as packets are sent. Default 1024. */
  readonly packetHistory?: number;
  /** Octets of the largest frame put together. Default 8 MB. */
  readonly maxFrameLength?: number;
  /** Longest wait for a missing packet before frames go on without it; the jitter decides within these bounds. Default 1000 for video, 500 for audio. */
  readonly maxJitterDelayMs?: number;
  /** Least wait for a missing packet. Frames with nothing missing before them never wait. Default 800 where packets are sent again, else 60. */
  readonly minJitterDelayMs?: number;
  /** Bits per second assumed until feedback says otherwise; the pacer sends frames at two and a half times the estimate. Default 2.5 Mbit/s. */
  readonly initialBitrate?: number;
  /** Bounds of the estimate. Default 50 kbit/s and 100 Mbit/s. */
  readonly minBitrate?: number;
  readonly maxBitrate?: number;
  /** Octets retransmitted in a second at most, as a share of what was sent in that second; NACK storms cost no more. Default 0.5, and never under 32 KiB. */
  readonly maxRetransmissionShare?: number;
}

/** Defaults of {@link MediaTunables}, in bits per second. */
export const DEFAULT_INITIAL_BITRATE = 2_500_000;
/** Where the estimate of what a path takes ends below. */
export const DEFAULT_MIN_BITRATE = 50_000;
/** Where it ends above. */
export const DEFAULT_MAX_BITRATE = 100_000_000;
