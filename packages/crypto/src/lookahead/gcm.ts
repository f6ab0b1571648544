/**
 * AES-GCM (NIST SP 800-38D) for a stream whose nonces count up: keystream made ahead, XOR and GHASH in one pass over an aligned copy of the packet.
 */
import { type BlockCipher, type SequencedAead, writeU32 } from "@purertc/core";
import {
  AEAD_TAG_LENGTH,
  checkIndex,
  checkNonce,
  checkRange,
  checkSealIndex,
  checkSequencedAad,
  SEQUENCED_LENGTH_LIMIT,
} from "../aead-arguments.ts";
import { Ghash } from "./ghash.ts";
import { Keystream, LOOKAHEAD_PACKETS } from "./keystream.ts";
import { xorLanes } from "./lanes.ts";
import { aadSlab, packetSlab } from "./slab.ts";

/** Choices of `createLookaheadAead` and `createLookaheadCounterMode`. */
export interface LookaheadOptions {
  /**
   * Packets whose keystream is made in one call of the block cipher, 0 to 64; default 8. 0 makes each packet's alone: right for a block cipher whose
   * calls cost nothing by themselves, such as one written in JavaScript.
   */
  readonly packets?: number;
}

/**
 * AES-GCM over any block cipher. `nonceBase` has 12 bytes and is copied.
 * One object seals or opens one stream; memory is at most 64 KiB of GHASH tables, shared by all streams of `forStream`, and 12 KiB of keystream, and
 * under 4 KiB while hardly used.
 */
export function createLookaheadAead(blockCipher: BlockCipher, nonceBase: Uint8Array, options: LookaheadOptions = {}): SequencedAead {
  const hashKey = new Uint8Array(16);
  blockCipher.encrypt(hashKey, 0, 16, hashKey, 0);
  return new LookaheadGcm(blockCipher, new Ghash(hashKey), nonceBase, lookaheadPackets(options));
}

/** The checked value of `options.packets`. */
export function lookaheadPackets(options: LookaheadOptions): number {
  const packets = options.packets ?? LOOKAHEAD_PACKETS;
  checkRange(LARGEST_WINDOW, 0, packets, LARGEST_WINDOW.length);
  return packets;
}

class LookaheadGcm implements SequencedAead {
  readonly tagLength: number = AEAD_TAG_LENGTH;
  readonly #blockCipher: BlockCipher;
  readonly #packets: number;
  readonly #keystream: Keystream;
  /** Tables of the key, and a running state that never outlives a call: shared by the streams of the key. */
  readonly #ghash: Ghash;
  #lastSealed = -1;

  constructor(blockCipher: BlockCipher, ghash: Ghash, nonceBase: Uint8Array, packets: number) {
    checkNonce(nonceBase);
    this.#blockCipher = blockCipher;
    this.#ghash = ghash;
    this.#packets = packets;
    scratchCounterBase.set(nonceBase);
    scratchCounterBase[15] = 1; // §7.1 step 2: J0, whose cipher masks the tag; the data begins with the block after it
    this.#keystream = new Keystream(blockCipher, scratchCounterBase, 6, packets);
  }

