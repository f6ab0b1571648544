/** Just enough DER (ITU-T X.690) to read names from a certificate and to write a self-signed one. */
import { concatBytes } from "@purertc/core";

/** One element: its identifier octet and where its contents are. */
export interface DerElement {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** The element at `at`, which has to end by `limit`; undefined when there is none with a one-octet tag and a definite length. */
export function derElementAt(bytes: Uint8Array, at: number, limit: number): DerElement | undefined {
  if (at + 2 > limit || (bytes[at]! & 0x1f) === 0x1f) return undefined;
  const first = bytes[at + 1]!;
  let start = at + 2;
  let length = first;
  if (first >= 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > 3 || start + octets > limit) return undefined;
    length = 0;
    for (let i = 0; i < octets; i++) length = (length << 8) | bytes[start + i]!;
    start += octets;
  }
  return start + length > limit ? undefined : { tag: bytes[at]!, start, end: start + length };
}

/** The elements inside a constructed one; undefined when its contents are not elements to the end. */
export function derChildren(bytes: Uint8Array, parent: DerElement): readonly DerElement[] | undefined {
  const children: DerElement[] = [];
  for (let at = parent.start; at < parent.end; ) {
    const child = derElementAt(bytes, at, parent.end);
    if (child === undefined) return undefined;
    children.push(child);
    at = child.end;
  }
  return children;
}

/** An element with these contents. */
export function derElement(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...contents);
  const { length } = content;
  const header = length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return concatBytes(Uint8Array.from(header), content);
}

/** OBJECT IDENTIFIER from its dotted form. */
export function derObjectIdentifier(dotted: string): Uint8Array {
  const [first, second, ...rest] = dotted.split(".").map(Number);
  const bytes: number[] = [];
  for (const arc of [first! * 40 + second!, ...rest]) {
    const digits = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) digits.unshift(0x80 | (left & 0x7f));
    bytes.push(...digits);
  }
  return derElement(OBJECT_IDENTIFIER, Uint8Array.from(bytes));
}

export const BOOLEAN = 0x01;
export const INTEGER = 0x02;
export const BIT_STRING = 0x03;
export const OCTET_STRING = 0x04;
export const OBJECT_IDENTIFIER = 0x06;
export const UTF8_STRING = 0x0c;
export const UTC_TIME = 0x17;
export const GENERALIZED_TIME = 0x18;
export const SEQUENCE = 0x30;
export const SET = 0x31;
