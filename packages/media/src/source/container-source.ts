/** Audio and video out of WebM, Matroska, MP4, MOV, Ogg and WAV, which mediabunny reads. */
import type { OpusEncoderOptions } from "@purertc/codecs/opus";
import * as mediabunny from "mediabunny";
import { type AudioMimeType, encodeAudio, type PcmBlock } from "../audio/audio-encoder.ts";
import { pcmSamples } from "../audio/pcm-samples.ts";
import { opusPacketMs } from "../bitstream/opus.ts";
import { inspectFrame } from "../bitstream/video-format.ts";
import { type MediaMimeType, type MediaSource, mediaSource, type TimedFrame } from "../frame.ts";
import { MediaFormatError } from "../media-format-error.ts";
import { containerInput } from "./container-input.ts";
import type { MediaInput } from "./media-input.ts";
import { bitstreamRewriter } from "./rewrite-video.ts";

/** How linear audio is sent; audio that is encoded already is sent as it is. */
export interface AudioEncodingOptions {
  /** Default `"audio/opus"`. */
  readonly audio?: AudioMimeType;
  /** Of the encoder. */
  readonly opus?: OpusEncoderOptions;
}

/** The tracks of a file. */
export interface MediaTracks {
  readonly audio?: MediaSource;
  readonly video?: MediaSource;
}

const FORMATS = [mediabunny.WEBM, mediabunny.MATROSKA, mediabunny.MP4, mediabunny.QTFF, mediabunny.OGG, mediabunny.WAVE];

const VIDEO_CODECS: Readonly<Partial<Record<mediabunny.VideoCodec, MediaMimeType>>> = {
  vp8: "video/VP8",
  vp9: "video/VP9",
  av1: "video/AV1",
  avc: "video/H264",
  hevc: "video/H265",
};

/**
 * Opens a file: its first audio track, encoded as WebRTC has it or linear, and its first video track. Rejects with `MediaFormatError` for anything else.
 * Of a stream only one track can be read, from start to end, as the other would have to be kept; where there are two, it is the video.
 */
export async function openContainer(input: MediaInput, options: AudioEncodingOptions = {}): Promise<MediaTracks> {
  const isStream = typeof input === "object" && !(input instanceof URL || input instanceof Uint8Array || input instanceof Blob);
  const first = openInput(input);
  const pick = async (): Promise<{ video: PickedVideo | undefined; audio: PickedAudio | undefined }> => ({
    video: await pickVideo(first),
    audio: await pickAudio(first, options),
  });
  const { video, audio } = await asFormatError(pick);
  if (video === undefined && audio === undefined) {
    first.dispose();
    throw new MediaFormatError("no-such-track", "neither audio nor video of a codec that WebRTC has");
  }
  if (!isStream) first.dispose(); // each iteration opens its own
  const open = (): mediabunny.Input => (isStream ? first : openInput(input));
  return {
    ...(video === undefined ? {} : { video: mediaSource(video.mimeType, () => videoFrames(open(), video.mimeType)) }),
    ...(audio === undefined || (isStream && video !== undefined)
      ? {}
      : { audio: mediaSource(audio.mimeType, () => audioFrames(open(), audio, options)) }),
  };
}

interface PickedVideo {
  readonly mimeType: MediaMimeType;
}

interface PickedAudio {
  readonly mimeType: AudioMimeType;
  /** Of linear audio, as mediabunny calls it. */
  readonly linear: string | undefined;
}

function openInput(input: MediaInput): mediabunny.Input {
  return new mediabunny.Input({ formats: FORMATS, source: containerInput(input) });
}

/** Everything mediabunny throws for what it reads becomes ours; errors of the file system keep their code. */
async function asFormatError<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw formatError(error);
  }
}

function formatError(error: unknown): unknown {
  if (error instanceof MediaFormatError || (error instanceof Error && "syscall" in error)) return error;
  const unknown = error instanceof mediabunny.UnsupportedInputFormatError;
  const message = error instanceof Error ? error.message : String(error);
  return new MediaFormatError(unknown ? "unknown-format" : "malformed", message, { cause: error });
}

