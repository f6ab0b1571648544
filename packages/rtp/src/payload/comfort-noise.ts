/**
 * Comfort noise (RFC 3389 §3): what the background sounds like while nobody speaks.
 *
 *    |0|   level     |   in -dBov: 0 to 127
 *    | N1 | N2 | ... |   reflection coefficients, k_i = 258 (N_i - 127) / 32768
 */
import { Malformed } from "@purertc/core";

/** RFC 3551 table 4: the payload type of comfort noise at 8 kHz. */
export const COMFORT_NOISE_PAYLOAD_TYPE = 13;

/** Background noise. */
export interface ComfortNoise {
  /** 0 (loudest) to 127 (silence): decibels below overload. */
  readonly level: number;
  /** Of an all-pole filter, each above -1 and below 1; none: white noise. */
  readonly reflectionCoefficients: readonly number[];
}

/** Reads a payload. The reserved bit is ignored, as is a coefficient of 255, which §3.2 leaves out of the range. */
export function parseComfortNoise(payload: Uint8Array): ComfortNoise | Malformed<"empty"> {
  const level = payload[0];
  if (level === undefined) return new Malformed("empty", 0);
  return { level: level & 0x7f, reflectionCoefficients: Array.from(payload.subarray(1), coefficientOf) };
}

/** Writes a payload at `out[at]`; returns its length. Coefficients are rounded to the nearest that can be said. */
export function writeComfortNoise(out: Uint8Array, at: number, { level, reflectionCoefficients }: ComfortNoise): number {
  out[at] = level & 0x7f;
  for (const [i, coefficient] of reflectionCoefficients.entries()) {
    out[at + 1 + i] = Math.max(0, Math.min(254, Math.round(coefficient / STEP) + 127));
  }
  return 1 + reflectionCoefficients.length;
}

/** §3.2. */
function coefficientOf(octet: number): number {
  return (Math.min(octet, 254) - 127) * STEP;
}

const STEP = 258 / 32_768;
