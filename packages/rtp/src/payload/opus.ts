/**
 * Opus (RFC 7587 §4.2): a payload is one Opus packet (RFC 6716 §3), never cut, never joined. Its first octet, TOC:
 *
 *    | config  |s| c |   config: mode, bandwidth and frame duration; s: stereo; c: how many frames follow
 */
import { InvalidArgumentError, Malformed } from "@purertc/core";
import { checkFrame, type Packetizer } from "./packetizer.ts";

/** The RTP clock is 48 kHz, whatever the audio bandwidth (RFC 7587 §4.1). */
export const OPUS_CLOCK_RATE = 48_000;

/** What an Opus packet says of itself. */
export interface OpusPacket {
  /** Which of the two codecs, or both (RFC 6716 §3.1). */
  readonly mode: "silk" | "hybrid" | "celt";
  /** Whether its frames are coded with two channels. */
  readonly stereo: boolean;
  /** Of one frame, in ticks of 48 kHz: 120 (2.5 ms) to 2880 (60 ms). */
  readonly frameDuration: number;
  /** 1 to 48, together at most 120 ms. An empty one was not sent (DTX, or lost before). */
  readonly frames: readonly Uint8Array[];
}

/** Why bytes are no Opus packet: the requirements of RFC 6716 §3.4. */
export type OpusFault = "empty" | "bad-length" | "too-long";

/** Reads a packet; frames are views of it. */
export function parseOpusPacket(payload: Uint8Array): OpusPacket | Malformed<OpusFault> {
  const toc = payload[0];
  if (toc === undefined) return new Malformed("empty", 0); // R1
  const frameDuration = opusFrameDuration(toc);
  const mode = toc < 0x60 ? "silk" : toc < 0x80 ? "hybrid" : "celt";
  const lengths = frameLengths(payload, frameDuration);
  if (lengths instanceof Malformed) return lengths;
  const frames: Uint8Array[] = [];
  let at = lengths.at;
  for (const length of lengths.lengths) {
    if (length > 1275) return new Malformed("too-long", at); // R2
    frames.push(payload.subarray(at, at + length));
    at += length;
  }
  return { mode, stereo: (toc & 4) !== 0, frameDuration, frames };
}

/** Duration of a packet in ticks of 48 kHz; undefined when it is malformed. */
export function opusPacketDuration(payload: Uint8Array): number | undefined {
  const packet = parseOpusPacket(payload);
  return packet instanceof Malformed ? undefined : packet.frameDuration * packet.frames.length;
}

/** The same from the octets `packet[at, end)` without looking further than the frame count: for who has to know it of every packet. 0: there is none. */
export function opusDurationAt(packet: Uint8Array, at: number, end: number): number {
  if (at >= end) return 0;
  const toc = packet[at]!;
  const code = toc & 3;
  const count = code === 0 ? 1 : code < 3 ? 2 : at + 1 < end ? packet[at + 1]! & 0x3f : 0;
  return Math.min(count * opusFrameDuration(toc), LONGEST_PACKET);
}

/** RFC 6716 §3.2.5: 120 ms. */
const LONGEST_PACKET = 5760;

/** RFC 6716 table 2: ticks of 48 kHz. */
function opusFrameDuration(toc: number): number {
  const config = toc >>> 3;
  if (config < 12) return [480, 960, 1920, 2880][config & 3]!; // SILK: 10, 20, 40, 60 ms
  if (config < 16) return [480, 960][config & 1]!; // hybrid: 10, 20 ms
  return [120, 240, 480, 960][config & 3]!; // CELT: 2.5, 5, 10, 20 ms
}

/** Where the frames start and how long each is (RFC 6716 §3.2). */
function frameLengths(payload: Uint8Array, frameDuration: number): { at: number; lengths: number[] } | Malformed<OpusFault> {
  const code = payload[0]! & 3;
  const rest = payload.length - 1;
  if (code === 0) return { at: 1, lengths: [rest] };
  if (code === 1) return rest % 2 === 0 ? { at: 1, lengths: [rest / 2, rest / 2] } : new Malformed("bad-length", 1); // R3
  if (code === 2) {
    const first = codedLength(payload, 1);
    if (first === undefined || first.at + first.length > payload.length) return new Malformed("bad-length", 1); // R4
    return { at: first.at, lengths: [first.length, payload.length - first.at - first.length] };
  }
  const head = payload[1];
  if (head === undefined) return new Malformed("bad-length", 1); // R6
  const count = head & 0x3f;
  if (count === 0 || count * frameDuration > 5760) return new Malformed("too-long", 1); // R5: 120 ms
  let at = 2;
  let end = payload.length;
  if ((head & 0x40) !== 0) {
    let octet = 255;
    while (octet === 255) {
      if (at >= payload.length) return new Malformed("bad-length", at);
      octet = payload[at++]!;
      end -= octet === 255 ? 254 : octet;
    }
  }
  if (end < at) return new Malformed("bad-length", at);
  if ((head & 0x80) === 0) {
    const total = end - at;
    return total % count === 0 ? { at, lengths: new Array(count).fill(total / count) } : new Malformed("bad-length", at); // R6
  }
  const lengths: number[] = [];
  let total = 0;
  for (let i = 1; i < count; i++) {
    const coded = codedLength(payload, at);
    if (coded === undefined) return new Malformed("bad-length", at);
    lengths.push(coded.length);
    total += coded.length;
    at = coded.at;
  }
  const last = end - at - total;
  if (last < 0) return new Malformed("bad-length", at); // R7
  lengths.push(last);
  return { at, lengths };
}

/** RFC 6716 §3.2.1: one octet up to 251, else two: 4 times the second plus the first. */
function codedLength(payload: Uint8Array, at: number): { at: number; length: number } | undefined {
  const first = payload[at];
  if (first === undefined) return undefined;
  if (first < 252) return { at: at + 1, length: first };
  const second = payload[at + 1];
  return second === undefined ? undefined : { at: at + 2, length: 4 * second + first };
}

/** Opus packets to payloads: each is one. */
export class OpusPacketizer implements Packetizer {
  #packet: Uint8Array | undefined;

  get pending(): boolean {
    return this.#packet !== undefined;
  }

  /** Takes an Opus packet, borrowed until nothing is pending. Throws `InvalidArgumentError` when it is larger than `maxPayloadLength`: RFC 7587 §4.2 cuts none. */
  begin(packet: Uint8Array, maxPayloadLength: number): void {
    checkFrame(packet);
    if (!(packet.length <= maxPayloadLength)) {
      throw new InvalidArgumentError("an Opus packet is sent whole: ask the encoder for smaller ones", {
        code: "RTP_OPUS_PACKET_TOO_LARGE",
      });
    }
    this.#packet = packet;
  }

  writeNext(out: Uint8Array, at: number): number {
    const packet = this.#packet;
    if (packet === undefined) return 0;
    out.set(packet, at);
    this.#packet = undefined;
    return packet.length;
  }
}
