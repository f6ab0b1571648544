/**
 * The little of ITU-T X.690 that keys and signatures need, strictly DER: definite lengths in their shortest form, single-octet tags,
 * minimal non-negative integers. BER's freedoms are refused, so that one key or signature has one encoding.
 */
import { concatBytes } from "@purertc/core";
import { bytesFromInteger, integerFromBytes } from "./big-integer.ts";

export const DER_INTEGER = 0x02;
export const DER_BIT_STRING = 0x03;
export const DER_OCTET_STRING = 0x04;
export const DER_NULL = 0x05;
export const DER_OBJECT_IDENTIFIER = 0x06;
export const DER_SEQUENCE = 0x30;

/** Walks the elements of one constructed value. Every method returns undefined, and moves nothing, when what it wants is not next. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** Borrows `bytes`; what it returns are views of them. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether everything was read. */
  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The tag octet of the next element, if there is one. */
  get nextTag(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** The contents of the next element, when its tag is `tag`. */
  take(tag: number): Uint8Array | undefined {
    const bytes = this.#bytes;
    if (bytes[this.#at] !== tag) return undefined;
    let at = this.#at + 1;
    let length = bytes[at++];
    if (length === undefined || length === 0x80) return undefined; // X.690 §10.1: no indefinite form
    if (length > 0x80) {
      const octets = length & 0x7f;
      if (octets > 3 || at + octets > bytes.length || bytes[at] === 0) return undefined; // §10.1: shortest form; 16 MB is plenty
      length = 0;
      for (let i = 0; i < octets; i++) length = (length << 8) | bytes[at++]!;
      if (length < 0x80) return undefined;
    }
    if (length > bytes.length - at) return undefined;
    this.#at = at + length;
    return bytes.subarray(at, at + length);
  }

  /** A reader of the next element's own elements, when its tag is `tag`. */
  enter(tag: number): DerReader | undefined {
    const contents = this.take(tag);
    return contents === undefined ? undefined : new DerReader(contents);
  }

  /** The next INTEGER, when it is not negative and minimally encoded (§8.3.2). */
  takeUnsigned(): bigint | undefined {
    const before = this.#at;
    const contents = this.take(DER_INTEGER);
    if (contents !== undefined && contents.length > 0 && contents[0]! < 0x80) {
      if (contents.length === 1 || contents[0] !== 0 || contents[1]! >= 0x80) return integerFromBytes(contents);
    }
    this.#at = before;
    return undefined;
  }

  /** The octets of the next BIT STRING, when it has no unused bits. */
  takeBitString(): Uint8Array | undefined {
    const before = this.#at;
    const contents = this.take(DER_BIT_STRING);
    if (contents !== undefined && contents.length > 0 && contents[0] === 0) return contents.subarray(1);
    this.#at = before;
    return undefined;
  }
}

/** One element around `parts`, of less than 16 MB. */
export function writeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const header =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : length < 0x1_0000
          ? [tag, 0x82, length >> 8, length & 0xff]
          : [tag, 0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
  return concatBytes(Uint8Array.from(header), ...parts);
}

/** An INTEGER; `value` is not negative. */
export function writeDerUnsigned(value: bigint): Uint8Array {
  // One octet for every started eight bits, and one more when the top bit is set, so that it does not read as a sign.
  return writeDer(DER_INTEGER, bytesFromInteger(value, (value.toString(2).length >> 3) + 1));
}

/** A BIT STRING without unused bits. */
export function writeDerBitString(bytes: Uint8Array): Uint8Array {
  return writeDer(DER_BIT_STRING, Uint8Array.of(0), bytes);
}
