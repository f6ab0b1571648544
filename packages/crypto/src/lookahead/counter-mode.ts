/** AES in counter mode for a stream of numbered packets: SRTP's AES-CM (RFC 3711 §4.1.1), with the keystream made ahead. */
import { type BlockCipher, InvalidArgumentError, type SequencedCounterMode } from "@purertc/core";
import { checkIndex, checkRange, SEQUENCED_LENGTH_LIMIT } from "../aead-arguments.ts";
import { type LookaheadOptions, lookaheadPackets } from "./gcm.ts";
import { Keystream } from "./keystream.ts";
import { xorLanes } from "./lanes.ts";
import { packetSlab } from "./slab.ts";

/** AES-CM over any block cipher. `counterBase` has 16 bytes and is copied. Packets are at most 64 KiB. */
export function createLookaheadCounterMode(
  blockCipher: BlockCipher,
  counterBase: Uint8Array,
  options: LookaheadOptions = {},
): SequencedCounterMode {
  return new LookaheadCounterMode(blockCipher, counterBase, lookaheadPackets(options));
}

class LookaheadCounterMode implements SequencedCounterMode {
  readonly #blockCipher: BlockCipher;
  readonly #packets: number;
  readonly #keystream: Keystream;
  /** The caller's buffer last met, and its memory as lanes: an SRTP endpoint works in one slab, packet after packet. */
  #lastBuffer: Uint8Array | undefined;
  #lastLanes: BigUint64Array = new BigUint64Array(0);

  constructor(blockCipher: BlockCipher, counterBase: Uint8Array, packets: number) {
    if (counterBase.length !== 16) {
      throw new InvalidArgumentError(`a counter block has 16 bytes, not ${counterBase.length}`, { code: "AES_COUNTER_LENGTH" });
    }
    this.#blockCipher = blockCipher;
    this.#packets = packets;
    this.#keystream = new Keystream(blockCipher, counterBase, 8, packets);
  }

  forStream(counterBase: Uint8Array): SequencedCounterMode {
    return new LookaheadCounterMode(this.#blockCipher, counterBase, this.#packets);
  }

  apply(index: number, buffer: Uint8Array, at: number, length: number): void {
    checkIndex(index);
    checkRange(buffer, at, length, SEQUENCED_LENGTH_LIMIT);
    if (length === 0) return;
    const blocks = (length + 15) >> 4;
    const start = this.#keystream.acquire(index, blocks);
    if (((buffer.byteOffset + at) & 7) === 0 && length >= 8) this.#applyAligned(buffer, at, length, start);
    else this.#applyCopied(buffer, at, length, start);
    this.#keystream.confirm(index, blocks);
  }

  /** Whole lanes of the caller's memory, then the last bytes. */
  #applyAligned(buffer: Uint8Array, at: number, length: number, start: number): void {
    if (buffer !== this.#lastBuffer) {
      this.#lastBuffer = buffer;
      this.#lastLanes = new BigUint64Array(buffer.buffer, 0, buffer.buffer.byteLength >> 3);
    }
    const whole = length & ~7;
    xorLanes(this.#lastLanes, (buffer.byteOffset + at) >> 3, this.#keystream.lanes, start >> 3, whole >> 3);
    const keystream = this.#keystream.bytes;
    for (let i = whole; i < length; i++) buffer[at + i]! ^= keystream[start + i]!;
  }

  /** Through an aligned copy. */
  #applyCopied(buffer: Uint8Array, at: number, length: number, start: number): void {
    packetSlab.reserve((length + 15) & ~15);
    packetSlab.bytes.set(buffer.subarray(at, at + length));
    xorLanes(packetSlab.lanes, 0, this.#keystream.lanes, start >> 3, (length + 7) >> 3);
    buffer.set(packetSlab.bytes.subarray(0, length), at);
  }
}
