/**
 * VP9 (RFC 9628 §4). A picture is one frame for each spatial layer, all with the same timestamp; the marker is on the last packet of the picture.
 * The packetizer takes layer frames, the depacketizer gives pictures.
 */
import { Malformed } from "@purertc/core";
import { BitReader } from "../codec/bits.ts";
import type { DepacketizedFrame, Depacketizer, DepacketizerOptions, DepacketizerRefusal, PacketInfo } from "./depacketizer.ts";
import { FrameAssembler } from "./frame-assembler.ts";
import { checkFrame, checkRoom, type Packetizer, partLength } from "./packetizer.ts";
import { parseVp9Descriptor, type Vp9Descriptor, vp9DescriptorBytes } from "./vp9-descriptor.ts";

/** Whether a frame's uncompressed header (VP9 bitstream §6.2) says KEY_FRAME. */
export function isVp9Keyframe(frame: Uint8Array, at: number = 0): boolean {
  return saysKeyframe(frame, at) === true;
}

/** The same; undefined for what has no frame_marker and so is not VP9. */
function saysKeyframe(frame: Uint8Array, at: number): boolean | undefined {
  const bits = new BitReader(frame, at);
  if (bits.read(2) !== 2) return undefined; // frame_marker
  const profile = bits.read(1) + 2 * bits.read(1);
  if (profile === 3) bits.read(1);
  const showExistingFrame = bits.flag();
  const frameType = bits.read(1);
  return !showExistingFrame && frameType === 0 && !bits.overrun;
}

/** Layer frames to payloads. */
export class Vp9Packetizer implements Packetizer {
  #first: Uint8Array = NOTHING;
  #others: Uint8Array = NOTHING;
  #frame: Uint8Array = NOTHING;
  #at = 0;
  #maxPayloadLength = 0;
  #pending = false;

  get pending(): boolean {
    return this.#pending;
  }

  /**
   * Takes a layer frame, borrowed until nothing is pending. The marker bit belongs on the last packet of the picture's last layer only. `maxPayloadLength`:
   * octets after the RTP header; the descriptor and one octet must fit, 8 octets without a scalability structure.
   */
  begin(frame: Uint8Array, maxPayloadLength: number, descriptor: Vp9Descriptor): void {
    checkFrame(frame);
    this.#first = vp9DescriptorBytes(descriptor, true);
    this.#others = vp9DescriptorBytes(descriptor, false);
    checkRoom(maxPayloadLength, this.#first.length + 1);
    this.#frame = frame;
    this.#at = 0;
    this.#maxPayloadLength = maxPayloadLength;
    this.#pending = true;
  }

  writeNext(out: Uint8Array, at: number): number {
    if (!this.#pending) return 0;
    const start = this.#at === 0;
    const descriptor = start ? this.#first : this.#others;
    const length = partLength(this.#frame.length - this.#at, this.#maxPayloadLength - descriptor.length);
    out.set(descriptor, at);
    out.set(this.#frame.subarray(this.#at, this.#at + length), at + descriptor.length);
    this.#at += length;
    this.#pending = this.#at < this.#frame.length;
    out[at]! |= (start ? 0x08 : 0) | (this.#pending ? 0 : 0x04); // B and E
    return descriptor.length + length;
  }
}

/** A layer frame within a picture. */
export interface Vp9LayerFrame {
  /** Of the layer frame's first packet. */
  readonly descriptor: Vp9Descriptor;
  /** Where its octets lie in the picture's data. */
  readonly at: number;
  /** Octets. */
  readonly length: number;
}

/** A whole picture: its layer frames one after another, as a VP9 decoder takes them. */
export interface Vp9Frame extends DepacketizedFrame {
  /** In the order in which they were sent. */
  readonly layers: readonly Vp9LayerFrame[];
}

interface Details {
  keyframe: boolean;
  layers: Vp9LayerFrame[];
}

/** Payloads to pictures. */
export class Vp9Depacketizer implements Depacketizer<Vp9Frame> {
  readonly #assembler: FrameAssembler<Details>;
  #layer: { descriptor: Vp9Descriptor; at: number } | undefined; // the layer frame that B began and E has not ended

  constructor(options: DepacketizerOptions = {}) {
    this.#assembler = new FrameAssembler(options);
  }

  push(packet: PacketInfo, payload: Uint8Array): DepacketizerRefusal | undefined {
    const assembler = this.#assembler;
    if (payload.length === 0) return assembler.pass(packet);
    const parsed = parseVp9Descriptor(payload);
    if (parsed instanceof Malformed) {
      const refusal = assembler.enter(packet, "inside");
      return refusal === "late" ? refusal : this.#giveUp();
    }
    const { startOfFrame, endOfFrame, length, ...descriptor } = parsed;
    // A picture starts with its lowest layer; where a forwarder took that away, the sequence of packets decides.
    const place = !startOfFrame ? "inside" : (descriptor.layer?.spatialId ?? 0) === 0 ? "start" : "maybe";
    const refusal = assembler.enter(packet, place);
    if (refusal !== undefined) return refusal;
    if (assembler.details === undefined) {
      // INTEROP: FFmpeg 5.1 leaves P clear in every packet; so a frame that says it is none is no keyframe.
      const keyframe = !descriptor.interPicturePredicted && saysKeyframe(payload, length) !== false;
      assembler.start({ keyframe, layers: [] });
      this.#layer = undefined;
    }
    if (startOfFrame !== (this.#layer === undefined)) return this.#giveUp(); // B inside a layer frame, or none where one must begin
    this.#layer ??= { descriptor, at: assembler.length };
    assembler.open = !endOfFrame;
    if (!assembler.append(payload, length, payload.length)) return "too-long";
    if (endOfFrame) {
      const { layers } = assembler.details!;
      if (layers.length === 8) return this.#giveUp(); // SID has three bits
      layers.push({ ...this.#layer, length: assembler.length - this.#layer.at });
      this.#layer = undefined;
    }
    if (!packet.marker) return undefined;
    if (assembler.open) return this.#giveUp();
    assembler.finish();
    return undefined;
  }

  #giveUp(): DepacketizerRefusal {
    this.#assembler.abandon();
    return "malformed";
  }

  poll(): Vp9Frame | undefined {
    return this.#assembler.poll();
  }
}

const NOTHING = new Uint8Array(0);
