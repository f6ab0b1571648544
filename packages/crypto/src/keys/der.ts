/**
 * Reading what keys and signatures are made of, strictly as DER (ITU-T X.690) has it: lengths in their shortest form, minimal non-negative integers.
 * BER's freedoms are refused, so that one key or signature has one encoding. And INTEGER of any size, written.
 */
import { type DerElement, DerTag, derElementAt, derUnsignedInteger, Malformed } from "@purertc/core";
import { bytesFromInteger, integerFromBytes } from "./big-integer.ts";

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
    const element = derElementAt(this.#bytes, this.#at, this.#bytes.length);
    if (element instanceof Malformed || element.tag !== tag || !isShortest(element, this.#at)) return undefined;
    this.#at = element.end;
    return this.#bytes.subarray(element.start, element.end);
  }

  /** A reader of the next element's own elements, when its tag is `tag`. */
  enter(tag: number): DerReader | undefined {
    const contents = this.take(tag);
    return contents === undefined ? undefined : new DerReader(contents);
  }

  /** The next INTEGER, when it is not negative and minimally encoded (§8.3.2). */
  takeUnsigned(): bigint | undefined {
    const before = this.#at;
    const contents = this.take(DerTag.INTEGER);
    if (contents !== undefined && contents.length > 0 && contents[0]! < 0x80) {
      if (contents.length === 1 || contents[0] !== 0 || contents[1]! >= 0x80) return integerFromBytes(contents);
    }
    this.#at = before;
    return undefined;
  }

  /** The octets of the next BIT STRING, when it has no unused bits. */
  takeBitString(): Uint8Array | undefined {
    const before = this.#at;
    const contents = this.take(DerTag.BIT_STRING);
    if (contents !== undefined && contents.length > 0 && contents[0] === 0) return contents.subarray(1);
    this.#at = before;
    return undefined;
  }
}

/** X.690 §10.1: whether the length of an element whose identifier octet is at `at` takes as few octets as it can. */
function isShortest({ start, end }: DerElement, at: number): boolean {
  const length = end - start;
  return start - at === (length < 0x80 ? 2 : 3 + ((31 - Math.clz32(length)) >> 3));
}

/** An INTEGER; `value` is not negative. */
export function writeDerUnsigned(value: bigint): Uint8Array {
  return derUnsignedInteger(bytesFromInteger(value, (value.toString(16).length + 1) >> 1));
}
