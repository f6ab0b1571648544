/** The replay list as a sliding window of bits (RFC 3711 §3.3.2): which of the last `size` packet indices were seen. */
import { InvalidArgumentError } from "@purertc/core";

/** Throws unless `size` is a power of two from 64 (the least RFC 3711 §3.3.2 allows) to 32768 (half the sequence numbers: more could not be told apart). */
export function checkReplayWindow(size: number): void {
  if (Number.isInteger(size) && size >= 64 && size <= 32_768 && (size & (size - 1)) === 0) return;
  throw new InvalidArgumentError(`a replay window of ${size} packets is not a power of two from 64 to 32768`, {
    code: "SRTP_REPLAY_WINDOW",
  });
}

export class ReplayWindow {
  /** One bit for each index of the window, at `index mod size`. */
  readonly #bits: Uint32Array;
  readonly #size: number;
  /** The highest index seen; -1 for none. */
  #top = -1;

  /** `size` is one that `checkReplayWindow` lets pass. */
  constructor(size: number) {
    this.#size = size;
    this.#bits = new Uint32Array(size >> 5);
  }

  /** Whether `index` was seen, or is so far behind that it may have been. Changes nothing. */
  check(index: number): "new" | "replayed" | "too-old" {
    const ahead = index - this.#top;
    if (ahead > 0) return "new";
    if (ahead <= -this.#size) return "too-old";
    const bit = index & (this.#size - 1);
    return (this.#bits[bit >> 5]! & (1 << (bit & 31))) === 0 ? "new" : "replayed";
  }

  /** Notes an index that `check` called new, once its packet is authentic. */
  add(index: number): void {
    const mask = this.#size - 1;
    const ahead = index - this.#top;
    if (ahead > 0) {
      if (ahead >= this.#size) this.#bits.fill(0);
      else for (let i = 1; i < ahead; i++) this.#clear((index - i) & mask);
      this.#top = index;
    }
    const bit = index & mask;
    this.#bits[bit >> 5]! |= 1 << (bit & 31);
  }

  #clear(bit: number): void {
    this.#bits[bit >> 5]! &= ~(1 << (bit & 31));
  }
}
