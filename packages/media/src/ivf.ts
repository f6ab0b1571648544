/**
 * IVF, the simplest of video files, in little-endian:
 *
 *    | "DKIF" | version 16 | header length 16 | fourcc 32 | width 16 | height 16 | rate 32 | scale 32 | length 32 | unused 32 |
 *    | frame length 32 | presentation time 64, in units of scale/rate seconds | frame |   repeated
 */
import { ByteQueue } from "./source/byte-queue.ts";

/** Of the codec, as IVF writes it. */
export type IvfFourcc = "VP80" | "VP90" | "AV01" | (string & {});

/** The header of a file. */
export interface IvfHeader {
  /** Four characters. */
  readonly fourcc: IvfFourcc;
  /** Pixels, 16 bits. */
  readonly width: number;
  readonly height: number;
  /** Units of presentation times per second are `rate / scale`; both 32 bits. */
  readonly rate: number;
  readonly scale: number;
  /** In units of presentation times, as FFmpeg has it; where a unit is a frame that is the number of frames. Often 0 or wrong: files are streamed. */
  readonly length: number;
}

/** A frame as it lies in the file. */
export interface IvfFrame {
  /** In units of the header; beyond 2^53 not exact. */
  readonly time: number;
  readonly data: Uint8Array;
}

/** Why octets are no IVF. */
export type IvfProblem = "not-ivf" | "bad-header" | "frame-too-large" | "truncated";

/** Octets of the two headers. */
export const IVF_HEADER_LENGTH = 32;
/** Octets in front of each frame: its length and its time. */
const IVF_FRAME_HEADER_LENGTH = 12;

/** Reads a file from pieces of any size. Memory: one frame and one piece. */
export class IvfReader {
  readonly #maxFrameLength: number;
  readonly #queue = new ByteQueue();
  #header: IvfHeader | undefined;
  /** Octets of the header beyond the 32 that are known. */
  #skip = 0;
  #frame: { readonly length: number; readonly time: number } | undefined;
  #problem: IvfProblem | undefined;

  /** `maxFrameLength`: octets, default 16 MiB. */
  constructor(options: { readonly maxFrameLength?: number } = {}) {
    this.#maxFrameLength = options.maxFrameLength ?? 16 * 1024 * 1024;
  }

  /** Known once 32 octets were read. */
  get header(): IvfHeader | undefined {
    return this.#header;
  }

  /** What the reader stopped at; it reads nothing more then. */
  get problem(): IvfProblem | undefined {
    return this.#problem;
  }

  /** Hands over the next octets. Call `poll` until it gives undefined, then push more. */
  push(chunk: Uint8Array): void {
    if (this.#problem === undefined) this.#queue.push(chunk);
  }

  /** The next frame; undefined when more octets are needed or there is a problem. Never throws. */
  poll(): IvfFrame | undefined {
    if (this.#problem !== undefined || !this.#readHeader()) return undefined;
    if (this.#frame === undefined) {
      const bytes = this.#queue.take(IVF_FRAME_HEADER_LENGTH);
      if (bytes === undefined) return undefined;
      const view = new DataView(bytes.buffer);
      this.#frame = { length: view.getUint32(0, true), time: Number(view.getBigUint64(4, true)) };
      if (this.#frame.length > this.#maxFrameLength) {
        this.#problem = "frame-too-large";
        return undefined;
      }
    }
    const { length, time } = this.#frame;
    const data = this.#queue.take(length);
    if (data === undefined) return undefined;
    this.#frame = undefined;
    return { time, data };
  }

  /** There are no more octets: what is left is a problem, or not. */
  end(): void {
    const complete = this.#header !== undefined && this.#skip === 0 && this.#frame === undefined && this.#queue.length === 0;
    if (!complete) this.#problem ??= "truncated";
  }

  #readHeader(): boolean {
    if (this.#header === undefined) {
      const bytes = this.#queue.take(IVF_HEADER_LENGTH);
      if (bytes === undefined) return false;
      const header = parseIvfHeader(bytes);
      if (typeof header === "string") {
        this.#problem = header;
        return false;
      }
      this.#header = header;
      this.#skip = new DataView(bytes.buffer).getUint16(6, true) - IVF_HEADER_LENGTH;
    }
    if (this.#skip > 0) {
      if (this.#queue.take(this.#skip) === undefined) return false;
      this.#skip = 0;
    }
    return true;
  }
}

/** The 32 octets at the start of a file. */
export function parseIvfHeader(bytes: Uint8Array): IvfHeader | "not-ivf" | "bad-header" | "truncated" {
  if (bytes.length < IVF_HEADER_LENGTH) return "truncated";
  const view = new DataView(bytes.buffer, bytes.byteOffset, IVF_HEADER_LENGTH);
  if (view.getUint32(0) !== SIGNATURE) return "not-ivf";
  const header: IvfHeader = {
    fourcc: String.fromCharCode(...bytes.subarray(8, 12)),
    width: view.getUint16(12, true),
    height: view.getUint16(14, true),
    rate: view.getUint32(16, true),
    scale: view.getUint32(20, true),
    length: view.getUint32(24, true),
  };
  const sensible = view.getUint16(4, true) === 0 && view.getUint16(6, true) >= IVF_HEADER_LENGTH && header.rate > 0 && header.scale > 0;
  return sensible ? header : "bad-header";
}

/** The start of a file. */
export function writeIvfHeader(header: IvfHeader): Uint8Array {
  const bytes = new Uint8Array(IVF_HEADER_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, SIGNATURE);
  view.setUint16(6, IVF_HEADER_LENGTH, true);
  for (let i = 0; i < 4; i++) bytes[8 + i] = header.fourcc.charCodeAt(i);
  view.setUint16(12, header.width, true);
  view.setUint16(14, header.height, true);
  view.setUint32(16, header.rate, true);
  view.setUint32(20, header.scale, true);
  view.setUint32(24, header.length, true);
  return bytes;
}

/** A frame with its header. */
export function writeIvfFrame({ time, data }: IvfFrame): Uint8Array {
  const bytes = new Uint8Array(IVF_FRAME_HEADER_LENGTH + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length, true);
  view.setBigUint64(4, BigInt(time), true);
  bytes.set(data, IVF_FRAME_HEADER_LENGTH);
  return bytes;
}

/** "DKIF". */
const SIGNATURE = 0x444b4946;
