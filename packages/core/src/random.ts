import { readU32 } from "./bytes.ts";

/** Random bytes. Always cryptographic in production, always seeded in tests. */
export interface RandomSource {
  /** Fills the whole of `out`. */
  fill(out: Uint8Array): void;
}

/** `length` random bytes in a new array. */
export function randomBytes(random: RandomSource, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  random.fill(bytes);
  return bytes;
}

/** A uniform unsigned 32-bit integer. */
export function randomU32(random: RandomSource): number {
  return readU32(randomBytes(random, 4), 0);
}

/** A uniform integer in `[0, bound)`, without modulo bias. `bound` is from 1 to 2^32; otherwise RangeError. */
export function randomBelow(random: RandomSource, bound: number): number {
  const limit = unbiasedLimit(bound);
  let value = randomU32(random);
  while (value >= limit) value = randomU32(random);
  return value % bound;
}

/** `length` characters, each uniform over `alphabet` (1 to 256 characters). */
export function randomString(random: RandomSource, length: number, alphabet: string): string {
  const limit = unbiasedLimit(alphabet.length);
  const draws = randomBytes(random, 4 * length); // in one call: it costs as much as four bytes
  const codes: number[] = [];
  for (let i = 0; i < length; i++) {
    let value = readU32(draws, 4 * i);
    while (value >= limit) value = randomU32(random);
    codes.push(alphabet.charCodeAt(value % alphabet.length));
  }
  return String.fromCharCode(...codes); // a string in one piece; one put together takes four times the memory for as long as it lives
}

/** The greatest multiple of `bound` that 32 bits hold: draws from there on are drawn again. */
function unbiasedLimit(bound: number): number {
  if (!Number.isInteger(bound) || bound < 1 || bound > 0x1_0000_0000) throw new RangeError("bound must be an integer from 1 to 2^32");
  return Math.floor(0x1_0000_0000 / bound) * bound;
}

/** RFC 8839 §5.4: the characters of an ICE user name fragment or password. */
export const ICE_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
