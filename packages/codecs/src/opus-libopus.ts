/** The interfaces of `opus.ts` over the npm package `libopus-wasm`: the one file that knows it. */
import { InvalidArgumentError, InvalidStateError, Malformed } from "@purertc/core";
import {
  Application,
  Bandwidth,
  createDecoder,
  createEncoder,
  isOpusError,
  type OpusDecoderHandle,
  type OpusEncoderHandle,
} from "libopus-wasm";
import type { OpusDecoder, OpusEncoder, OpusEncoderOptions, OpusEncoderUpdate, OpusFormat, OpusSampleRate } from "./opus.ts";
import { opusDurationMs } from "./opus-packet.ts";
import { checkRoom } from "./room.ts";

/** Makes an encoder. Rejects with `InvalidArgumentError` (`OPUS_OPTION`) for options out of range. */
export async function createOpusEncoder(options: OpusEncoderOptions = {}): Promise<OpusEncoder> {
  const { sampleRate = 48_000, channels = 1, application = "voip", ...rest } = options;
  checkFormat(sampleRate, channels);
  checkUpdate(rest);
  if (!Object.hasOwn(APPLICATIONS, application)) invalidOption("application", application);
  const handle = await createEncoder({ sampleRate, channels, application: APPLICATIONS[application], complexity: rest.complexity ?? 9 });
  const encoder = new LibopusEncoder(handle);
  encoder.update({ ...rest, bitRate: rest.bitRate ?? 32_000 * channels });
  return encoder;
}

/** Makes a decoder. Rejects with `InvalidArgumentError` (`OPUS_OPTION`) for options out of range. */
export async function createOpusDecoder(options: OpusFormat = {}): Promise<OpusDecoder> {
  const { sampleRate = 48_000, channels = 1 } = options;
  checkFormat(sampleRate, channels);
  return new LibopusDecoder(await createDecoder({ sampleRate, channels }));
}

class LibopusEncoder implements OpusEncoder {
  readonly sampleRate: OpusSampleRate;
  readonly channels: 1 | 2;
  readonly lookahead: number;
  #handle: OpusEncoderHandle | undefined;

  constructor(handle: OpusEncoderHandle) {
    this.sampleRate = handle.sampleRate;
    this.channels = handle.channels;
    this.lookahead = handle.getLookahead();
    this.#handle = handle;
  }

