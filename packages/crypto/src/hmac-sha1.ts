/**
 * HMAC-SHA1 (RFC 2104) as SRTP and STUN need it: many short messages under one key. The blocks that depend on the key only are hashed once.
 *
 * Where the host has a one-shot native SHA-1, messages above 240 bytes go through one call of it (inner pad, then message, in one piece of memory);
 * the outer block stays here. Below, the call costs more than it saves.
 */
import { type Mac, readU32, writeU32 } from "@purertc/core";
import { checkRange } from "./aead-arguments.ts";
import { Slab } from "./lookahead/slab.ts";
import { loadSha1Block, SHA1_INITIAL_STATE, sha1Block } from "./sha1.ts";

/** SHA-1 of `bytes`, one character for each byte: a string costs less than a new array. */
export type NativeSha1 = (bytes: Uint8Array) => string;

export class HmacSha1 implements Mac {
  readonly length: number = SHA1_LENGTH;
  /** What depends on the key: the states after the inner and the outer pad, five words each, and the inner pad, for the native call. */
  readonly #keyed = new Int32Array(KEYED_LENGTH);
  readonly #native: NativeSha1 | undefined;

  /** `key` has any length and is copied. */
  constructor(key: Uint8Array, native?: NativeSha1) {
    this.#native = native;
    const pad = new Uint8Array(BLOCK_LENGTH);
    if (key.length <= BLOCK_LENGTH) {
      pad.set(key);
    } else {
      scratchState.set(SHA1_INITIAL_STATE); // RFC 2104 §2: longer keys are hashed first
      finishInner(key, 0, key.length, 0, undefined);
      writeState(scratchState, pad, 0);
    }
    loadSha1Block(scratchBlocks, pad, 0);
    for (let word = 0; word < BLOCK_WORDS; word++) scratchBlocks[word]! ^= 0x36363636;
    if (native !== undefined) this.#keyed.set(scratchBlocks.subarray(0, BLOCK_WORDS), INNER_PAD);
    scratchState.set(SHA1_INITIAL_STATE);
    sha1Block(scratchState, scratchBlocks, 0);
    this.#keyed.set(scratchState, INNER_STATE);
    for (let word = 0; word < BLOCK_WORDS; word++) scratchBlocks[word]! ^= 0x36363636 ^ 0x5c5c5c5c;
    scratchState.set(SHA1_INITIAL_STATE);
    sha1Block(scratchState, scratchBlocks, 0);
    this.#keyed.set(scratchState, OUTER_STATE);
  }

  compute(...parts: readonly Uint8Array[]): Uint8Array {
    let length = 0;
    for (const part of parts) length += part.length;
    messageSlab.reserve(BLOCK_LENGTH + length);
    let at = BLOCK_LENGTH;
    for (const part of parts) {
      messageSlab.bytes.set(part, at);
      at += part.length;
    }
    const out = new Uint8Array(SHA1_LENGTH);
    this.#computeJs(messageSlab.bytes, BLOCK_LENGTH, at, out, 0, undefined);
    return out;
  }

  computeInto(data: Uint8Array, from: number, to: number, out: Uint8Array, at: number, suffix?: number): void {
    checkRange(data, from, to - from, Number.MAX_SAFE_INTEGER);
    checkRange(out, at, SHA1_LENGTH, Number.MAX_SAFE_INTEGER);
    if (this.#native === undefined || to - from <= NATIVE_THRESHOLD) this.#computeJs(data, from, to, out, at, suffix);
    else this.#computeNative(this.#native, data, from, to, out, at, suffix);
  }

  #computeJs(data: Uint8Array, from: number, to: number, out: Uint8Array, at: number, suffix: number | undefined): void {
    loadState(this.#keyed, INNER_STATE);
    finishInner(data, from, to, BLOCK_LENGTH, suffix);
    for (let word = 0; word < STATE_WORDS; word++) scratchOuter[word] = scratchState[word]!;
    this.#finishOuter(out, at);
  }

  #computeNative(
    native: NativeSha1,
    data: Uint8Array,
    from: number,
    to: number,
    out: Uint8Array,
    at: number,
    suffix: number | undefined,
  ): void {
    let end = BLOCK_LENGTH + to - from;
    const whole = from === 0 && data.length - to <= SURPLUS_LIMIT;
    messageSlab.reserve((whole ? BLOCK_LENGTH + data.length : end) + 4);
    const message = messageSlab.bytes;
    if (prepared.padOf !== this || prepared.memory !== message) this.#writePad(message);
    message.set(whole ? data : data.subarray(from, to), BLOCK_LENGTH);
    if (suffix !== undefined) {
      writeU32(message, end, suffix);
      end += 4;
    }
    if (prepared.view.length !== end || prepared.view.buffer !== message.buffer) prepared.view = message.subarray(0, end);
    const inner = native(prepared.view);
    for (let word = 0, i = 0; word < STATE_WORDS; word++, i += 4) {
      scratchOuter[word] =
        (inner.charCodeAt(i) << 24) | (inner.charCodeAt(i + 1) << 16) | (inner.charCodeAt(i + 2) << 8) | inner.charCodeAt(i + 3);
    }
    this.#finishOuter(out, at);
  }

