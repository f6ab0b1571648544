/**
 * Redundant audio (RFC 2198 §3): older frames go along with each new one.
 *
 *    |1| block PT  |  timestamp offset (14)    |   block length (10)   |   for each older frame
 *    |0| block PT  |                                                       for the new one
 *    then the frames, in the same order
 *
 * Browsers also send video in it (RFC 5109's way with ULPFEC): one octet |0| block PT | before each payload. `parseRed` reads that as well.
 */
import { InvalidArgumentError, Malformed, readU16 } from "@purertc/core";
import type { DepacketizedFrame, DepacketizerRefusal, PacketInfo } from "./depacketizer.ts";
import { checkFrame } from "./packetizer.ts";
import { SequenceFollower } from "./sequence-follower.ts";

/** One frame of a payload. `data` is a view. */
export interface RedBlock {
  /** Of the format of this block alone: 0 to 127. */
  readonly payloadType: number;
  /** How much older than the packet's timestamp: 0 for the last block, up to 16 383. */
  readonly timestampOffset: number;
  /** A payload of that format. */
  readonly data: Uint8Array;
}

/** Reads a payload: at least one block, the newest last. */
export function parseRed(payload: Uint8Array): RedBlock[] | Malformed<"truncated" | "too-many-blocks"> {
  const headers: { payloadType: number; timestampOffset: number; length: number }[] = [];
  let at = 0;
  while (payload[at]! >= 0x80) {
    if (at + 4 >= payload.length) return new Malformed("truncated", at);
    if (headers.length === MAX_BLOCKS) return new Malformed("too-many-blocks", at);
    const word = readU16(payload, at + 1);
    headers.push({ payloadType: payload[at]! & 0x7f, timestampOffset: word >>> 2, length: ((word & 3) << 8) | payload[at + 3]! });
    at += 4;
  }
  if (at >= payload.length) return new Malformed("truncated", at);
  const primaryType = payload[at]! & 0x7f;
  at += 1;
  const blocks: RedBlock[] = [];
  for (const { payloadType, timestampOffset, length } of headers) {
    if (at + length > payload.length) return new Malformed("truncated", at);
    blocks.push({ payloadType, timestampOffset, data: payload.subarray(at, at + length) });
    at += length;
  }
  blocks.push({ payloadType: primaryType, timestampOffset: 0, data: payload.subarray(at) });
  return blocks;
}

/** Writes blocks, the newest last, at `out[at]`; returns the length. Throws `InvalidArgumentError` for an offset above 16 383 or an older frame above 1023 octets. */
export function writeRed(out: Uint8Array, at: number, blocks: readonly RedBlock[]): number {
  const primary = blocks.at(-1);
  if (primary === undefined) throw new InvalidArgumentError("RED carries at least one block", { code: "RTP_RED_BLOCKS" });
  let next = at;
  for (const { payloadType, timestampOffset, data } of blocks.slice(0, -1)) {
    if (timestampOffset > MAX_TIMESTAMP_OFFSET || data.length > MAX_BLOCK_LENGTH) {
      throw new InvalidArgumentError("a redundant block is at most 1023 octets and 16383 ticks old", { code: "RTP_RED_BLOCKS" });
    }
    out[next] = 0x80 | payloadType;
    out[next + 1] = timestampOffset >>> 6;
    out[next + 2] = ((timestampOffset & 0x3f) << 2) | (data.length >>> 8);
    out[next + 3] = data.length;
    next += 4;
  }
  out[next++] = primary.payloadType & 0x7f;
  for (const { data } of blocks) {
    out.set(data, next);
    next += data.length;
  }
  return next - at;
}

/** Puts each frame into a payload along with those before it. */
export class RedPacketizer {
  readonly #payloadType: number;
  readonly #distance: number;
  readonly #recent: { data: Uint8Array; timestamp: number }[] = [];