  get inDtx(): boolean {
    return open(this.#handle).getInDtx();
  }

  encode(samples: Int16Array | Float32Array, out: Uint8Array): number {
    const handle = open(this.#handle);
    const frameSize = samples.length / this.channels;
    if (!FRAME_DURATIONS_MS.includes((frameSize * 1000) / this.sampleRate)) {
      throw new InvalidArgumentError(`${frameSize} samples per channel are not 2.5, 5, 10, 20, 40 or 60 ms`, { code: "OPUS_FRAME_LENGTH" });
    }
    checkRoom(out.length, 2); // the shortest that says anything
    const options = { frameSize, maxPacketBytes: Math.min(out.length, LARGEST_PACKET) };
    const packet = samples instanceof Int16Array ? handle.encode(samples, options) : handle.encodeFloat(samples, options);
    out.set(packet);
    return packet.length;
  }

  update(options: OpusEncoderUpdate): void {
    const handle = open(this.#handle);
    checkUpdate(options);
    if (options.bitRate !== undefined) handle.setBitrate(options.bitRate);
    if (options.complexity !== undefined) handle.setComplexity(options.complexity);
    if (options.fec !== undefined) handle.setFec(options.fec);
    if (options.expectedLossPercent !== undefined) handle.setPacketLossPercent(options.expectedLossPercent);
    if (options.dtx !== undefined) handle.setDtx(options.dtx);
    if (options.vbr !== undefined) handle.setVbr(options.vbr);
    if (options.maximumBandwidth !== undefined) handle.setMaxBandwidth(BANDWIDTHS[options.maximumBandwidth]);
  }

  close(): void {
    this.#handle?.free();
    this.#handle = undefined;
  }
}

class LibopusDecoder implements OpusDecoder {
  readonly sampleRate: OpusSampleRate;
  readonly channels: 1 | 2;
  #handle: OpusDecoderHandle | undefined;
  /** Of the last packet; what a lost one is taken to have had. */
  #durationMs = 20;

  constructor(handle: OpusDecoderHandle) {
    this.sampleRate = handle.sampleRate;
    this.channels = handle.channels;
    this.#handle = handle;
  }

  decode(packet: Uint8Array | undefined, out: Int16Array | Float32Array): number | Malformed {
    const durationMs = packet === undefined ? this.#durationMs : opusDurationMs(packet);
    if (durationMs instanceof Malformed) return durationMs;
    const samples = this.#run(packet, durationMs, false, out);
    if (typeof samples === "number") this.#durationMs = durationMs;
    return samples;
  }

  recover(next: Uint8Array, out: Int16Array | Float32Array): number | Malformed {
    const durationMs = opusDurationMs(next);
    if (durationMs instanceof Malformed) return durationMs;
    return this.#run(next, this.#durationMs, true, out);
  }

  close(): void {
    this.#handle?.free();
    this.#handle = undefined;
  }

  #run(packet: Uint8Array | undefined, durationMs: number, decodeFec: boolean, out: Int16Array | Float32Array): number | Malformed {
    const handle = open(this.#handle);
    const frameSize = (durationMs * this.sampleRate) / 1000;
    checkRoom(out.length, frameSize * this.channels);
    const options = { decodeFec, frameSize, maxFrameSize: frameSize };
    try {
      const samples = out instanceof Int16Array ? handle.decode(packet ?? null, options) : handle.decodeFloat(packet ?? null, options);
      out.set(samples);
      return samples.length / this.channels;
    } catch (error) {
      // Its frames do not add up (RFC 6716 §3.4): found before any of them is decoded.
      if (isOpusError(error) && error.codeName === "InvalidPacket") return new Malformed("bad-frames", 1);
      throw error;
    }
  }
}

function open<Handle>(handle: Handle | undefined): Handle {
  if (handle === undefined) throw new InvalidStateError("this Opus codec is closed", { code: "OPUS_CLOSED" });
  return handle;
}

function checkFormat(sampleRate: number, channels: number): void {
  if (![8000, 12_000, 16_000, 24_000, 48_000].includes(sampleRate)) invalidOption("sampleRate", sampleRate);
  if (channels !== 1 && channels !== 2) invalidOption("channels", channels);
}

/** Everything is checked before anything is changed. */
function checkUpdate({ bitRate, complexity, expectedLossPercent, maximumBandwidth }: OpusEncoderUpdate): void {
  if (typeof bitRate === "number" ? !within(bitRate, 500, 512_000) : ![undefined, "auto", "max"].includes(bitRate)) {
    invalidOption("bitRate", bitRate);
  }
  if (complexity !== undefined && !within(complexity, 0, 10)) invalidOption("complexity", complexity);
  if (expectedLossPercent !== undefined && !within(expectedLossPercent, 0, 100)) invalidOption("expectedLossPercent", expectedLossPercent);
  if (maximumBandwidth !== undefined && !Object.hasOwn(BANDWIDTHS, maximumBandwidth)) invalidOption("maximumBandwidth", maximumBandwidth);
}

function within(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}

function invalidOption(name: string, value: unknown): never {
  throw new InvalidArgumentError(`${name}: ${String(value)}`, { code: "OPUS_OPTION" });
}

const APPLICATIONS = { voip: Application.Voip, audio: Application.Audio, "low-delay": Application.RestrictedLowDelay };
const BANDWIDTHS = {
  narrowband: Bandwidth.Narrowband,
  mediumband: Bandwidth.Mediumband,
  wideband: Bandwidth.Wideband,
  superwideband: Bandwidth.Superwideband,
  fullband: Bandwidth.Fullband,
};
const FRAME_DURATIONS_MS: readonly number[] = [2.5, 5, 10, 20, 40, 60];
/** RFC 6716 §3.4 R2: 1275 octets a frame; 60 ms are three frames with their lengths (the size that libopus advises is 4000). */
const LARGEST_PACKET = 4000;
