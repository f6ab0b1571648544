/** The NIST prime curves in use, and how keys on them are named and drawn. */
import { bytesFromHex, InvalidArgumentError, type RandomSource, randomBytes } from "@purertc/core";
import { bytesFromInteger, integerFromBytes } from "./big-integer.ts";

/** FIPS 186-5 names. */
export type CurveName = "P-256" | "P-384" | "P-521";

/** What the encodings need to know of a curve. */
export interface CurveFacts {
  readonly name: CurveName;
  /** Contents of the namedCurve OBJECT IDENTIFIER (RFC 5480 §2.1.1.1). */
  readonly objectIdentifier: Uint8Array;
  /** Octets of a coordinate and of a scalar. */
  readonly fieldLength: number;
  /** Order of the base point. */
  readonly order: bigint;
}

export const CURVES: readonly CurveFacts[] = [
  {
    name: "P-256",
    objectIdentifier: bytesFromHex("2a8648ce3d030107"), // 1.2.840.10045.3.1.7
    fieldLength: 32,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  {
    name: "P-384",
    objectIdentifier: bytesFromHex("2b81040022"), // 1.3.132.0.34
    fieldLength: 48,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  {
    name: "P-521",
    objectIdentifier: bytesFromHex("2b81040023"), // 1.3.132.0.35
    fieldLength: 66,
    order:
      0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
];

/** The facts of a curve in the table. */
export function curveFacts(name: CurveName): CurveFacts {
  return CURVES.find((curve) => curve.name === name)!;
}

/**
 * A private scalar in `[1, order)`, uniform, by drawing again until one fits (FIPS 186-5 §A.2.2): the same random bytes give the same key in
 * every provider. Throws `InvalidArgumentError` when 128 draws do not fit: then `random` is broken.
 */
export function drawScalar(curve: CurveFacts, random: RandomSource): Uint8Array {
  const topMask = curve.name === "P-521" ? 0x01 : 0xff;
  for (let draw = 0; draw < 128; draw++) {
    const candidate = randomBytes(random, curve.fieldLength);
    candidate[0]! &= topMask;
    const value = integerFromBytes(candidate);
    if (value > 0n && value < curve.order) return candidate;
  }
  throw new InvalidArgumentError("the random source gave no usable private key in 128 draws", { code: "CRYPTO_RANDOM" });
}

/** A private scalar of any length as `fieldLength` octets; undefined when it is not in `[1, order)`. */
export function normalizeScalar(curve: CurveFacts, scalar: Uint8Array): Uint8Array | undefined {
  const value = integerFromBytes(scalar);
  return value > 0n && value < curve.order ? bytesFromInteger(value, curve.fieldLength) : undefined;
}

/** Whether `point` has the form of an uncompressed point (SEC 1 §2.3.3); being on the curve is the provider's to check. */
export function looksUncompressed(curve: CurveFacts, point: Uint8Array): boolean {
  return point.length === 1 + 2 * curve.fieldLength && point[0] === 0x04;
}