  /** `payloadType`: of the frames inside. `distance`: how many older frames go along, 0 to 8; default 1. */
  constructor(options: { readonly payloadType: number; readonly distance?: number }) {
    this.#payloadType = options.payloadType;
    this.#distance = options.distance ?? 1;
    if (!(this.#distance >= 0 && this.#distance <= 8))
      throw new InvalidArgumentError("0 to 8 older frames go along", { code: "RTP_RED_DISTANCE" });
  }

  /**
   * Writes the payload for a frame at `out[at]` and returns its length. Older frames are left out, the oldest first, when they would exceed `maxPayloadLength`,
   * are too old or too long for the format. Throws `InvalidArgumentError` when the frame alone does not fit.
   */
  packetize(out: Uint8Array, at: number, frame: Uint8Array, timestamp: number, maxPayloadLength: number): number {
    checkFrame(frame);
    let length = 1 + frame.length;
    if (length > maxPayloadLength) throw new InvalidArgumentError("the frame does not fit a RED payload", { code: "RTP_RED_TOO_LARGE" });
    const blocks: RedBlock[] = [{ payloadType: this.#payloadType, timestampOffset: 0, data: frame }];
    for (let i = this.#recent.length - 1; i >= 0; i--) {
      const { data, timestamp: older } = this.#recent[i]!;
      const timestampOffset = (timestamp - older) >>> 0;
      length += 4 + data.length;
      if (length > maxPayloadLength || timestampOffset > MAX_TIMESTAMP_OFFSET || data.length > MAX_BLOCK_LENGTH) break;
      blocks.unshift({ payloadType: this.#payloadType, timestampOffset, data });
    }
    this.#recent.push({ data: frame.slice(), timestamp });
    if (this.#recent.length > this.#distance) this.#recent.shift();
    return writeRed(out, at, blocks);
  }
}

/** A frame from a RED payload. */
export interface RedFrame extends DepacketizedFrame {
  /** Of the format in the RED payload: 0 to 127. */
  readonly payloadType: number;
  /** It came along with a later frame: its own packet is lost. */
  readonly redundant: boolean;
}

/** Takes frames out of RED payloads, each once, and repairs losses with the older ones. */
export class RedDepacketizer {
  readonly #frames: RedFrame[] = [];
  readonly #sequence = new SequenceFollower();
  #lastTimestamp = 0;
  #afterLoss = false;

  /** Takes the next packet. Frames come out in order of their timestamps. */
  push(packet: PacketInfo, payload: Uint8Array): DepacketizerRefusal | undefined {
    const blocks = parseRed(payload);
    if (blocks instanceof Malformed) return "malformed"; // the next packet shows it as missing
    const first = !this.#sequence.started;
    const missing = this.#sequence.follow(packet.sequenceNumber);
    if (missing < 0) return "late";
    // An older frame is fresh when it is newer than all that came out: then it stands for a missing packet.
    const fresh = (offset: number) => !first && missing > 0 && ((packet.timestamp - offset - this.#lastTimestamp) | 0) > 0;
    const repaired = blocks.filter(({ timestampOffset }) => timestampOffset > 0 && fresh(timestampOffset)).length;
    if (missing > repaired) this.#afterLoss = true; // what is still missing lies before the oldest of them
    for (const { payloadType, timestampOffset, data } of blocks) {
      const redundant = timestampOffset > 0;
      if ((redundant && !fresh(timestampOffset)) || data.length === 0) continue;
      const timestamp = (packet.timestamp - timestampOffset) >>> 0;
      this.#frames.push({ data: data.slice(), timestamp, keyframe: true, afterLoss: this.#afterLoss, payloadType, redundant });
      this.#lastTimestamp = timestamp;
      this.#afterLoss = false;
    }
    if (this.#frames.length > MAX_BLOCKS + 1) this.#frames.splice(0, this.#frames.length - MAX_BLOCKS - 1);
    return undefined;
  }

  /** The next frame. */
  poll(): RedFrame | undefined {
    return this.#frames.shift();
  }
}

/** A datagram could name hundreds of empty blocks; senders use one to three. */
const MAX_BLOCKS = 32;
const MAX_TIMESTAMP_OFFSET = 0x3fff;
const MAX_BLOCK_LENGTH = 0x3ff;
