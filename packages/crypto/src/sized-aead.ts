/** `SequencedAead` that gives short packets to one form of a cipher and long ones to another: where each is the faster. */
import type { SequencedAead } from "@purertc/core";
import { checkSealIndex } from "./aead-arguments.ts";

/** Both forms must be the same cipher under the same key and nonce base. */
export class SizedAead implements SequencedAead {
  readonly tagLength: number;
  readonly #short: SequencedAead;
  readonly #long: SequencedAead;
  readonly #longFrom: number;
  #lastSealed = -1;

  /** `long` takes packets with `longFrom` bytes of plaintext or more. */
  constructor(short: SequencedAead, long: SequencedAead, longFrom: number) {
    this.tagLength = short.tagLength;
    this.#short = short;
    this.#long = long;
    this.#longFrom = longFrom;
  }

  forStream(nonceBase: Uint8Array): SequencedAead {
    return new SizedAead(this.#short.forStream(nonceBase), this.#long.forStream(nonceBase), this.#longFrom);
  }

  seal(index: number, aad: Uint8Array, buffer: Uint8Array, at: number, length: number, aadLength?: number): void {
    if (index <= this.#lastSealed) checkSealIndex(index, this.#lastSealed); // each form knows only the packets that it sealed
    (length < this.#longFrom ? this.#short : this.#long).seal(index, aad, buffer, at, length, aadLength);
    this.#lastSealed = index;
  }

  open(
    index: number,
    aad: Uint8Array,
    sealed: Uint8Array,
    at: number,
    length: number,
    out: Uint8Array,
    outAt: number,
    aadLength?: number,
  ): boolean {
    const form = length - this.tagLength < this.#longFrom ? this.#short : this.#long;
    return form.open(index, aad, sealed, at, length, out, outAt, aadLength);
  }
}
