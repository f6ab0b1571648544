/** https://www.w3.org/TR/mediastream-recording/ for encoded tracks: what arrives is written as it is. */

import { knownMimeType } from "./frame.ts";
import type { TrackCollection } from "./record.ts";
import { Recorder } from "./sink/recorder.ts";
import { accepts, type RecordingFormat } from "./sink/recording-file.ts";

/** https://www.w3.org/TR/mediastream-recording/#mediarecorderoptions-section; bit rates are the sender's business. */
export interface MediaRecorderOptions {
  /** Default `"video/webm"`, or `"audio/webm"` for a stream without video. */
  readonly mimeType?: string;
}

/** https://www.w3.org/TR/mediastream-recording/#enumdef-recordingstate */
export type RecordingState = "inactive" | "recording" | "paused";

/** https://www.w3.org/TR/mediastream-recording/#blobevent-section */
export class BlobEvent extends Event {
  /** What was recorded since the event before. */
  readonly data: Blob;
  /** Milliseconds of the recording's start, since `performance.timeOrigin`. */
  readonly timecode: number;

  constructor(type: string, init: { readonly data: Blob; readonly timecode?: number }) {
    super(type);
    this.data = init.data;
    this.timecode = init.timecode ?? performance.now();
  }
}

/** Carries what went wrong; W3C's ErrorEvent, which Node has not. */
export class RecordingErrorEvent extends Event {
  readonly error: unknown;

  constructor(type: string, init: { readonly error: unknown }) {
    super(type);
    this.error = init.error;
  }
}

type Handler<E extends Event> = ((this: MediaRecorder, event: E) => unknown) | null;

const FORMATS: Readonly<Record<string, RecordingFormat>> = {
  "video/webm": "webm",
  "audio/webm": "webm",
  "video/mp4": "mp4",
  "audio/mp4": "mp4",
  "audio/ogg": "ogg",
  "audio/wav": "wav",
};

/** Codec names of the `codecs` parameter; behind the first dot are profiles, which are the sender's. */
const CODECS: Readonly<Record<string, string>> = {
  vp8: "video/VP8",
  vp9: "video/VP9",
  vp09: "video/VP9",
  av1: "video/AV1",
  av01: "video/AV1",
  h264: "video/H264",
  avc1: "video/H264",
  avc3: "video/H264",
  hvc1: "video/H265",
  hev1: "video/H265",
  opus: "audio/opus",
};

/** Records a stream in pieces. See the file's header. */
export class MediaRecorder extends EventTarget {
  ondataavailable: Handler<BlobEvent> = null;
  onerror: Handler<RecordingErrorEvent> = null;
  onpause: Handler<Event> = null;
  onresume: Handler<Event> = null;
  onstart: Handler<Event> = null;
  onstop: Handler<Event> = null;
  readonly stream: TrackCollection;
  readonly mimeType: string;
  readonly #format: RecordingFormat;
  #state: RecordingState = "inactive";
  /** The one that goes on. One that was stopped may still have something to tell when the next has begun. */
  #recording: Recording | undefined;

  /** Throws `NotSupportedError` for a type that `isTypeSupported` refuses. */
  constructor(stream: TrackCollection, options: MediaRecorderOptions = {}) {
    super();
    const hasVideo = [...stream.getTracks()].some(({ kind }) => kind === "video");
    this.stream = stream;
    this.mimeType = options.mimeType || (hasVideo ? "video/webm" : "audio/webm");
    const format = parseMimeType(this.mimeType);
    if (format === undefined) throw new DOMException(`cannot record ${this.mimeType}`, "NotSupportedError");
    this.#format = format;
    this.addEventListener("dataavailable", (event) => event instanceof BlobEvent && this.ondataavailable?.(event));
    this.addEventListener("error", (event) => event instanceof RecordingErrorEvent && this.onerror?.(event));
    this.addEventListener("pause", (event) => this.onpause?.(event));
    this.addEventListener("resume", (event) => this.onresume?.(event));
    this.addEventListener("start", (event) => this.onstart?.(event));
    this.addEventListener("stop", (event) => this.onstop?.(event));
  }

  /** Whether there is such a format, and it takes these codecs. */
  static isTypeSupported(type: string): boolean {
    return type === "" || parseMimeType(type) !== undefined;
  }

