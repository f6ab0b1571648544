/**
 * AES-GCM (NIST SP 800-38D) for a stream whose nonces count up: keystream made ahead, XOR and GHASH in one pass over the caller's memory.
 */
import type { BlockCipher, SequencedAead } from "@purertc/core";
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
import { type IndexPosition, Keystream, LEAST_PACKETS, MOST_PACKETS } from "./keystream.ts";
import { xorWords, xorWordsInto } from "./lanes.ts";
import { packetSlab } from "./slab.ts";
import { WordView } from "./word-view.ts";

/** Choices of `createLookaheadAead` and `createLookaheadCounterMode`. */
export interface LookaheadOptions {
  /**
   * Packets whose keystream is made in one call of the block cipher, 0 to 64; default 8 large or up to 32 small ones. 0 makes each packet's alone: right for a
   * block cipher whose calls cost nothing by themselves, such as one written in JavaScript.
   */
  readonly packets?: number;
}

/**
 * AES-GCM over any block cipher. `nonceBase` has 12 bytes and is copied.
 * One object seals or opens one stream; memory is at most 64 KiB of GHASH tables, shared by all streams of `forStream`, and 12 KiB of keystream, and
 * under 6 KiB while hardly used.
 */
export function createLookaheadAead(blockCipher: BlockCipher, nonceBase: Uint8Array, options: LookaheadOptions = {}): SequencedAead {
  const hashKey = new Uint8Array(16);
  blockCipher.encrypt(hashKey, 0, 16, hashKey, 0);
  return new LookaheadGcm(blockCipher, new Ghash(hashKey), nonceBase, options);
}

/** The keystream of one stream, as `options` say. */
export function lookaheadKeystream(
  blockCipher: BlockCipher,
  counterBase: Uint8Array,
  indexPosition: IndexPosition,
  options: LookaheadOptions,
): Keystream {
  const { packets } = options;
  if (packets === undefined) return new Keystream(blockCipher, counterBase, indexPosition, LEAST_PACKETS, MOST_PACKETS, WARM_UP_PACKETS);
  checkRange(LARGEST_WINDOW, 0, packets, LARGEST_WINDOW.length);
  return new Keystream(blockCipher, counterBase, indexPosition, packets, packets);
}

class LookaheadGcm implements SequencedAead {
  readonly tagLength: number = AEAD_TAG_LENGTH;
  readonly #blockCipher: BlockCipher;
  readonly #options: LookaheadOptions;
  readonly #keystream: Keystream;
  /** Tables of the key, and a running state that never outlives a call: shared by the streams of the key. */
  readonly #ghash: Ghash;
  /** The caller's buffer met last. */
  readonly #words = new WordView();
  #lastSealed = -1;

  constructor(blockCipher: BlockCipher, ghash: Ghash, nonceBase: Uint8Array, options: LookaheadOptions) {
    checkNonce(nonceBase);
    this.#blockCipher = blockCipher;
    this.#ghash = ghash;
    this.#options = options;
    scratchCounterBase.set(nonceBase);
    scratchCounterBase[15] = 1; // §7.1 step 2: J0, whose cipher masks the tag; the data begins with the block after it
    this.#keystream = lookaheadKeystream(blockCipher, scratchCounterBase, 6, options);
  }

