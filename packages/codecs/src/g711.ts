/**
 * ITU-T G.711: eight bits per sample, in two laws. One octet is one sample, at 8 kHz in telephony (RFC 3551 §4.5.14: PCMA and PCMU).
 *
 * Linear samples are 16 bits wide with the recommendation's 13 (A-law) or 14 (mu-law) bits at the top. Encoding picks the interval of
 * tables 1a to 2b that the sample lies in. A sample exactly on a decision value belongs to the upper interval; negative samples are
 * treated as the positive ones of the same bits inverted, as in the ITU's reference software (G.191).
 */
import { checkRoom } from "./room.ts";

/** Encodes samples to A-law (PCMA) at the start of `out`; returns the number of octets, `samples.length`. `out` may not be shorter. */
export function encodeAlaw(samples: Int16Array, out: Uint8Array): number {
  return encode(samples, out, ALAW_OF_MAGNITUDE);
}

/** Decodes A-law octets to the start of `out`; returns the number of samples, `octets.length`. `out` may not be shorter. */
export function decodeAlaw(octets: Uint8Array, out: Int16Array): number {
  return decode(octets, out, LINEAR_OF_ALAW);
}

/** Encodes samples to mu-law (PCMU) at the start of `out`; returns the number of octets, `samples.length`. `out` may not be shorter. */
export function encodeMulaw(samples: Int16Array, out: Uint8Array): number {
  return encode(samples, out, MULAW_OF_MAGNITUDE);
}

/** Decodes mu-law octets to the start of `out`; returns the number of samples, `octets.length`. `out` may not be shorter. */
export function decodeMulaw(octets: Uint8Array, out: Int16Array): number {
  return decode(octets, out, LINEAR_OF_MULAW);
}

/** The octet of silence: the smallest positive value of each law. What a sender with nothing to say repeats. */
export const ALAW_SILENCE = 0xd5;
/** The octet of silence in mu-law. */
export const MULAW_SILENCE = 0xff;

function encode(samples: Int16Array, out: Uint8Array, table: Uint8Array): number {
  checkRoom(out.length, samples.length);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    // The tables hold the codes of negative samples; those of positive ones differ in the sign bit, in both laws.
    out[i] = sample < 0 ? table[~sample >> 2]! : table[sample >> 2]! | SIGN_BIT;
  }
  return samples.length;
}

function decode(octets: Uint8Array, out: Int16Array, table: Int16Array): number {
  checkRoom(out.length, octets.length);
  for (let i = 0; i < octets.length; i++) out[i] = table[octets[i]!]!;
  return octets.length;
}

const SIGN_BIT = 0x80;
//   A-law:  |S|  segment  |  interval  |  with every second bit inverted (G.711 table 1, note 2)
//   mu-law: |S|  segment  |  interval  |  with all bits inverted (table 2, note 2)
const ALAW_OF_MAGNITUDE = codesByMagnitude((magnitude) => (alawLogarithm(magnitude >> 2) ^ 0x55) & 0x7f);
const MULAW_OF_MAGNITUDE = codesByMagnitude((magnitude) => ~mulawLogarithm(magnitude) & 0x7f);
const LINEAR_OF_ALAW = Int16Array.from({ length: 256 }, (_, octet) => alawValue(octet));
const LINEAR_OF_MULAW = Int16Array.from({ length: 256 }, (_, octet) => mulawValue(octet));

/** Codes of all magnitudes of 13 bits, that is, of 15-bit magnitudes without the two lowest bits, which no decision value needs. */
function codesByMagnitude(code: (magnitude: number) => number): Uint8Array {
  return Uint8Array.from({ length: 8192 }, (_, magnitude) => code(magnitude));
}

/** G.711 table 1a: two segments of 16 equal intervals, then each segment twice as wide as the one before. `magnitude` has 11 bits. */
function alawLogarithm(magnitude: number): number {
  let rest = magnitude;
  let segment = rest >= 16 ? 1 : 0;
  while (rest >= 32) {
    rest >>= 1;
    segment += 1;
  }
  return (segment << 4) | (rest & 15);
}

/** G.711 table 2a: decision values 0, 1, 3, 5, ... 31, 35, ...; 33 added makes them multiples of powers of two. */
function mulawLogarithm(magnitude: number): number {
  let rest = Math.min(magnitude + 33, 0x1fff) >> 1;
  let segment = 0;
  while (rest >= 32) {
    rest >>= 1;
    segment += 1;
  }
  return (segment << 4) | (rest & 15);
}

/** Table 1: the middle of an interval, in 16 bits. */
function alawValue(octet: number): number {
  const code = octet ^ 0x55;
  const segment = (code >> 4) & 7;
  const middle = (((code & 15) << 1) + (segment === 0 ? 1 : 33)) << Math.max(0, segment - 1);
  return (code & 0x80 ? middle : -middle) * 8;
}

/** Table 2: the middle of an interval, in 16 bits. */
function mulawValue(octet: number): number {
  const code = ~octet;
  const middle = ((((code & 15) << 1) + 33) << ((code >> 4) & 7)) - 33;
  return (code & 0x80 ? -middle : middle) * 4;
}