  /** Puts the inner pad in front of the message, and notes whose it is. */
  #writePad(message: Uint8Array): void {
    const keyed = this.#keyed;
    for (let word = 0; word < BLOCK_WORDS; word++) writeU32(message, 4 * word, keyed[INNER_PAD + word]! >>> 0);
    prepared.padOf = this;
    prepared.memory = message;
  }

  /** The outer hash of the inner digest that stands in the scratch block. */
  #finishOuter(out: Uint8Array, at: number): void {
    loadState(this.#keyed, OUTER_STATE);
    sha1Block(scratchState, scratchOuter, 0);
    writeState(scratchState, out, at);
  }
}

/** Hashes `[from, to)`, the suffix and the padding (FIPS 180-4 §5.1.1) into the scratch state; `before` bytes were hashed already. */
function finishInner(data: Uint8Array, from: number, to: number, before: number, suffix: number | undefined): void {
  const state = scratchState;
  const blocks = scratchBlocks;
  const bits = (before + to - from + (suffix === undefined ? 0 : 4)) * 8;
  for (; from + BLOCK_LENGTH <= to; from += BLOCK_LENGTH) {
    loadSha1Block(blocks, data, from);
    sha1Block(state, blocks, 0);
  }
  let word = 0;
  for (; from + 4 <= to; from += 4) blocks[word++] = readU32(data, from);
  // What is left of the data, the suffix and the bit behind them do not begin at words: `partial` holds the first `shift` bits of the next.
  const shift = 8 * (to - from);
  let partial = 0;
  for (let left = 24; from < to; from++, left -= 8) partial |= data[from]! << left;
  if (suffix !== undefined) {
    blocks[word++] = partial | (suffix >>> shift);
    partial = shift === 0 ? 0 : suffix << (32 - shift);
  }
  blocks[word++] = partial | (0x8000_0000 >>> shift);
  const end = word <= BLOCK_WORDS - 2 ? BLOCK_WORDS : 2 * BLOCK_WORDS;
  while (word < end - 2) blocks[word++] = 0; // sooner done than a call of fill
  blocks[end - 2] = Math.floor(bits / 0x1_0000_0000);
  blocks[end - 1] = bits;
  sha1Block(state, blocks, 0);
  if (end > BLOCK_WORDS) sha1Block(state, blocks, BLOCK_WORDS);
}

/** Into the scratch state. Five stores; a call of `set` takes longer. */
function loadState(from: Int32Array, at: number): void {
  const to = scratchState;
  to[0] = from[at]!;
  to[1] = from[at + 1]!;
  to[2] = from[at + 2]!;
  to[3] = from[at + 3]!;
  to[4] = from[at + 4]!;
}

function writeState(state: Int32Array, out: Uint8Array, at: number): void {
  for (let word = 0; word < STATE_WORDS; word++) writeU32(out, at + 4 * word, state[word]!);
}

const SHA1_LENGTH = 20;
const BLOCK_LENGTH = 64;
/** The same two in words. */
const STATE_WORDS = 5;
const BLOCK_WORDS = 16;
/** Bytes above which the native call wins (measured on Node 20). */
const NATIVE_THRESHOLD = 240;
/** Bytes behind the message that are sooner copied with it than left out by a view of it. */
const SURPLUS_LIMIT = 1024;
/** Where things are in the words of a key. */
const INNER_STATE = 0;
const OUTER_STATE = 5;
const INNER_PAD = 10;
const KEYED_LENGTH = 26;

// Shared by all keys, because nothing in them outlives one call.
const scratchState = new Int32Array(STATE_WORDS);
/** The block at work; two, for the end of a message. */
const scratchBlocks = new Int32Array(2 * BLOCK_WORDS);
/** The only block of the outer message: the inner digest, and padding that never changes. */
const scratchOuter = new Int32Array(BLOCK_WORDS);
scratchOuter[STATE_WORDS] = 0x8000_0000;
scratchOuter[BLOCK_WORDS - 1] = (BLOCK_LENGTH + SHA1_LENGTH) * 8;
/** A message behind its inner pad; shared, because no message outlives one call. */
const messageSlab = new Slab();
/** What the native form finds in that slab: most often the next message is under the same key and as long as the one before. */
const prepared: { padOf: HmacSha1 | undefined; memory: Uint8Array | undefined; view: Uint8Array } = {
  padOf: undefined,
  memory: undefined,
  view: new Uint8Array(0),
};
