/**
 * Access units out of a byte stream of annex B (H.264 §7.4.1.2.3, H.265 §7.4.2.4.4): a new one begins at the first NAL unit that cannot belong to the
 * picture before it.
 */

import { concatBytes } from "@purertc/core";
import { annexB, findStartCode } from "./bitstream/nal-units.ts";

/** Which of the two. */
export type AnnexBCodec = "video/H264" | "video/H265";

/** Reads a stream in pieces of any size. Memory: `maxAccessUnitLength` and one piece. */
export class AnnexBReader {
  readonly #roleOf: (unit: Uint8Array) => Role;
  readonly #maxLength: number;
  #bytes: Uint8Array = new Uint8Array(0);
  /** Where to go on looking for the end of the NAL unit that `#bytes` begins with. */
  #searched = 0;
  #units: Uint8Array[] = [];
  #length = 0;
  #hasPicture = false;
  #ready: Uint8Array[] = [];
  #tooLarge = false;

  /** `maxAccessUnitLength`: octets, default 16 MiB. */
  constructor(codec: AnnexBCodec, options: { readonly maxAccessUnitLength?: number } = {}) {
    this.#roleOf = codec === "video/H264" ? h264Role : h265Role;
    this.#maxLength = options.maxAccessUnitLength ?? 16 * 1024 * 1024;
  }

  /** Whether something did not end within the bound; the reader reads nothing more then. */
  get tooLarge(): boolean {
    return this.#tooLarge;
  }

  /** Hands over the next octets. */
  push(chunk: Uint8Array): void {
    if (this.#tooLarge) return;
    this.#bytes = this.#bytes.length === 0 ? chunk : concatBytes(this.#bytes, chunk);
    let start = 0;
    if (this.#searched === 0) {
      start = findStartCode(this.#bytes, 0);
      if (start < 0) {
        this.#bytes = this.#bytes.slice(-2); // a start code may begin here
        return;
      }
    }
    for (let next = this.#nextStart(start); next >= 0; next = this.#nextStart(start)) {
      this.#add(start + 3, next);
      start = next;
      this.#searched = 0;
    }
    this.#searched = Math.max(3, this.#bytes.length - start - 2);
    this.#bytes = start === 0 ? this.#bytes : this.#bytes.slice(start);
    this.#tooLarge ||= this.#bytes.length > this.#maxLength;
  }

  /** The next access unit, in annex B; undefined when more octets are needed. Never throws. */
  poll(): Uint8Array | undefined {
    return this.#ready.shift();
  }

  /** There are no more octets: the last access unit is complete. */
  end(): void {
    if (this.#searched > 0 && !this.#tooLarge) this.#add(3, this.#bytes.length);
    this.#bytes = new Uint8Array(0);
    this.#searched = 0;
    if (this.#hasPicture && !this.#tooLarge) this.#complete();
  }

  #nextStart(start: number): number {
    return findStartCode(this.#bytes, start + Math.max(3, this.#searched));
  }

  #add(from: number, to: number): void {
    let end = to;
    while (end > from && this.#bytes[end - 1] === 0) end -= 1; // trailing_zero_8bits
    if (end === from || this.#tooLarge) return;
    const unit = this.#bytes.slice(from, end);
    const role = this.#roleOf(unit);
    if (this.#hasPicture && (role === "before-picture" || role === "first-of-picture")) this.#complete();
    if (role === "first-of-picture" || role === "rest-of-picture") this.#hasPicture = true;
    this.#units.push(unit);
    this.#length += unit.length;
    this.#tooLarge = this.#length > this.#maxLength;
  }

  #complete(): void {
    this.#ready.push(annexB(this.#units));
    this.#units = [];
    this.#length = 0;
    this.#hasPicture = false;
  }
}

type Role = "before-picture" | "first-of-picture" | "rest-of-picture" | "after-picture";

/** H.264 table 7-1. A slice whose first_mb_in_slice is 0, one bit that is 1, begins a picture, as long as slices come in their order. */
function h264Role(unit: Uint8Array): Role {
  const type = unit[0]! & 0x1f;
  if (type >= 1 && type <= 5) return type !== 3 && type !== 4 && ((unit[1] ?? 0) & 0x80) !== 0 ? "first-of-picture" : "rest-of-picture";
  const begins = (type >= 6 && type <= 9) || (type >= 14 && type <= 18);
  return begins ? "before-picture" : "after-picture";
}

/** H.265 table 7-1. The first bit of a slice is first_slice_segment_in_pic_flag. */
function h265Role(unit: Uint8Array): Role {
  const type = (unit[0]! >> 1) & 0x3f;
  if (type < 32) return ((unit[2] ?? 0) & 0x80) !== 0 ? "first-of-picture" : "rest-of-picture";
  const begins = (type >= 32 && type <= 35) || type === 39 || (type >= 41 && type <= 44) || (type >= 48 && type <= 55);
  return begins ? "before-picture" : "after-picture";
}