  forStream(nonceBase: Uint8Array): SequencedAead {
    return new LookaheadGcm(this.#blockCipher, this.#ghash, nonceBase, this.#packets);
  }

  seal(index: number, aad: Uint8Array, buffer: Uint8Array, at: number, length: number, aadLength: number = aad.length): void {
    checkSealIndex(index, this.#lastSealed);
    checkSequencedAad(aad, aadLength);
    checkRange(buffer, at, length, SEQUENCED_LENGTH_LIMIT);
    checkRange(buffer, at, length + AEAD_TAG_LENGTH, SEQUENCED_LENGTH_LIMIT + AEAD_TAG_LENGTH);
    this.#lastSealed = index;
    const blocks = 1 + ((length + 15) >> 4);
    const start = this.#keystream.acquire(index, blocks);
    packetSlab.reserve(blocks * 16);
    const slab = packetSlab.bytes;
    slab.set(buffer.subarray(at, at + length));
    this.#begin(aad, aadLength);
    const whole = length & ~15;
    this.#ghash.encryptAndAbsorb(packetSlab.lanes, 0, this.#keystream.lanes, (start >> 3) + 2, whole >> 4);
    if (whole < length) {
      xorLanes(packetSlab.lanes, whole >> 3, this.#keystream.lanes, (start + 16 + whole) >> 3, 2);
      zeroTail(slab, length);
      this.#ghash.absorb(packetSlab.lanes, whole >> 3, 1);
    }
    this.#finish(aadLength, length, start);
    const tag = this.#ghash.state;
    for (let i = 0; i < AEAD_TAG_LENGTH; i++) slab[length + i] = tag[i]!;
    buffer.set(slab.subarray(0, length + AEAD_TAG_LENGTH), at);
    this.#keystream.confirm(index, blocks);
  }

  open(
    index: number,
    aad: Uint8Array,
    sealed: Uint8Array,
    at: number,
    length: number,
    out: Uint8Array,
    outAt: number,
    aadLength: number = aad.length,
  ): boolean {
    checkIndex(index);
    checkSequencedAad(aad, aadLength);
    checkRange(sealed, at, length, SEQUENCED_LENGTH_LIMIT + AEAD_TAG_LENGTH);
    const plainLength = length - AEAD_TAG_LENGTH;
    if (plainLength < 0) return false;
    checkRange(out, outAt, plainLength, SEQUENCED_LENGTH_LIMIT);
    const blocks = 1 + ((plainLength + 15) >> 4);
    const start = this.#keystream.acquire(index, blocks);
    packetSlab.reserve(blocks * 16);
    const slab = packetSlab.bytes;
    slab.set(sealed.subarray(at, at + plainLength));
    this.#begin(aad, aadLength);
    zeroTail(slab, plainLength);
    this.#ghash.absorbAndDecrypt(packetSlab.lanes, 0, this.#keystream.lanes, (start >> 3) + 2, blocks - 1);
    this.#finish(aadLength, plainLength, start);
    const tag = this.#ghash.state;
    let difference = 0;
    for (let i = 0; i < AEAD_TAG_LENGTH; i++) difference |= tag[i]! ^ sealed[at + plainLength + i]!;
    if (difference !== 0) return false; // `out` was not touched
    out.set(slab.subarray(0, plainLength), outAt);
    this.#keystream.confirm(index, blocks);
    return true;
  }

  /** Starts GHASH with the additional data (§7.1 step 5). */
  #begin(aad: Uint8Array, length: number): void {
    aadSlab.reserve(length + 15);
    const padded = aadSlab.bytes;
    const end = (length + 15) & ~15;
    if (length <= 64) for (let i = 0; i < length; i++) padded[i] = aad[i]!;
    else padded.set(aad.subarray(0, length));
    for (let i = length; i < end; i++) padded[i] = 0;
    this.#ghash.reset();
    this.#ghash.absorb(aadSlab.lanes, 0, end >> 4);
  }

  /** Ends GHASH with both lengths in bits and masks it (steps 5 and 6): its state is then the tag. */
  #finish(aadLength: number, length: number, start: number): void {
    writeU32(scratchLengths, 4, aadLength * 8);
    writeU32(scratchLengths, 12, length * 8);
    this.#ghash.absorb(scratchLengthLanes, 0, 1);
    this.#ghash.mask(this.#keystream.lanes, start >> 3);
  }
}

/** Zeros from `length` to the end of its block (step 4). */
function zeroTail(slab: Uint8Array, length: number): void {
  for (let i = length; (i & 15) !== 0; i++) slab[i] = 0;
}

const LARGEST_WINDOW = new Uint8Array(64);

/** Shared by all streams, because nothing in them outlives a call: the initial counter block, and the block of lengths. */
const scratchCounterBase = new Uint8Array(16);
const scratchLengths = new Uint8Array(16);
const scratchLengthLanes = new BigUint64Array(scratchLengths.buffer);
