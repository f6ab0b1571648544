/** Unsigned big-endian integers of any size, as keys and signatures carry them. */
import { bytesFromHex, hexFromBytes } from "@purertc/core";

/** The integer whose big-endian bytes are `bytes`; 0 for none. */
export function integerFromBytes(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${hexFromBytes(bytes)}`);
}

/** `value` as exactly `length` big-endian bytes. `value` must fit; otherwise RangeError. */
export function bytesFromInteger(value: bigint, length: number): Uint8Array {
  const digits = value === 0n ? "" : value.toString(16);
  if (value < 0n || digits.length > 2 * length) throw new RangeError("integer does not fit its field");
  return bytesFromHex(digits.padStart(2 * length, "0"));
}

/** Bits without leading zeros; 0 for 0. */
export function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const digits = value.toString(16);
  return 4 * (digits.length - 1) + (32 - Math.clz32(Number.parseInt(digits[0]!, 16)));
}
