/** Aligned scratch memory, seen as bytes, as 32-bit words, as 64-bit lanes and through a DataView, that grows to the largest packet met. */

/** What every slab starts as. */
const NO_BYTES = new Uint8Array(0);
const NO_WORDS = new Int32Array(0);
const NO_LANES = new BigUint64Array(0);
const NO_VIEW = new DataView(new ArrayBuffer(0));

/** One piece of memory under four views. */
export class Slab {
  bytes: Uint8Array = NO_BYTES;
  words: Int32Array = NO_WORDS;
  lanes: BigUint64Array = NO_LANES;
  view: DataView = NO_VIEW;

  /** Makes room for `length` bytes. What was in it is lost when it grows. */
  reserve(length: number): void {
    if (length <= this.bytes.length) return;
    // A quarter more than asked, so that slowly growing packets do not allocate each time; whole words.
    const memory = new ArrayBuffer((length + (length >> 2) + 15) & ~15);
    this.bytes = new Uint8Array(memory);
    this.words = new Int32Array(memory);
    this.lanes = new BigUint64Array(memory);
    this.view = new DataView(memory);
  }
}

/**
 * Shared by every stream of the program, because nothing in them outlives one call: the packet at work, the counter blocks on their way into the
 * block cipher, and a keystream that is used once. Each is bounded by the longest packet (64 KiB and a little).
 */
export const packetSlab: Slab = new Slab();
export const counterSlab: Slab = new Slab();
export const aloneSlab: Slab = new Slab();
