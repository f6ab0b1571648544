/**
 * The keystream of the next packets of one stream, made before they exist.
 *
 * In counter mode the blocks of a packet depend on its index only, so one call of the block cipher can make the keystream of the next 8 packets: in
 * node:crypto the call costs more than the AES. A window of indices `[base, base + packets)` is made when the first of them is asked for, with room
 * for packets as long as those lately seen. Everything else (reordered, skipped ahead, longer than the room) is made alone, in shared memory.
 *
 * Only `confirm`, called for packets that were sealed or that authenticated, moves the window or changes its room. A forged packet can therefore cost
 * at most the making of one packet's keystream, or of the window that the next real packet needs anyway.
 *
 * Memory: nothing during the warm-up, so that a connection that was opened and is idle costs nothing; then one window, at most
 * 8 * 97 * 16 bytes (12 KiB), grown as packets of that length are confirmed.
 */
import type { BlockCipher } from "@purertc/core";
import { aloneSlab, counterSlab, Slab } from "./slab.ts";

/** Where the 48-bit index stands in the counter block: GCM nonces have it at byte 6, AES-CM (RFC 3711 §4.1.1) at byte 8. */
export type IndexPosition = 6 | 8;

export class Keystream {
  /** After `acquire`: the memory the keystream is in. Valid until the next `acquire` of any stream. */
  bytes: Uint8Array;
  /** The same memory as 32-bit words. */
  words: Int32Array;
  /** And as 64-bit lanes. */
  lanes: BigUint64Array;
  readonly #cipher: BlockCipher;
  readonly #leastPackets: number;
  readonly #mostPackets: number;
  readonly #indexPosition: IndexPosition;
  readonly #base0: number;
  readonly #base1: number;
  readonly #base2: number;
  readonly #base3: number;
  readonly #window = new Slab();
  /** First index of the window, and how many packets it is for. */
  #start = 0;
  #packets: number;
  /** Room for each packet of the window, in blocks; 0 before the first packet. */
  #blocks = 0;
  /** Where in its memory the window starts. */
  #lead = 0;
  /** Whether the window's keystream was made yet. */
  #filled = false;
  /** Blocks of the longest packet confirmed in this window, and in the one before it. */
  #longest = 0;
  #longestBefore = 0;
  /** Genuine packets in a row from before the window. */
  #late = 0;
  /** Genuine packets still to come before windows pay. */
  #warmUp: number;

  /**
   * `counterBase` is the 16-byte counter block of index 0. A window is for `leastPackets`; for up to `mostPackets` when they are so small that it stays within
   * 6 KiB. 0 makes every packet alone, and so are the first `warmUp` genuine ones.
   */
  constructor(
    cipher: BlockCipher,
    counterBase: Uint8Array,
    indexPosition: IndexPosition,
    leastPackets: number,
    mostPackets: number = leastPackets,
    warmUp = 0,
  ) {
    this.#warmUp = warmUp;
    const view = new DataView(counterBase.buffer, counterBase.byteOffset, 16);
    this.#cipher = cipher;
    this.#leastPackets = leastPackets;
    this.#mostPackets = mostPackets;
    this.#packets = leastPackets;
    this.#indexPosition = indexPosition;
    this.#base0 = view.getUint32(0);
    this.#base1 = view.getUint32(4);
    this.#base2 = view.getUint32(8);
    this.#base3 = view.getUint32(12);
    this.bytes = this.#window.bytes;
    this.words = this.#window.words;
    this.lanes = this.#window.lanes;
  }

