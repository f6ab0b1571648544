/** AES in counter mode for a stream of numbered packets: SRTP's AES-CM (RFC 3711 §4.1.1), with the keystream made ahead. */
import { type BlockCipher, InvalidArgumentError, type SequencedCounterMode } from "@purertc/core";
import { checkIndex, checkRange, SEQUENCED_LENGTH_LIMIT } from "../aead-arguments.ts";
import { type LookaheadOptions, lookaheadKeystream } from "./gcm.ts";
import type { Keystream } from "./keystream.ts";
import { xorLanes, xorWords } from "./lanes.ts";
import { packetSlab } from "./slab.ts";
import { WordView } from "./word-view.ts";

/** AES-CM over any block cipher. `counterBase` has 16 bytes and is copied. Packets are at most 64 KiB. */
export function createLookaheadCounterMode(
  blockCipher: BlockCipher,
  counterBase: Uint8Array,
  options: LookaheadOptions = {},
): SequencedCounterMode {
  return new LookaheadCounterMode(blockCipher, counterBase, options);
}

class LookaheadCounterMode implements SequencedCounterMode {
  readonly #blockCipher: BlockCipher;
  readonly #options: LookaheadOptions;
  readonly #keystream: Keystream;
  /** The caller's buffer met last. */
  readonly #words = new WordView();

  constructor(blockCipher: BlockCipher, counterBase: Uint8Array, options: LookaheadOptions) {
    if (counterBase.length !== 16) {
      throw new InvalidArgumentError(`a counter block has 16 bytes, not ${counterBase.length}`, { code: "AES_COUNTER_LENGTH" });
    }
    this.#blockCipher = blockCipher;
    this.#options = options;
    this.#keystream = lookaheadKeystream(blockCipher, counterBase, 8, options);
  }

  forStream(counterBase: Uint8Array): SequencedCounterMode {
    return new LookaheadCounterMode(this.#blockCipher, counterBase, this.#options);
  }

  apply(index: number, buffer: Uint8Array, at: number, length: number): void {
    checkIndex(index);
    checkRange(buffer, at, length, SEQUENCED_LENGTH_LIMIT);
    if (length === 0) return;
    const blocks = (length + 15) >> 4;
    const wordAt = this.#words.wordAt(buffer, at);
    const start = this.#keystream.acquire(index, blocks, (wordAt & 1) === 0 ? 0 : 4);
    if (wordAt >= 0) this.#applyAligned(buffer, at, wordAt, length, start);
    else this.#applyCopied(buffer, at, length, start);
    this.#keystream.confirm(index, blocks);
  }

  /** Whole words, and as many of them as can be as lanes, of the caller's memory, then the last bytes. */
  #applyAligned(buffer: Uint8Array, at: number, wordAt: number, length: number, start: number): void {
    const { words } = this.#words;
    const keystream = this.#keystream;
    const from = start >> 2;
    const wholeWords = length >> 2;
    if (length < LANES_THRESHOLD || ((wordAt ^ from) & 1) !== 0) {
      xorWords(words, wordAt, keystream.words, from, wholeWords);
    } else {
      const head = wordAt & 1;
      const inLanes = (wholeWords - head) & ~1;
      if (head !== 0) words[wordAt]! ^= keystream.words[from]!;
      xorLanes(this.#words.lanes, (wordAt + head) >> 1, keystream.lanes, (from + head) >> 1, inLanes >> 1);
      if (head + inLanes < wholeWords) words[wordAt + wholeWords - 1]! ^= keystream.words[from + wholeWords - 1]!;
    }
    const whole = length & ~3;
    const bytes = keystream.bytes;
    for (let i = whole; i < length; i++) buffer[at + i]! ^= bytes[start + i]!;
  }

  /** Through an aligned copy. */
  #applyCopied(buffer: Uint8Array, at: number, length: number, start: number): void {
    packetSlab.reserve((length + 15) & ~15);
    packetSlab.bytes.set(buffer.subarray(at, at + length));
    xorWords(packetSlab.words, 0, this.#keystream.words, start >> 2, (length + 3) >> 2);
    buffer.set(packetSlab.bytes.subarray(0, length), at);
  }
}

/** Bytes from which lanes are worth their view. */
const LANES_THRESHOLD = 256;
