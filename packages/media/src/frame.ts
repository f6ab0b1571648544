/** Encoded frames with their times, and what gives them. */

/** What a frame is of. */
export type MediaKind = "audio" | "video";

/** Codecs that sources give and recorders take; names as in SDP, without regard to case. */
export type MediaMimeType =
  | "audio/opus"
  | "audio/PCMU"
  | "audio/PCMA"
  | "audio/G722"
  | "video/VP8"
  | "video/VP9"
  | "video/AV1"
  | "video/H264"
  | "video/H265";

/**
 * An encoded frame. Formats are those that RTP payloads carry: an Opus packet; octets of G.711 and G.722; a VP8 or VP9 frame; an AV1 temporal unit without
 * its delimiter; an access unit of H.264 or H.265 in annex B.
 */
export interface TimedFrame {
  readonly kind: MediaKind;
  readonly mimeType: MediaMimeType;
  /** The receiver's own. */
  readonly data: Uint8Array;
  /** When it is presented, from the start of the source. In the order of decoding; with B-frames that is not the order of times. */
  readonly timeMs: number;
  /** 0: not known. */
  readonly durationMs: number;
  /** Audio: always. */
  readonly keyframe: boolean;
}

/** Frames of one track. Each iteration starts at the beginning where what is read can be read again: paths and bytes can, streams cannot. */
export interface MediaSource extends AsyncIterable<TimedFrame> {
  readonly kind: MediaKind;
  readonly mimeType: MediaMimeType;
}

const CLOCK_RATES: Readonly<Record<MediaMimeType, number>> = {
  "audio/opus": 48_000, // RFC 7587 §4.1, whatever the sample rate
  "audio/PCMU": 8000,
  "audio/PCMA": 8000,
  "audio/G722": 8000, // RFC 3551 §4.5.2: an error that stays
  "video/VP8": 90_000,
  "video/VP9": 90_000,
  "video/AV1": 90_000,
  "video/H264": 90_000,
  "video/H265": 90_000,
};

/** Of a mime type however written; undefined for codecs that are none of ours. */
export function knownMimeType(name: string): MediaMimeType | undefined {
  const wanted = name.toLowerCase();
  return (Object.keys(CLOCK_RATES) as MediaMimeType[]).find((mimeType) => mimeType.toLowerCase() === wanted);
}

/** Hertz of a codec's RTP timestamps. */
export function rtpClockRate(mimeType: MediaMimeType): number {
  return CLOCK_RATES[mimeType];
}

/** Of a mime type. */
export function kindOf(mimeType: MediaMimeType): MediaKind {
  return mimeType.startsWith("audio/") ? "audio" : "video";
}

/** A source that makes a fresh iterator each time. */
export function mediaSource(mimeType: MediaMimeType, iterate: () => AsyncIterator<TimedFrame>): MediaSource {
  return { kind: kindOf(mimeType), mimeType, [Symbol.asyncIterator]: iterate };
}