  forStream(nonceBase: Uint8Array): SequencedAead {
    return new LookaheadGcm(this.#blockCipher, this.#ghash, nonceBase, this.#options);
  }

  seal(index: number, aad: Uint8Array, buffer: Uint8Array, at: number, length: number, aadLength: number = aad.length): void {
    checkSealIndex(index, this.#lastSealed);
    checkSequencedAad(aad, aadLength);
    if (length < 0) checkRange(buffer, at, length, SEQUENCED_LENGTH_LIMIT);
    checkRange(buffer, at, length + AEAD_TAG_LENGTH, SEQUENCED_LENGTH_LIMIT + AEAD_TAG_LENGTH);
    this.#lastSealed = index;
    const blocks = 1 + ((length + 15) >> 4);
    const start = this.#keystream.acquire(index, blocks);
    const wordAt = this.#words.wordAt(buffer, at);
    this.#beginHash(aad, aadLength, buffer);
    if (wordAt >= 0) {
      this.#sealIn(buffer, at, this.#words.words, wordAt, length, aadLength, start);
    } else {
      packetSlab.reserve(length + AEAD_TAG_LENGTH);
      const slab = packetSlab.bytes;
      slab.set(buffer.subarray(at, at + length));
      this.#sealIn(slab, 0, packetSlab.words, 0, length, aadLength, start);
      buffer.set(slab.subarray(0, length + AEAD_TAG_LENGTH), at);
    }
    this.#keystream.confirm(index, blocks);
  }

  /** Encrypts and hashes `bytes[at, at + length)`, which are also words from `wordAt`, and writes the tag behind. */
  #sealIn(bytes: Uint8Array, at: number, words: Int32Array, wordAt: number, length: number, aadLength: number, start: number): void {
    const { words: keystreamWords, bytes: keystream } = this.#keystream;
    const from = start + 16;
    const whole = length & ~15;
    this.#ghash.encryptAndAbsorb(words, wordAt, keystreamWords, from >> 2, whole >> 4);
    let done = whole;
    for (; done + 4 <= length; done += 4) words[wordAt + (done >> 2)]! ^= keystreamWords[(from + done) >> 2]!;
    for (; done < length; done++) bytes[at + done]! ^= keystream[from + done]!;
    this.#ghash.absorbEnd(words, wordAt + (whole >> 2), bytes, at + length, aadLength, length);
    this.#ghash.mask(keystreamWords, start >> 2);
    if ((length & 3) === 0) this.#ghash.copyState(words, wordAt + (length >> 2));
    else this.#ghash.copyStateBytes(bytes, at + length);
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
    const wordAt = sealed === out && at === outAt ? this.#words.wordAt(out, at) : -1;
    let authentic: boolean;
    if (wordAt >= 0) {
      const { words } = this.#words;
      authentic = this.#isAuthentic(aad, aadLength, sealed, at, words, wordAt, plainLength, start, sealed, at + plainLength);
      if (authentic) this.#decryptIn(out, at, words, wordAt, plainLength, start + 16);
    } else {
      packetSlab.reserve(plainLength);
      packetSlab.bytes.set(sealed.subarray(at, at + plainLength));
      const { bytes, words } = packetSlab;
      authentic = this.#isAuthentic(aad, aadLength, bytes, 0, words, 0, plainLength, start, sealed, at + plainLength);
      if (authentic) this.#decryptSlab(plainLength, start + 16, out, outAt);
    }
    if (authentic) this.#keystream.confirm(index, blocks);
    return authentic; // when not, `out` was not touched
  }

  /** Whether `tag[tagAt, tagAt + 16)` is the tag of `bytes[at, at + length)`, which are also words from `wordAt`. */
  #isAuthentic(
    aad: Uint8Array,
    aadLength: number,
    bytes: Uint8Array,
    at: number,
    words: Int32Array,
    wordAt: number,
    length: number,
    start: number,
    tag: Uint8Array,
    tagAt: number,
  ): boolean {
    const ghash = this.#ghash;
    this.#beginHash(aad, aadLength, bytes);
    const whole = length & ~15;
    ghash.absorb(words, wordAt, whole >> 4);
    ghash.absorbEnd(words, wordAt + (whole >> 2), bytes, at + length, aadLength, length);
    ghash.mask(this.#keystream.words, start >> 2);
    if (tag === bytes && (length & 3) === 0) return ghash.isStateInWords(words, wordAt + (length >> 2));
    return ghash.isState(tag, tagAt);
  }

  /** Hashes the additional data; by words, where it stands in the buffer that is in view. */
  #beginHash(aad: Uint8Array, length: number, inView: Uint8Array): void {
    const ghash = this.#ghash;
    ghash.reset();
    const at = aad === inView && (length & 3) === 0 ? this.#words.wordAt(aad, 0) : -1;
    if (at >= 0) ghash.absorbPaddedWords(this.#words.words, at, length >> 2);
    else ghash.absorbPadded(aad, length);
  }

  /** XORs keystream from byte `from` onto `bytes[at, at + length)`, which are also words from `wordAt`. */
  #decryptIn(bytes: Uint8Array, at: number, words: Int32Array, wordAt: number, length: number, from: number): void {
    const whole = length & ~3;
    xorWords(words, wordAt, this.#keystream.words, from >> 2, whole >> 2);
    const keystream = this.#keystream.bytes;
    for (let i = whole; i < length; i++) bytes[at + i]! ^= keystream[from + i]!;
  }

  /** Writes what the slab holds, decrypted, to `out`. */
  #decryptSlab(length: number, from: number, out: Uint8Array, outAt: number): void {
    const keystreamWords = this.#keystream.words;
    const slab = packetSlab.bytes;
    const wordAt = this.#words.wordAt(out, outAt);
    if (wordAt >= 0) {
      const whole = length & ~3;
      xorWordsInto(this.#words.words, wordAt, packetSlab.words, keystreamWords, from >> 2, whole >> 2);
      const keystream = this.#keystream.bytes;
      for (let i = whole; i < length; i++) out[outAt + i] = slab[i]! ^ keystream[from + i]!;
    } else {
      xorWords(packetSlab.words, 0, keystreamWords, from >> 2, (length + 3) >> 2);
      out.set(slab.subarray(0, length), outAt);
    }
  }
}

const LARGEST_WINDOW = new Uint8Array(64);

/** Shared by all streams, because nothing in it outlives a call. */
const scratchCounterBase = new Uint8Array(16);

/** More than a data channel takes to open, and than is sent on one that is opened and left alone for some minutes. */
const WARM_UP_PACKETS = 32;