async function pickVideo(input: mediabunny.Input): Promise<PickedVideo | undefined> {
  const track = await input.getPrimaryVideoTrack();
  const codec = await track?.getCodec();
  const mimeType = codec ? VIDEO_CODECS[codec] : undefined;
  return mimeType === undefined ? undefined : { mimeType };
}

async function pickAudio(input: mediabunny.Input, options: AudioEncodingOptions): Promise<PickedAudio | undefined> {
  const track = await input.getPrimaryAudioTrack();
  const codec = await track?.getCodec();
  if (track === null || !codec) return undefined;
  // RFC 7587 §4.2: RTP has Opus of one or two channels.
  if (codec === "opus") return (await track.getNumberOfChannels()) <= 2 ? { mimeType: "audio/opus", linear: undefined } : undefined;
  const linear = pcmSamples(codec, new Uint8Array(0)) !== undefined;
  return linear ? { mimeType: options.audio ?? "audio/opus", linear: codec } : undefined;
}

async function* videoFrames(input: mediabunny.Input, mimeType: MediaMimeType): AsyncGenerator<TimedFrame, void, void> {
  try {
    const track = await input.getPrimaryVideoTrack();
    if (track === null) return;
    const rewrite = bitstreamRewriter(mimeType, (await track.getDecoderConfig())?.description);
    const start = await input.getFirstTimestamp();
    for await (const packet of new mediabunny.EncodedPacketSink(track).packets()) {
      const data = rewrite(packet.data, packet.type === "key");
      if (data.length === 0) continue;
      const { keyframe } = inspectFrame(mimeType, data);
      yield { kind: "video", mimeType, data, timeMs: 1000 * (packet.timestamp - start), durationMs: 1000 * packet.duration, keyframe };
    }
  } catch (error) {
    throw formatError(error);
  } finally {
    input.dispose();
  }
}

async function* audioFrames(
  input: mediabunny.Input,
  { mimeType, linear }: PickedAudio,
  { opus }: AudioEncodingOptions,
): AsyncGenerator<TimedFrame, void, void> {
  try {
    const track = await input.getPrimaryAudioTrack();
    if (track === null) return;
    const start = await input.getFirstTimestamp();
    const packets = new mediabunny.EncodedPacketSink(track).packets();
    if (linear !== undefined) {
      const first = await track.getFirstTimestamp();
      for await (const frame of encodeAudio(linearBlocks(track, packets, linear), mimeType, opus)) {
        yield { ...frame, timeMs: frame.timeMs + 1000 * (first - start) };
      }
      return;
    }
    let endMs = 0;
    for await (const packet of packets) {
      const durationMs = opusPacketMs(packet.data);
      if (durationMs === undefined) continue;
      // WebM rounds to milliseconds; a receiver would hear that as samples too many or too few.
      const told = Math.max(0, 1000 * (packet.timestamp - start));
      const timeMs = Math.abs(told - endMs) < ROUNDING_MS ? endMs : told;
      endMs = timeMs + durationMs;
      yield { kind: "audio", mimeType, data: packet.data.slice(), timeMs, durationMs, keyframe: true };
    }
  } catch (error) {
    throw formatError(error);
  } finally {
    input.dispose();
  }
}

/** Times of consecutive packets that differ from their durations by less are the container's rounding. */
const ROUNDING_MS = 2.5;

async function* linearBlocks(
  track: mediabunny.InputAudioTrack,
  packets: AsyncIterable<mediabunny.EncodedPacket>,
  format: string,
): AsyncGenerator<PcmBlock, void, void> {
  const [sampleRate, channels] = [await track.getSampleRate(), await track.getNumberOfChannels()];
  for await (const packet of packets) yield { samples: pcmSamples(format, packet.data) ?? new Int16Array(0), sampleRate, channels };
}
