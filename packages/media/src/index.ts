/** Sources and sinks of media: files, tones and test patterns into tracks; tracks into files. */
export { type AnnexBCodec, AnnexBReader } from "./annex-b.ts";
export { type AudioMimeType, encodeAudio, type PcmBlock } from "./audio/audio-encoder.ts";
export { inspectFrame, type VideoFormat } from "./bitstream/video-format.ts";
export { type MediaClock, machineClock } from "./clock.ts";
export { knownMimeType, type MediaKind, type MediaMimeType, type MediaSource, rtpClockRate, type TimedFrame } from "./frame.ts";
export {
  type IvfFourcc,
  type IvfFrame,
  type IvfHeader,
  type IvfProblem,
  IvfReader,
  parseIvfHeader,
  writeIvfFrame,
  writeIvfHeader,
} from "./ivf.ts";
export { type MediaFormatCode, MediaFormatError } from "./media-format-error.ts";
export { BlobEvent, MediaRecorder, type MediaRecorderOptions, RecordingErrorEvent, type RecordingState } from "./media-recorder.ts";
export { type EncodedFrameInit, type FrameDestination, type Played, type PlayOptions, play, playTracks } from "./play.ts";
export { playFile, recordToFile, type TrackCollection } from "./record.ts";
export type { MediaOutput } from "./sink/output-target.ts";
export {
  ENCODED_FRAMES,
  type FrameOrigin,
  type RecordableFrame,
  type RecordableMetadata,
  type RecordableTrack,
} from "./sink/recordable-frame.ts";
export { type Recorded, type RecordedTrackSummary, Recorder, type RecorderOptions } from "./sink/recorder.ts";
export type { RecordingFormat } from "./sink/recording-file.ts";
export { type AnnexBOptions, openAnnexB } from "./source/annex-b-source.ts";
export { type AudioEncodingOptions, type MediaTracks, openContainer } from "./source/container-source.ts";
export { openIvf } from "./source/ivf-source.ts";
export type { MediaInput } from "./source/media-input.ts";
export { type OpenMediaOptions, openMedia } from "./source/open-media.ts";
export { type TestPatternOptions, testPattern } from "./source/test-pattern-source.ts";
export { type ToneOptions, tone } from "./source/tone-source.ts";
export { type Mosaic, Vp8KeyFrameEncoder } from "./vp8/key-frame-encoder.ts";
export { BAR_CODE_BITS, drawTestPattern } from "./vp8/test-pattern.ts";
