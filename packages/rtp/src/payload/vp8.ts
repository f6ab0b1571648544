/**
 * VP8 (RFC 7741 §4.2, §4.3). The payload descriptor, in every packet:
 *
 *    |X|R|N|S|R| PID |
 *    |I|L|T|K| RSV   |   if X
 *    |M| PictureID   |   if I; a second octet if M
 *    |   TL0PICIDX   |   if L
 *    |TID|Y| KEYIDX  |   if T or K
 *
 * The first octet of a frame: |Size0|H| VER |P|, P clear for a keyframe, whose octets 3 to 9 are the start code 9D 01 2A, width and height.
 */
import { Malformed, readU16 } from "@purertc/core";
import type { DepacketizedFrame, Depacketizer, DepacketizerOptions, DepacketizerRefusal, PacketInfo } from "./depacketizer.ts";
import { FrameAssembler } from "./frame-assembler.ts";
import { checkFrame, checkRoom, type Packetizer, partLength } from "./packetizer.ts";

/** What a packet says of its frame. */
export interface Vp8Descriptor {
  /** N: no other frame refers to this one. */
  readonly nonReference?: boolean;
  /** 7 or 15 bits; written with 15. */
  readonly pictureId?: number;
  /** 8 bits: counts frames of the lowest temporal layer. */
  readonly tl0PicIdx?: number;
  /** 0 to 3. */
  readonly temporalId?: number;
  /** Y: only frames of the lowest layer are referred to. Said with `temporalId`. */
  readonly layerSync?: boolean;
  /** 5 bits: which keyframe this frame goes back to. */
  readonly keyIndex?: number;
}

/** The descriptor of a packet, with what belongs to the packet rather than the frame. */
export interface Vp8PacketDescriptor extends Vp8Descriptor {
  /** S: the packet starts a partition. */
  readonly startOfPartition: boolean;
  /** PID: 0 to 7; 0 with S starts the frame. */
  readonly partitionIndex: number;
  /** Octets of the descriptor: where the VP8 data starts. */
  readonly length: number;
}

/** Reads the descriptor at the start of a payload. A payload without data after it is refused. */
export function parseVp8Descriptor(payload: Uint8Array): Vp8PacketDescriptor | Malformed<"truncated"> {
  const first = payload[0]!;
  const extended = (first & 0x80) !== 0;
  const flags = extended ? payload[1]! : 0;
  let at = extended ? 2 : 1;
  let pictureId: number | undefined;
  if ((flags & 0x80) !== 0) {
    const long = payload[at]! >= 0x80;
    pictureId = long ? readU16(payload, at) & 0x7fff : payload[at]!;
    at += long ? 2 : 1;
  }
  const tl0PicIdx = (flags & 0x40) !== 0 ? payload[at++] : undefined;
  const layers = (flags & 0x30) !== 0 ? payload[at++]! : 0;
  if (at >= payload.length) return new Malformed("truncated", payload.length);
  return {
    startOfPartition: (first & 0x10) !== 0,
    partitionIndex: first & 0x07,
    length: at,
    ...((first & 0x20) !== 0 ? { nonReference: true } : {}),
    ...(pictureId === undefined ? {} : { pictureId }),
    ...(tl0PicIdx === undefined ? {} : { tl0PicIdx }),
    ...((flags & 0x20) !== 0 ? { temporalId: layers >>> 6, layerSync: (layers & 0x20) !== 0 } : {}),
    ...((flags & 0x10) !== 0 ? { keyIndex: layers & 0x1f } : {}),
  };
}

/** Whether a frame, or the first octets of it, is a keyframe: RFC 6386 §9.1. */
export function isVp8Keyframe(frame: Uint8Array, at: number = 0): boolean {
  return at < frame.length && (frame[at]! & 1) === 0;
}

/** Width and height in pixels that a keyframe states (RFC 6386 §9.1); undefined for any other frame. */
export function vp8FrameSize(frame: Uint8Array): { readonly width: number; readonly height: number } | undefined {
  if (frame.length < 10 || !isVp8Keyframe(frame) || frame[3] !== 0x9d || frame[4] !== 0x01 || frame[5] !== 0x2a) return undefined;
  return { width: (frame[6]! | (frame[7]! << 8)) & 0x3fff, height: (frame[8]! | (frame[9]! << 8)) & 0x3fff };
}

/** Frames to payloads. */
export class Vp8Packetizer implements Packetizer {
  readonly #descriptor = new Uint8Array(6);
  #descriptorLength = 1;
  #frame: Uint8Array = this.#descriptor;
  #at = 0;
  #room = 0;
  #pending = false;

  get pending(): boolean {
    return this.#pending;
  }