  /**
   * Makes sure of `blocks` (at least 1) blocks of keystream for packet `index` and returns where in `bytes` they start: a multiple of 16, or 4 more. `lead`, 0 or
   * 4, asks for one of both, so that data which does not stand at a multiple of 8 can still be XORed in lanes; a window made before stays as it is.
   */
  acquire(index: number, blocks: number, lead: 0 | 4 = 0): number {
    const ahead = index - this.#start;
    if (ahead >= 0 && ahead < this.#packets && blocks <= this.#blocks) {
      if (!this.#filled) this.#fill(lead);
      if (this.words !== this.#window.words) this.#show(this.#window);
      return this.#lead + ahead * this.#blocks * 16;
    }
    aloneSlab.reserve(blocks * 16 + lead);
    counterSlab.reserve(blocks * 16);
    this.#writeCounters(0, index, blocks);
    this.#cipher.encrypt(counterSlab.bytes, 0, blocks * 16, aloneSlab.bytes, lead);
    this.#show(aloneSlab);
    return lead;
  }

  #show(slab: Slab): void {
    this.bytes = slab.bytes;
    this.words = slab.words;
    this.lanes = slab.lanes;
  }

  /** Packet `index` of `blocks` blocks is genuine: what comes next can be foreseen from it. */
  confirm(index: number, blocks: number): void {
    if (this.#warmUp > 0) {
      this.#warmUp -= 1;
      return;
    }
    const ahead = index - this.#start;
    if (ahead < 0 && ++this.#late <= this.#packets) return; // says nothing of what comes next, unless all packets are late: then the window ran ahead
    this.#late = 0;
    const roomy = blocks <= WINDOW_BLOCK_LIMIT;
    if (roomy && blocks > this.#longest) this.#longest = blocks;
    if (ahead >= 0 && ahead < this.#packets - 1 && (blocks <= this.#blocks || !roomy)) return;
    // The window is used up, left behind, or too narrow for what this stream carries: the next one starts after this packet. Two windows of
    // shorter packets make it narrower again.
    this.#blocks = Math.max(this.#longest, this.#longestBefore);
    this.#packets = Math.max(this.#leastPackets, Math.min(this.#mostPackets, Math.floor(SMALL_WINDOW_BLOCKS / this.#blocks)));
    this.#longestBefore = this.#longest;
    this.#longest = 0;
    this.#start = index + 1;
    this.#filled = false;
  }

  #fill(lead: number): void {
    this.#lead = lead;
    const bytesPerPacket = this.#blocks * 16;
    const length = this.#packets * bytesPerPacket;
    this.#window.reserve(length + lead);
    counterSlab.reserve(length);
    const { bytes, view } = counterSlab;
    this.#writeCounters(0, this.#start, this.#blocks);
    const low = this.#start & 0xffff;
    if (low + this.#packets <= 0x1_0000 && (this.#base3 & 0xffff) + this.#blocks <= 0x1_0000) {
      // Nothing but the low 16 bits of the index differs between the packets: copy the first one's blocks and write those bits.
      const lowBase = bytes[this.#indexPosition + 4]! * 256 + bytes[this.#indexPosition + 5]!;
      for (let done = bytesPerPacket; done < length; done *= 2) bytes.copyWithin(done, 0, Math.min(done, length - done));
      for (let packet = 1; packet < this.#packets; packet++) {
        const field = lowBase ^ low ^ (low + packet);
        const end = (packet + 1) * bytesPerPacket;
        for (let at = packet * bytesPerPacket + this.#indexPosition + 4; at < end; at += 16) view.setUint16(at, field);
      }
    } else {
      for (let packet = 1; packet < this.#packets; packet++)
        this.#writeCounters(packet * bytesPerPacket, this.#start + packet, this.#blocks);
    }
    this.#cipher.encrypt(bytes, 0, length, this.#window.bytes, lead);
    this.#filled = true;
  }

  /** The counter blocks of one packet, written at `at` of the shared slab: initial block, then plus one each, as a 128-bit number. */
  #writeCounters(at: number, index: number, blocks: number): void {
    const view = counterSlab.view;
    let word1 = this.#base1;
    let word2: number;
    let word3 = this.#base3;
    if (this.#indexPosition === 6) {
      word1 ^= Math.floor(index / 0x1_0000_0000);
      word2 = this.#base2 ^ (index >>> 0);
    } else {
      word2 = this.#base2 ^ Math.floor(index / 0x1_0000);
      word3 = (word3 ^ (index << 16)) >>> 0;
    }
    let word0 = this.#base0;
    for (const end = at + blocks * 16; at < end; at += 16) {
      view.setUint32(at, word0);
      view.setUint32(at + 4, word1);
      view.setUint32(at + 8, word2);
      view.setUint32(at + 12, word3);
      if (++word3 <= 0xffff_ffff) continue;
      // Out of the last word: never with SRTP's or GCM's bases, whose last 16 bits are 0 or 1.
      word3 = 0;
      word2 = (word2 + 1) | 0;
      if (word2 === 0) word1 = (word1 + 1) | 0;
      if (word2 === 0 && word1 === 0) word0 = (word0 + 1) | 0;
    }
  }
}

/** Packets longer than an Ethernet frame (96 blocks, and GCM's tag mask) are made alone: there the call no longer costs more than the AES. */
const WINDOW_BLOCK_LIMIT = 97;

/** Packets made at once: the knee of the measured curve for video, */
export const LEAST_PACKETS = 8;
/** and for audio, where a call costs more than all the AES in it. */
export const MOST_PACKETS = 32;
/** Blocks up to which a window grows beyond the least number of packets. */
const SMALL_WINDOW_BLOCKS = 384;