  get state(): RecordingState {
    return this.#state;
  }

  /** Begins; with `timeslice`, a `dataavailable` event comes about every so many milliseconds. Throws `InvalidStateError`, `NotSupportedError`. */
  start(timeslice?: number): void {
    if (this.#state !== "inactive") throw new DOMException(`start() while ${this.#state}`, "InvalidStateError");
    const pieces: Recording["pieces"] = [];
    const output = new WritableStream<Uint8Array>({ write: (piece) => void pieces.push(Uint8Array.from(piece)) });
    let recorder: Recorder;
    try {
      recorder = new Recorder(this.stream.getTracks(), output, { format: this.#format });
    } catch (error) {
      throw new DOMException(error instanceof Error ? error.message : String(error), "NotSupportedError");
    }
    this.#state = "recording";
    const recording: Recording = { recorder, pieces, startedAt: performance.now(), timer: undefined };
    this.#recording = recording;
    if (timeslice !== undefined) recording.timer = setInterval(() => this.#flush(recording), Math.max(timeslice, 1)).unref();
    recorder.finished.then(
      () => this.#ended(recording),
      (error: unknown) => {
        this.dispatchEvent(new RecordingErrorEvent("error", { error }));
        this.#ended(recording);
      },
    );
    queueMicrotask(() => this.dispatchEvent(new Event("start")));
  }

  /** Ends: a last `dataavailable`, then `stop`. Does nothing when inactive. */
  stop(): void {
    if (this.#state === "inactive") return;
    this.#state = "inactive";
    clearInterval(this.#recording?.timer);
    this.#recording?.recorder.stop().catch(() => undefined); // told by the error event
  }

  /** What comes from now on is left out. Throws `InvalidStateError` when inactive. */
  pause(): void {
    if (this.#state === "inactive") throw new DOMException("pause() while inactive", "InvalidStateError");
    if (this.#state === "paused") return;
    this.#state = "paused";
    this.#recording?.recorder.pause();
    queueMicrotask(() => this.dispatchEvent(new Event("pause")));
  }

  /** Goes on. Throws `InvalidStateError` when inactive. */
  resume(): void {
    if (this.#state === "inactive") throw new DOMException("resume() while inactive", "InvalidStateError");
    if (this.#state === "recording") return;
    this.#state = "recording";
    this.#recording?.recorder.resume();
    queueMicrotask(() => this.dispatchEvent(new Event("resume")));
  }

  /** A `dataavailable` event with what there is, even nothing. Throws `InvalidStateError` when inactive. */
  requestData(): void {
    if (this.#state === "inactive") throw new DOMException("requestData() while inactive", "InvalidStateError");
    const recording = this.#recording;
    queueMicrotask(() => recording !== undefined && this.#flush(recording));
  }

  #ended(recording: Recording): void {
    if (recording === this.#recording) this.#state = "inactive";
    clearInterval(recording.timer);
    this.#flush(recording);
    this.dispatchEvent(new Event("stop"));
  }

  #flush({ pieces, startedAt }: Recording): void {
    const data = new Blob(pieces.splice(0), { type: this.mimeType });
    this.dispatchEvent(new BlobEvent("dataavailable", { data, timecode: startedAt }));
  }
}

/** From one start to its stop. */
interface Recording {
  readonly recorder: Recorder;
  /** What no event has told of. */
  readonly pieces: Uint8Array<ArrayBuffer>[];
  readonly startedAt: number;
  timer: NodeJS.Timeout | undefined;
}

/** The format of a type with parameters; undefined when there is none, or one of the codecs does not go into it. */
function parseMimeType(type: string): RecordingFormat | undefined {
  const [name = "", ...parameters] = type.split(";").map((part) => part.trim().toLowerCase());
  const format = FORMATS[name];
  const codecs =
    parameters
      .find((parameter) => parameter.startsWith("codecs="))
      ?.slice("codecs=".length)
      .replaceAll('"', "") ?? "";
  if (format === undefined) return undefined;
  for (const codec of codecs
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")) {
    const mimeType = knownMimeType(CODECS[codec.split(".")[0]!] ?? "");
    const isVideo = mimeType?.startsWith("video/") === true;
    if (mimeType === undefined || !accepts(format, mimeType) || (isVideo && name.startsWith("audio/"))) return undefined;
  }
  return format;
}
