/** The sliding window that refuses a record number seen before (RFC 6347 §4.1.2.6, RFC 9147 §4.5.1). */
import { InvalidArgumentError } from "@purertc/core";

/**
 * Remembers which of the last `size` record numbers came. Check with `isReplay` before authentication, call `accept` only after it.
 * Numbers are from 0 to 2^48 - 1. Both calls cost the same whatever came before, but for a jump ahead, which clears at most the window.
 */
export class AntiReplayWindow {
  readonly #size: number;
  readonly #mask: number;
  readonly #words: Uint32Array;
  /** One more than the greatest number accepted. */
  #next = 0;

  /** `size`: how far behind the newest a record may come; a power of two from 64 (the RFC's suggestion) to 65536. */
  constructor(size: number) {
    if (!Number.isInteger(size) || size < 64 || size > 0x1_0000 || (size & (size - 1)) !== 0) {
      throw new InvalidArgumentError("the window is a power of two from 64 to 65536", { code: "DTLS_REPLAY_WINDOW" });
    }
    this.#size = size;
    this.#mask = size - 1;
    this.#words = new Uint32Array(size / 32);
  }

  /** Whether the number was accepted before, or is too old to tell. Changes nothing. */
  isReplay(number: number): boolean {
    if (number >= this.#next) return false;
    if (number < this.#next - this.#size) return true;
    const bit = number & this.#mask;
    return (this.#words[bit >>> 5]! & (1 << (bit & 31))) !== 0;
  }

  /** Marks the number of an authenticated record. */
  accept(number: number): void {
    if (number >= this.#next) {
      if (number - this.#next >= this.#size) this.#words.fill(0);
      else for (let passed = this.#next; passed < number; passed++) this.#clear(passed & this.#mask);
      this.#next = number + 1;
    }
    // `&` on a number of up to 48 bits works modulo 2^32, and the window size divides that.
    const bit = number & this.#mask;
    this.#words[bit >>> 5] = this.#words[bit >>> 5]! | (1 << (bit & 31));
  }

  #clear(bit: number): void {
    this.#words[bit >>> 5] = this.#words[bit >>> 5]! & ~(1 << (bit & 31));
  }
}
