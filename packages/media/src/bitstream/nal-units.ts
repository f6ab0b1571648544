/** NAL units of H.264 and H.265 in the byte stream format of annex B, and in the length-prefixed form of MP4 and Matroska. */
import { concatBytes } from "@purertc/core";

const START_CODE = Uint8Array.of(0, 0, 0, 1);

/**
 * Where the next start code 00 00 01 is at or behind `from`: the offset of its first octet, any number of zeros before it left out; -1 when there is
 * none.
 */
export function findStartCode(bytes: Uint8Array, from: number): number {
  for (let i = from + 2; i < bytes.length; ) {
    const octet = bytes[i]!;
    if (octet > 1) i += 3;
    else if (octet === 1 && bytes[i - 1] === 0 && bytes[i - 2] === 0) return i - 2;
    else i += 1;
  }
  return -1;
}

/** The NAL units of an access unit in annex B, as views; empty ones are left out. */
export function* nalUnits(accessUnit: Uint8Array): Generator<Uint8Array, void, void> {
  for (let at = findStartCode(accessUnit, 0); at >= 0; ) {
    const next = findStartCode(accessUnit, at + 3);
    let end = next < 0 ? accessUnit.length : next;
    while (end > at + 3 && accessUnit[end - 1] === 0) end -= 1; // trailing_zero_8bits
    if (end > at + 3) yield accessUnit.subarray(at + 3, end);
    at = next;
  }
}

/** Annex B from NAL units. */
export function annexB(units: Iterable<Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const unit of units) parts.push(START_CODE, unit);
  return concatBytes(...parts);
}

/** Splits a sample of MP4 or Matroska, whose NAL units follow big-endian lengths of 1 to 4 octets; undefined when the lengths do not add up. */
export function lengthPrefixedUnits(sample: Uint8Array, lengthSize: number): Uint8Array[] | undefined {
  const units: Uint8Array[] = [];
  for (let at = 0; at < sample.length; ) {
    if (at + lengthSize > sample.length) return undefined;
    let length = 0;
    for (let i = 0; i < lengthSize; i++) length = length * 256 + sample[at + i]!;
    at += lengthSize;
    if (at + length > sample.length) return undefined;
    if (length > 0) units.push(sample.subarray(at, at + length));
    at += length;
  }
  return units;
}

/** Without emulation_prevention_three_byte (H.264 §7.3.1): the bits that the syntax is about. `from`: the first octet wanted. */
export function rawPayload(unit: Uint8Array, from: number): Uint8Array {
  const raw = new Uint8Array(Math.max(0, unit.length - from));
  let length = 0;
  let zeros = 0;
  for (let i = from; i < unit.length; i++) {
    const octet = unit[i]!;
    if (zeros >= 2 && octet === 3) {
      zeros = 0;
      continue;
    }
    zeros = octet === 0 ? zeros + 1 : 0;
    raw[length++] = octet;
  }
  return raw.subarray(0, length);
}

/** What `avcC` and `hvcC` boxes say (ISO/IEC 14496-15 §5.3.3.1, §8.3.3.1): how lengths are written, and the parameter sets. */
export interface DecoderConfiguration {
  readonly lengthSize: number;
  readonly parameterSets: readonly Uint8Array[];
}

/** An AVCDecoderConfigurationRecord; undefined when it is none. */
export function parseAvcConfiguration(record: Uint8Array): DecoderConfiguration | undefined {
  if (record.length < 7 || record[0] !== 1) return undefined;
  const parameterSets: Uint8Array[] = [];
  let at = takeUnits(record, 6, record[5]! & 0x1f, parameterSets);
  if (at < 0 || at >= record.length) return undefined;
  at = takeUnits(record, at + 1, record[at]!, parameterSets);
  return at < 0 ? undefined : { lengthSize: (record[4]! & 3) + 1, parameterSets };
}

/** An HEVCDecoderConfigurationRecord; undefined when it is none. */
export function parseHevcConfiguration(record: Uint8Array): DecoderConfiguration | undefined {
  if (record.length < 23 || record[0] !== 1) return undefined;
  const parameterSets: Uint8Array[] = [];
  let at = 23;
  for (let array = 0; array < record[22]!; array++) {
    if (at + 3 > record.length) return undefined;
    at = takeUnits(record, at + 3, (record[at + 1]! << 8) | record[at + 2]!, parameterSets);
    if (at < 0) return undefined;
  }
  return { lengthSize: (record[21]! & 3) + 1, parameterSets };
}

/** Reads `count` units behind lengths of 16 bits; gives where they end, -1 when they do not fit. */
function takeUnits(record: Uint8Array, from: number, count: number, into: Uint8Array[]): number {
  let at = from;
  for (let i = 0; i < count; i++) {
    const length = ((record[at] ?? 0) << 8) | (record[at + 1] ?? 0);
    if (at + 2 + length > record.length) return -1;
    into.push(record.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return at;
}
