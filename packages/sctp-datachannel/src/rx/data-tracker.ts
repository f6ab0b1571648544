import { writeU16, writeU32 } from "@purertc/core";
import { ChunkType } from "../codec/chunk-types.ts";
import { SACK_HEADER_LENGTH } from "../codec/chunks/sack.ts";

/** What a TSN is to the tracker: the next in order, ahead of a gap, seen before, or too far ahead to be acknowledged. */
export type TsnKind = "next" | "ahead" | "duplicate" | "beyond";

/** Gap ack blocks are 16-bit offsets (RFC 9260 §3.3.4): a TSN further ahead could not be reported. */
const MAX_AHEAD = 0xffff;
/** Separate runs ahead of the cumulative TSN that are remembered; data that would begin another is dropped, as if lost. */
const MAX_RUNS = 1024;
/** Duplicates reported in one SACK. */
const MAX_DUPLICATES = 32;

/** Which TSNs arrived, and when and how to say so (RFC 9260 §6.2). TSNs are counted from 1, the peer's initial TSN. */
export class DataTracker {
  readonly #tsnBase: number;
  #cumulative = 0;
  /** Runs of TSNs ahead of a gap, ascending and apart, ends included. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #duplicates: number[] = [];
  #packets = 0;
  #due = false;
  #unreported = false;

  constructor(initialTsn: number) {
    this.#tsnBase = initialTsn - 1;
  }

  /** Everything up to here arrived or was skipped. */
  get cumulative(): number {
    return this.#cumulative;
  }

  /** The cumulative TSN as on the wire. */
  get cumulativeTsn(): number {
    return (this.#tsnBase + this.#cumulative) >>> 0;
  }

  /** The highest TSN that arrived. */
  get highest(): number {
    return this.#ends.length === 0 ? this.#cumulative : this.#ends[this.#ends.length - 1]!;
  }

  /** A SACK should go out now. */
  get sackDue(): boolean {
    return this.#due;
  }

  /** A SACK would say something new: send one along when a packet goes out anyway, or when the delay ends. */
  get hasUnreported(): boolean {
    return this.#unreported;
  }

  /** The index of a TSN on the wire: the nearest to the cumulative one. */
  indexOf(tsn: number): number {
    return this.#cumulative + ((tsn - this.#tsnBase - this.#cumulative) | 0);
  }

  /** What `record` would do. Changes nothing. */
  kindOf(index: number): TsnKind {
    if (index <= this.#cumulative) return "duplicate";
    if (index === this.#cumulative + 1) return "next";
    if (index > this.#cumulative + MAX_AHEAD) return "beyond";
    const run = this.#runAtOrAfter(index);
    if (run < this.#starts.length && this.#starts[run]! <= index) return "duplicate";
    const joins = (run < this.#starts.length && this.#starts[run] === index + 1) || (run > 0 && this.#ends[run - 1] === index - 1);
    return joins || this.#starts.length < MAX_RUNS ? "ahead" : "beyond";
  }

  /** A TSN of kind "next" or "ahead" arrived and is kept. */
  record(index: number): void {
    this.#unreported = true;
    if (index === this.#cumulative + 1) {
      this.#cumulative = index;
      if (this.#starts.length === 0) return;
      if (this.#starts[0] === index + 1) {
        this.#cumulative = this.#ends[0]!;
        this.#starts.shift();
        this.#ends.shift();
      }
      this.#due = true; // §6.2: a gap was filled
      return;
    }
    this.#due = true; // §6.2, §6.7: a gap
    const run = this.#runAtOrAfter(index);
    const joinsNext = run < this.#starts.length && this.#starts[run] === index + 1;
    const joinsLast = run > 0 && this.#ends[run - 1] === index - 1;
    if (joinsNext && joinsLast) {
      this.#ends[run - 1] = this.#ends[run]!;
      this.#starts.splice(run, 1);
      this.#ends.splice(run, 1);
    } else if (joinsNext) {
      this.#starts[run] = index;
    } else if (joinsLast) {
      this.#ends[run - 1] = index;
    } else {
      this.#starts.splice(run, 0, index);
      this.#ends.splice(run, 0, index);
    }
  }

  /** §6.2: a duplicate is reported at once. */
  recordDuplicate(index: number): void {
    this.#due = true;
    this.#unreported = true;
    if (this.#duplicates.length < MAX_DUPLICATES) this.#duplicates.push(this.#tsnBase + index);
  }

  /** RFC 3758 §3.6: everything up to `index` counts as arrived. */
  skipTo(index: number): void {
    this.#due = true;
    this.#unreported = true;
    if (index <= this.#cumulative) return;
    this.#cumulative = index;
    let runs = 0;
    while (runs < this.#starts.length && this.#starts[runs]! <= this.#cumulative + 1) {
      this.#cumulative = Math.max(this.#cumulative, this.#ends[runs]!);
      runs += 1;
    }
    this.#starts.splice(0, runs);
    this.#ends.splice(0, runs);
  }

  /** A packet with DATA was taken in whole. §6.2: every second one is acknowledged without delay, and any that arrives while there is a gap. */
  endOfDataPacket(immediate: boolean): void {
    this.#packets += 1;
    if (immediate || this.#packets >= 2 || this.#starts.length > 0) this.requestSack();
  }

  /** A SACK should go out now, whatever arrived. */
  requestSack(): void {
    this.#due = true;
    this.#unreported = true;
  }

  /** Writes a SACK at `out[at]`, with as many blocks as fit before `limit`; returns its end, or `at` when it does not fit. Changes nothing. */
  writeSack(out: Uint8Array, at: number, limit: number, window: number): number {
    if (limit - at < SACK_HEADER_LENGTH) return at;
    const blocks = Math.min(this.#starts.length, (limit - at - SACK_HEADER_LENGTH) >> 2);
    const duplicates = Math.min(this.#duplicates.length, ((limit - at - SACK_HEADER_LENGTH) >> 2) - blocks);
    let end = at + SACK_HEADER_LENGTH;
    out[at] = ChunkType.SACK;
    out[at + 1] = 0;
    writeU32(out, at + 4, this.#tsnBase + this.#cumulative);
    writeU32(out, at + 8, window);
    writeU16(out, at + 12, blocks);
    writeU16(out, at + 14, duplicates);
    for (let i = 0; i < blocks; i++) {
      writeU16(out, end, this.#starts[i]! - this.#cumulative);
      writeU16(out, end + 2, this.#ends[i]! - this.#cumulative);
      end += 4;
    }
    for (let i = 0; i < duplicates; i++) {
      writeU32(out, end, this.#duplicates[i]!);
      end += 4;
    }
    writeU16(out, at + 2, end - at);
    return end;
  }

  /** The SACK just written goes out. */
  sackSent(): void {
    this.#duplicates.length = 0;
    this.#packets = 0;
    this.#due = false;
    this.#unreported = false;
  }

  /** Index of the first run that ends at or after `index`. */
  #runAtOrAfter(index: number): number {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle]! < index) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
