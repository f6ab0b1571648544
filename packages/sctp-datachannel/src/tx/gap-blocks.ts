import { readU16 } from "@purertc/core";

/**
 * The gap ack blocks of the SACK being read beside those of the last one, so that a SACK costs what changed and not what it covers.
 * TSN indices, ends included. Walk the differences with the `next...` methods (each gives 0 at its end), then `commit`.
 */
export class GapBlocks {
  #starts: number[] = [];
  #ends: number[] = [];
  #count = 0;
  #newStarts: number[] = [];
  #newEnds: number[] = [];
  #newCount = 0;
  #index = 0;
  #block = 0;
  #other = 0;

  /** Reads `count` blocks; false when they are not in order and apart. `highestRead` tells how far they reach. */
  read(bytes: Uint8Array, at: number, count: number, cumulative: number): boolean {
    let before = cumulative;
    for (let i = 0; i < count; i++) {
      const start = cumulative + readU16(bytes, at + 4 * i);
      const end = cumulative + readU16(bytes, at + 4 * i + 2);
      if (start <= before || end < start) return false;
      this.#newStarts[i] = start;
      this.#newEnds[i] = end;
      before = end;
    }
    this.#newCount = count;
    this.#rewind();
    return true;
  }

  /** There is no news of gaps: as if the last blocks had been read again. */
  keepRead(): void {
    for (let i = 0; i < this.#count; i++) {
      this.#newStarts[i] = this.#starts[i]!;
      this.#newEnds[i] = this.#ends[i]!;
    }
    this.#newCount = this.#count;
    this.#rewind();
  }

  /** End of the last block read, 0 when there is none. */
  get highestRead(): number {
    return this.#newCount === 0 ? 0 : this.#newEnds[this.#newCount - 1]!;
  }

  get bothEmpty(): boolean {
    return this.#count === 0 && this.#newCount === 0;
  }

  /** The next index above `cumulative` that the last SACK covered and this one does not. */
  nextReneged(cumulative: number): number {
    return this.#nextIn(cumulative, this.#starts, this.#ends, this.#count, this.#newStarts, this.#newEnds, this.#newCount);
  }

  /** The next index above `cumulative` that this SACK covers and the last one did not. */
  nextNew(cumulative: number): number {
    return this.#nextIn(cumulative, this.#newStarts, this.#newEnds, this.#newCount, this.#starts, this.#ends, this.#count);
  }

  /** The next index between `cumulative` and the last block that no block covers. */
  nextMissing(cumulative: number): number {
    if (this.#index === 0) this.#index = cumulative + 1;
    while (this.#block < this.#newCount) {
      if (this.#index < this.#newStarts[this.#block]!) return this.#index++;
      this.#index = this.#newEnds[this.#block]! + 1;
      this.#block += 1;
    }
    this.#rewind();
    return 0;
  }

  /** What was read becomes the last. */
  commit(): void {
    const starts = this.#starts;
    const ends = this.#ends;
    this.#starts = this.#newStarts;
    this.#ends = this.#newEnds;
    this.#count = this.#newCount;
    this.#newStarts = starts;
    this.#newEnds = ends;
    this.#newCount = 0;
    this.#rewind();
  }

  #rewind(): void {
    this.#index = 0;
    this.#block = 0;
    this.#other = 0;
  }

  /** Walks the blocks `a` without what is in the blocks `b`. */
  #nextIn(
    cumulative: number,
    aStarts: readonly number[],
    aEnds: readonly number[],
    aCount: number,
    bStarts: readonly number[],
    bEnds: readonly number[],
    bCount: number,
  ): number {
    while (this.#block < aCount) {
      this.#index = Math.max(this.#index, aStarts[this.#block]!, cumulative + 1);
      if (this.#index > aEnds[this.#block]!) {
        this.#block += 1;
        continue;
      }
      while (this.#other < bCount && bEnds[this.#other]! < this.#index) this.#other += 1;
      if (this.#other === bCount || this.#index < bStarts[this.#other]!) return this.#index++;
      this.#index = bEnds[this.#other]! + 1;
    }
    this.#rewind();
    return 0;
  }
}
