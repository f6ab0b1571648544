/**
 * Assembling frames of several packets: what VP8, VP9, H.264, H.265 and AV1 have in common. It follows sequence numbers, timestamps and markers, so that no
 * frame with a missing packet is ever handed out.
 */
import { Queue } from "@purertc/core";
import {
  DEFAULT_MAX_FRAME_LENGTH,
  type DepacketizedFrame,
  type DepacketizerOptions,
  type DepacketizerRefusal,
  type PacketInfo,
} from "./depacketizer.ts";
import { SequenceFollower } from "./sequence-follower.ts";

/**
 * What a payload says of its place in the frame. `start`: certainly the first packet. `maybe`: it can be the first; the sequence of packets decides.
 * `inside`: certainly not the first.
 */
export type PlaceInFrame = "start" | "maybe" | "inside";

/** Collects the octets of one frame at a time. `Details` is what the codec adds to a frame; it may be changed until the frame is whole. */
export class FrameAssembler<Details extends { keyframe: boolean }> {
  readonly #maxFrameLength: number;
  readonly #frames = new Queue<DepacketizedFrame & Details>();
  #buffer: Uint8Array = new Uint8Array(2048);
  #length = 0;
  #details: Details | undefined; // of the frame being assembled; undefined: none is
  #afterLoss = false;
  readonly #sequence = new SequenceFollower();
  #lastTimestamp = 0;
  #lastMarker = false;
  #marks = false; // the sender uses the marker
  /** A fragment of the frame has begun and not ended, so that the frame cannot end here. Set by the codec. */
  open = false;

  constructor(options: DepacketizerOptions) {
    this.#maxFrameLength = options.maxFrameLength ?? DEFAULT_MAX_FRAME_LENGTH;
  }

  /** Of the frame being assembled; undefined when `enter` says that the packet starts one. */
  get details(): Details | undefined {
    return this.#details;
  }

  /** Octets of the frame so far. */
  get length(): number {
    return this.#length;
  }

  /** What was assembled so far; for the codec to look at, until the next call. */
  get octets(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /**
   * Takes note of a packet. Undefined: its payload may be used, and when `details` is undefined it starts a frame: call `start`. Otherwise the packet is refused.
   */
  enter(packet: PacketInfo, place: PlaceInFrame): DepacketizerRefusal | undefined {
    const { timestamp, marker } = packet;
    const first = !this.#sequence.started;
    const missing = this.#follow(packet);
    if (missing < 0) return "late";
    const sameFrame = timestamp === this.#lastTimestamp && !this.#lastMarker;
    // A frame that ends without a marker ends where the timestamp changes, as long as nothing is missing in between.
    if (this.#details !== undefined && !sameFrame) this.finish();
    // Where frames end with markers, one packet missing after one without was the end of that frame: another timestamp is the start of the next.
    const lostEnd = missing === 1 && this.#marks && !this.#lastMarker && timestamp !== this.#lastTimestamp;
    const boundary = first || (missing === 0 ? !sameFrame : lostEnd);
    this.#marks ||= marker;
    this.#lastTimestamp = timestamp;
    this.#lastMarker = marker;
    if (this.#details !== undefined || place === "start" || (place === "maybe" && boundary)) return undefined;
    this.#afterLoss = true;
    return "missing-start";
  }

  /** Takes note of a packet without payload: padding that was sent to probe the path. It belongs to no frame. */
  pass(packet: PacketInfo): DepacketizerRefusal | undefined {
    return this.#follow(packet) < 0 ? "late" : undefined;
  }

  /** Packets missing before this one; negative: it is late. A frame with a missing packet is given up. */
  #follow({ sequenceNumber }: PacketInfo): number {
    const missing = this.#sequence.follow(sequenceNumber);
    if (missing > 0) this.abandon();
    return missing;
  }

  /** Starts a frame with the packet that was just entered. */
  start(details: Details): void {
    this.#details = details;
    this.#length = 0;
    this.open = false;
  }

  /** Appends `bytes[from, to)`. False: the frame would be too long and is given up. */
  append(bytes: Uint8Array, from: number, to: number): boolean {
    const length = this.#length + to - from;
    if (!this.#makeRoom(length)) return false;
    this.#buffer.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), this.#length);
    this.#length = length;
    return true;
  }

  /** Appends one octet; false as `append`. */
  appendOctet(octet: number): boolean {
    if (!this.#makeRoom(this.#length + 1)) return false;
    this.#buffer[this.#length] = octet;
    this.#length += 1;
    return true;
  }

  #makeRoom(length: number): boolean {
    if (length > this.#maxFrameLength) {
      this.abandon();
      return false;
    }
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.min(this.#maxFrameLength, Math.max(length, this.#buffer.length * 2)));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    return true;
  }

  /** The frame ends here: hands it out, unless a fragment in it is open. */
  finish(): void {
    const details = this.#details;
    if (details === undefined) return;
    if (this.open) {
      this.abandon();
      return;
    }
    const data = this.#buffer.slice(0, this.#length);
    this.#frames.push({ data, timestamp: this.#lastTimestamp, afterLoss: this.#afterLoss, ...details });
    this.#details = undefined;
    this.#afterLoss = false;
  }

  /** Gives the frame up, if there is one: packets are missing or make no sense. */
  abandon(): void {
    this.#details = undefined;
    this.#afterLoss = true;
  }

  /** The next whole frame. */
  poll(): (DepacketizedFrame & Details) | undefined {
    return this.#frames.shift();
  }
}