  /** Takes a frame, borrowed until nothing is pending. `maxPayloadLength`: octets after the RTP header, at least 7. */
  begin(frame: Uint8Array, maxPayloadLength: number, descriptor: Vp8Descriptor = {}): void {
    checkFrame(frame);
    this.#descriptorLength = writeVp8Descriptor(this.#descriptor, descriptor);
    checkRoom(maxPayloadLength, this.#descriptorLength + 1);
    this.#frame = frame;
    this.#at = 0;
    this.#room = maxPayloadLength - this.#descriptorLength;
    this.#pending = true;
  }

  writeNext(out: Uint8Array, at: number): number {
    if (!this.#pending) return 0;
    const descriptor = this.#descriptor;
    const start = at + this.#descriptorLength;
    for (let i = 0; i < this.#descriptorLength; i++) out[at + i] = descriptor[i]!;
    if (this.#at > 0) out[at]! &= ~0x10; // S only at the start: the frame is sent as one partition (§4.4)
    const length = partLength(this.#frame.length - this.#at, this.#room);
    out.set(this.#frame.subarray(this.#at, this.#at + length), start);
    this.#at += length;
    this.#pending = this.#at < this.#frame.length;
    return this.#descriptorLength + length;
  }
}

/** Writes the descriptor of a frame's first packet at the start of `out`; returns its length, 1 to 6. */
function writeVp8Descriptor(out: Uint8Array, descriptor: Vp8Descriptor): number {
  const { pictureId, tl0PicIdx, temporalId, keyIndex } = descriptor;
  const flags =
    (pictureId === undefined ? 0 : 0x80) |
    (tl0PicIdx === undefined ? 0 : 0x40) |
    (temporalId === undefined ? 0 : 0x20) |
    (keyIndex === undefined ? 0 : 0x10);
  out[0] = (flags === 0 ? 0 : 0x80) | (descriptor.nonReference === true ? 0x20 : 0) | 0x10;
  if (flags === 0) return 1;
  out[1] = flags;
  let at = 2;
  if (pictureId !== undefined) {
    out[at++] = 0x80 | (pictureId >>> 8);
    out[at++] = pictureId;
  }
  if (tl0PicIdx !== undefined) out[at++] = tl0PicIdx;
  if ((flags & 0x30) !== 0) out[at++] = ((temporalId ?? 0) << 6) | (descriptor.layerSync === true ? 0x20 : 0) | ((keyIndex ?? 0) & 0x1f);
  return at;
}

/** A whole VP8 frame and the descriptor of its first packet. */
export interface Vp8Frame extends DepacketizedFrame {
  /** Of the first packet. */
  readonly descriptor: Vp8Descriptor;
}

/** Payloads to frames. */
export class Vp8Depacketizer implements Depacketizer<Vp8Frame> {
  readonly #assembler: FrameAssembler<{ keyframe: boolean; descriptor: Vp8Descriptor }>;

  constructor(options: DepacketizerOptions = {}) {
    this.#assembler = new FrameAssembler(options);
  }

  push(packet: PacketInfo, payload: Uint8Array): DepacketizerRefusal | undefined {
    const assembler = this.#assembler;
    if (payload.length === 0) return assembler.pass(packet);
    const startsFrame = (payload[0]! & 0x17) === 0x10; // S and PID 0
    const refusal = assembler.enter(packet, startsFrame ? "start" : "inside");
    if (refusal !== undefined) return refusal;
    let at: number;
    if (assembler.details === undefined) {
      const parsed = parseVp8Descriptor(payload);
      if (parsed instanceof Malformed) return this.#giveUp();
      const { startOfPartition: _s, partitionIndex: _p, length, ...descriptor } = parsed;
      at = length;
      assembler.start({ keyframe: isVp8Keyframe(payload, at), descriptor });
    } else {
      at = vp8DescriptorLength(payload);
      if (at >= payload.length) return this.#giveUp();
    }
    if (!assembler.append(payload, at, payload.length)) return "too-long";
    if (packet.marker) assembler.finish();
    return undefined;
  }

  #giveUp(): DepacketizerRefusal {
    this.#assembler.abandon();
    return "malformed";
  }

  poll(): Vp8Frame | undefined {
    return this.#assembler.poll();
  }
}

/** Length of the descriptor, without looking at what it says; beyond the payload when it is cut. */
function vp8DescriptorLength(payload: Uint8Array): number {
  if (payload[0]! < 0x80) return 1;
  const flags = payload[1]!;
  const pictureId = (flags & 0x80) === 0 ? 0 : payload[2]! >= 0x80 ? 2 : 1;
  return 2 + pictureId + ((flags & 0x40) !== 0 ? 1 : 0) + ((flags & 0x30) !== 0 ? 1 : 0);
}
