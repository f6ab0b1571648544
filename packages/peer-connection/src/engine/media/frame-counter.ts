/**
 * Counts the frames of a video stream of which every packet came (webrtc-stats framesReceived), whether anybody puts them together or not: a frame lies between two
 * packets with the marker bit, which all of the payload formats set on a frame's last packet.
 */
import type { SeenPackets } from "./seen-packets.ts";

/** See the file's header. */
export class FrameCounter {
  readonly #seen: SeenPackets;
  /** The stream's first packet begins a frame, as far as anybody can tell; -1 before it. */
  #first = -1;
  /** Frames that are complete. */
  frames = 0;

  constructor(seen: SeenPackets) {
    this.#seen = seen;
  }

  /** A packet has just been added to those that were seen. Each is looked at twice at most where they come in order. Hot. */
  added(sequenceNumber: number): void {
    if (this.#first < 0) this.#first = sequenceNumber;
    if (this.#isComplete(sequenceNumber)) this.frames += 1;
    // The end of one frame tells where the next begins, which may be there already.
    const next = (sequenceNumber + 1) & 0xffff;
    if (this.#seen.hasMarked(sequenceNumber) && this.#seen.has(next) && this.#endOf(next)) this.frames += 1;
  }

  /** The stream began anew. */
  restart(): void {
    this.#first = -1;
  }

  #isComplete(sequenceNumber: number): boolean {
    if (!this.#endOf(sequenceNumber)) return false;
    for (let one = sequenceNumber, steps = 0; steps < LONGEST_FRAME; steps++) {
      if (one === this.#first) return true;
      one = (one - 1) & 0xffff;
      if (this.#seen.hasMarked(one)) return true;
      if (!this.#seen.has(one)) return false;
    }
    return false;
  }

  /** Whether all is there from a packet to the end of its frame. */
  #endOf(sequenceNumber: number): boolean {
    for (let one = sequenceNumber, steps = 0; steps < LONGEST_FRAME && this.#seen.has(one); steps++) {
      if (this.#seen.hasMarked(one)) return true;
      one = (one + 1) & 0xffff;
    }
    return false;
  }
}

/** Packets. Below what is remembered of them, and more than two megabytes. */
const LONGEST_FRAME = 2000;
