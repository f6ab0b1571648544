/** VP8's picture ids and TL0PICIDX of relayed packets (RFC 7741 §4.2): they go on where the source before stopped, as a decoder needs it. */
import { readU16, writeU16 } from "@purertc/core";

/** See the file's header. Rewrites in place; allocates nothing. */
export class Vp8Continuity {
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
  rewrite(packet: Uint8Array, at: number, end: number): void {
    if (end - at < 3 || packet[at]! < 0x80) return;
    const flags = packet[at + 1]!;
    let next = at + 2;
    const pictureAt = (flags & 0x80) !== 0 ? next : -1;
    const long = pictureAt >= 0 && packet[pictureAt]! >= 0x80;
    if (pictureAt >= 0) next += long ? 2 : 1;
    const tl0At = (flags & 0x40) !== 0 ? next : -1;
    if (next >= end) return;
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
