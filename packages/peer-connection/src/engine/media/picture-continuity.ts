/**
 * Picture ids and TL0PICIDX of relayed packets, of VP8 (RFC 7741 §4.2) and VP9 (RFC 9628 §4.2): they go on where the source before stopped, as a decoder needs it.
 */
import { readU16, writeU16 } from "@purertc/core";

/** The codecs whose descriptors have them. */
export type NumberedCodec = "vp8" | "vp9";

/** See the file's header. Rewrites in place; allocates nothing. */
export class PictureContinuity {
  #pictureOffset = 0;
  #tl0Offset = 0;
  #lastPicture = -1;
  #lastTl0 = -1;
  #restarted = true;

  /** Another source: its next packet begins the picture after the last. */
  restart(): void {
    this.#restarted = true;
  }

  /** Rewrites the descriptor at `packet[at]` of a payload that ends at `end`. */
  rewrite(codec: NumberedCodec, packet: Uint8Array, at: number, end: number): void {
    if (end - at < 3) return;
    if (codec === "vp8") this.#rewriteVp8(packet, at, end);
    else this.#rewriteVp9(packet, at, end);
  }

  /** |X|R|N|S|R| PID | and, if X, |I|L|T|K| RSV |; then the picture id if I, and TL0PICIDX if L. */
  #rewriteVp8(packet: Uint8Array, at: number, end: number): void {
    if (packet[at]! < 0x80) return;
    const flags = packet[at + 1]!;
    const pictureAt = (flags & 0x80) !== 0 ? at + 2 : -1;
    const next = at + 2 + pictureLength(packet, pictureAt);
    if (next < end) this.#renumber(packet, pictureAt, (flags & 0x40) !== 0 ? next : -1);
  }

  /** |I|P|L|F|B|E|V|Z|; the picture id if I; if L, the layer's octet and, unless F, TL0PICIDX. */
  #rewriteVp9(packet: Uint8Array, at: number, end: number): void {
    const flags = packet[at]!;
    const pictureAt = (flags & 0x80) !== 0 ? at + 1 : -1;
    const next = at + 1 + pictureLength(packet, pictureAt);
    const hasTl0 = (flags & 0x30) === 0x20;
    if (next + (hasTl0 ? 1 : 0) < end) this.#renumber(packet, pictureAt, hasTl0 ? next + 1 : -1);
  }

  /** -1: it is not there. */
  #renumber(packet: Uint8Array, pictureAt: number, tl0At: number): void {
    const long = pictureLength(packet, pictureAt) === 2;
    const picture = pictureAt < 0 ? -1 : long ? readU16(packet, pictureAt) & 0x7fff : packet[pictureAt]!;
    const tl0 = tl0At < 0 ? -1 : packet[tl0At]!;
    if (this.#restarted) {
      this.#restarted = false;
      this.#pictureOffset = this.#lastPicture < 0 || picture < 0 ? 0 : this.#lastPicture + 1 - picture;
      this.#tl0Offset = this.#lastTl0 < 0 || tl0 < 0 ? 0 : this.#lastTl0 + 1 - tl0;
    }
    if (picture >= 0) {
      const mask = long ? 0x7fff : 0x7f;
      const out = (picture + this.#pictureOffset) & mask;
      if (long) writeU16(packet, pictureAt, 0x8000 | out);
      else packet[pictureAt] = out;
      if (this.#lastPicture < 0 || ((out - this.#lastPicture) & mask) < mask >> 1) this.#lastPicture = out;
    }
    if (tl0 >= 0) {
      const out = (tl0 + this.#tl0Offset) & 0xff;
      packet[tl0At] = out;
      if (this.#lastTl0 < 0 || ((out - this.#lastTl0) & 0xff) < 0x80) this.#lastTl0 = out;
    }
  }
}

/** Octets of a picture id: one, or two where the first says so. */
function pictureLength(packet: Uint8Array, at: number): number {
  if (at < 0) return 0;
  return packet[at]! >= 0x80 ? 2 : 1;
}
