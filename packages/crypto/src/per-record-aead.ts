/** `SequencedAead` over any plain `Aead`: one call of it per packet, nothing worked ahead, no tables of our own. */
import { type Aead, copyBytes, readU16, readU32, type SequencedAead, writeU16, writeU32 } from "@purertc/core";
import { checkIndex, checkNonce, checkRange, checkSealIndex, checkSequencedAad, SEQUENCED_LENGTH_LIMIT } from "./aead-arguments.ts";

/** Used for ChaCha20-Poly1305, and for AES-GCM when constant time is asked for. */
export class PerRecordAead implements SequencedAead {
  readonly tagLength: number;
  readonly #aead: Aead;
  readonly #nonceBase: Uint8Array;
  readonly #scratchNonce: Uint8Array;
  #lastSealed = -1;

  /** `nonceBase` has 12 bytes and is copied. */
  constructor(aead: Aead, nonceBase: Uint8Array) {
    checkNonce(nonceBase);
    this.#aead = aead;
    this.tagLength = aead.tagLength;
    this.#nonceBase = copyBytes(nonceBase);
    this.#scratchNonce = copyBytes(nonceBase);
  }

  forStream(nonceBase: Uint8Array): SequencedAead {
    return new PerRecordAead(this.#aead, nonceBase);
  }

  seal(index: number, aad: Uint8Array, buffer: Uint8Array, at: number, length: number, aadLength: number = aad.length): void {
    checkSealIndex(index, this.#lastSealed);
    checkSequencedAad(aad, aadLength);
    checkRange(buffer, at, length, SEQUENCED_LENGTH_LIMIT);
    checkRange(buffer, at, length + this.tagLength, SEQUENCED_LENGTH_LIMIT + this.tagLength);
    this.#lastSealed = index;
    const sealed = buffer.subarray(at, at + length + this.tagLength);
    this.#aead.seal(this.#nonce(index), aad.subarray(0, aadLength), buffer.subarray(at, at + length), sealed);
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
    checkRange(sealed, at, length, SEQUENCED_LENGTH_LIMIT + this.tagLength);
    if (length < this.tagLength) return false;
    checkRange(out, outAt, length - this.tagLength, SEQUENCED_LENGTH_LIMIT);
    const plaintext = out.subarray(outAt, outAt + length - this.tagLength);
    return this.#aead.open(this.#nonce(index), aad.subarray(0, aadLength), sealed.subarray(at, at + length), plaintext);
  }

  #nonce(index: number): Uint8Array {
    const nonce = this.#scratchNonce;
    writeU16(nonce, 6, readU16(this.#nonceBase, 6) ^ Math.floor(index / 0x1_0000_0000));
    writeU32(nonce, 8, readU32(this.#nonceBase, 8) ^ (index >>> 0));
    return nonce;
  }
}
