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
  if (!Number.isInteger(bound) || bound < 1 || bound > 0x1_0000_0000) throw new RangeError("bound must be an integer from 1 to 2^32");
  const limit = Math.floor(0x1_0000_0000 / bound) * bound;
  let value = randomU32(random);
  while (value >= limit) value = randomU32(random);
  return value % bound;
}

/** `length` characters, each uniform over `alphabet` (1 to 256 characters). */
export function randomString(random: RandomSource, length: number, alphabet: string): string {
  let text = "";
  for (let i = 0; i < length; i++) text += alphabet[randomBelow(random, alphabet.length)]!;
  return text;
}

/** RFC 8839 §5.4: the characters of an ICE user name fragment or password. */
export const ICE_CHARS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
