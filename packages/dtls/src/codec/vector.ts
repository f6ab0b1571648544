/**
 * The TLS presentation language: fixed-width numbers and variable-length vectors (RFC 5246 §4.3, §4.4).
 */
import { Malformed, readU16, readU24, readU32 } from "@purertc/core";

/** Why bytes do not fit the presentation language. */
export type VectorFault = "truncated" | "bad-length" | "trailing-bytes";

/**
 * Reads a structure from front to back. The first fault sticks: later reads give zeros and empty arrays, and `finish` returns the fault.
 * Byte strings read are views of the input.
 */
export class VectorReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #fault: Malformed<VectorFault> | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether there are bytes left and nothing was wrong so far. */
  get more(): boolean {
    return this.#fault === undefined && this.#at < this.#bytes.length;
  }

  /** Offset of the next byte. */
  get offset(): number {
    return this.#at;
  }

  /** An unsigned 8-bit number. */
  u8(): number {
    const at = this.#take(1);
    return at < 0 ? 0 : this.#bytes[at]!;
  }

  /** An unsigned 16-bit number. */
  u16(): number {
    const at = this.#take(2);
    return at < 0 ? 0 : readU16(this.#bytes, at);
  }

  /** An unsigned 24-bit number. */
  u24(): number {
    const at = this.#take(3);
    return at < 0 ? 0 : readU24(this.#bytes, at);
  }

  /** An unsigned 32-bit number. */
  u32(): number {
    const at = this.#take(4);
    return at < 0 ? 0 : readU32(this.#bytes, at);
  }

  /** Exactly `length` bytes. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return at < 0 ? NO_BYTES : this.#bytes.subarray(at, at + length);
  }

  /** Everything that is left. */
  rest(): Uint8Array {
    return this.bytes(this.#bytes.length - this.#at);
  }

  /** `opaque<least..most>` with an 8-bit length. */
  vector8(least = 0, most = 0xff): Uint8Array {
    return this.#vector(this.u8(), least, most, 1);
  }

  /** `opaque<least..most>` with a 16-bit length. */
  vector16(least = 0, most = 0xffff): Uint8Array {
    return this.#vector(this.u16(), least, most, 2);
  }

  /** `opaque<least..most>` with a 24-bit length. */
  vector24(least = 0, most = 0xff_ffff): Uint8Array {
    return this.#vector(this.u24(), least, most, 3);
  }

  /** A vector of 16-bit numbers with a 16-bit length. */
  numbers16(least = 2, most = 0xfffe): readonly number[] {
    const at = this.#at;
    const bytes = this.vector16(least, most);
    if (bytes.length % 2 !== 0) this.fail("bad-length", at);
    const numbers: number[] = [];
    for (let i = 0; i + 1 < bytes.length; i += 2) numbers.push(readU16(bytes, i));
    return numbers;
  }

  /** Notes a fault at `offset`, unless there is an earlier one. */
  fail(reason: VectorFault, offset: number): void {
    this.#fault ??= new Malformed(reason, offset);
  }

  /** `value`, or the first fault. Bytes that nobody read are a fault too. */
  finish<T>(value: T): T | Malformed<VectorFault> {
    if (this.#fault !== undefined) return this.#fault;
    return this.#at === this.#bytes.length ? value : new Malformed("trailing-bytes", this.#at);
  }

  #vector(length: number, least: number, most: number, width: number): Uint8Array {
    if (length < least || length > most) this.fail("bad-length", this.#at - width);
    return this.bytes(length);
  }

  #take(length: number): number {
    if (this.#fault !== undefined) return -1;
    if (this.#bytes.length - this.#at < length) {
      this.#fault = new Malformed("truncated", this.#bytes.length);
      return -1;
    }
    const at = this.#at;
    this.#at += length;
    return at;
  }
}

/**
 * Writes a structure from front to back. Obedient: a stated length is written as it is, right or wrong, and numbers too big for their
 * field lose their high bits, so that testers can write what no honest peer would.
 */
export class VectorWriter {
  #bytes: Uint8Array = new Uint8Array(256);
  #length = 0;

  /** An unsigned 8-bit number. */
  u8(value: number): this {
    const at = this.#grow(1);
    this.#bytes[at] = value;
    return this;
  }

  /** An unsigned 16-bit number. */
  u16(value: number): this {
    return this.u8(value >>> 8).u8(value);
  }

  /** An unsigned 24-bit number. */
  u24(value: number): this {
    return this.u8(value >>> 16).u16(value);
  }

  /** An unsigned 32-bit number. */
  u32(value: number): this {
    return this.u16(value >>> 16).u16(value);
  }

  /** Bytes as they are. */
  bytes(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Bytes after their 8-bit length. */
  vector8(bytes: Uint8Array, statedLength: number = bytes.length): this {
    return this.u8(statedLength).bytes(bytes);
  }

  /** Bytes after their 16-bit length. */
  vector16(bytes: Uint8Array, statedLength: number = bytes.length): this {
    return this.u16(statedLength).bytes(bytes);
  }

  /** Bytes after their 24-bit length. */
  vector24(bytes: Uint8Array, statedLength: number = bytes.length): this {
    return this.u24(statedLength).bytes(bytes);
  }

  /** 16-bit numbers after their 16-bit length in bytes. */
  numbers16(numbers: readonly number[], statedLength: number = 2 * numbers.length): this {
    this.u16(statedLength);
    for (const value of numbers) this.u16(value);
    return this;
  }

  /** A new array with everything written. */
  finish(): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(0, this.#length));
  }

  #grow(by: number): number {
    const at = this.#length;
    this.#length += by;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }
}

const NO_BYTES: Uint8Array = new Uint8Array(0);
