/** SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) of EC keys on named curves (RFC 5480) and RSA keys (RFC 3279 §2.3.1). */
import { bytesFromHex, DerTag, derBitString, derElement, derSequence, equalBytes } from "@purertc/core";
import { bitLength } from "./big-integer.ts";
import { CURVES, type CurveFacts, looksUncompressed } from "./curves.ts";
import { DerReader, writeDerUnsigned } from "./der.ts";

/** A public key taken out of its envelope. Nothing cryptographic was checked: a point may be off its curve. */
export type PublicKeyParts =
  | { readonly kind: "ec"; readonly curve: CurveFacts; readonly point: Uint8Array }
  | { readonly kind: "rsa"; readonly modulus: bigint; readonly publicExponent: bigint };

/** Contents of OBJECT IDENTIFIER id-ecPublicKey, 1.2.840.10045.2.1. */
export const EC_PUBLIC_KEY: Uint8Array = bytesFromHex("2a8648ce3d0201");
/** Contents of OBJECT IDENTIFIER rsaEncryption, 1.2.840.113549.1.1.1. */
export const RSA_ENCRYPTION: Uint8Array = bytesFromHex("2a864886f70d010101");

/** Smallest RSA modulus accepted, in bits. Below it a signature proves nothing. */
export const RSA_MIN_BITS = 1024;
/** Largest RSA modulus accepted, in bits. A peer chooses its certificate: without a bound it chooses our work as well. */
export const RSA_MAX_BITS = 8192;

/**
 * The key in `spki`, or undefined when the bytes are anything but exactly one EC key (named curve P-256, P-384 or P-521, uncompressed point) or RSA key
 * (`rsaSizeAllowed`). Explicit curve parameters are refused: they let a peer choose the group.
 */
export function parseSpki(spki: Uint8Array): PublicKeyParts | undefined {
  const outer = new DerReader(spki);
  const info = outer.enter(DerTag.SEQUENCE);
  const algorithm = info?.enter(DerTag.SEQUENCE);
  const key = info?.takeBitString();
  if (algorithm === undefined || key === undefined || !info!.atEnd || !outer.atEnd) return undefined;
  const algorithmKind = parseAlgorithm(algorithm);
  if (algorithmKind === undefined) return undefined;
  if (algorithmKind !== "rsa") return looksUncompressed(algorithmKind, key) ? { kind: "ec", curve: algorithmKind, point: key } : undefined;
  const rsaOuter = new DerReader(key);
  const rsa = rsaOuter.enter(DerTag.SEQUENCE);
  const modulus = rsa?.takeUnsigned();
  const publicExponent = rsa?.takeUnsigned();
  if (modulus === undefined || publicExponent === undefined || !rsa!.atEnd || !rsaOuter.atEnd) return undefined;
  return rsaSizeAllowed(modulus, publicExponent) ? { kind: "rsa", modulus, publicExponent } : undefined;
}

/** AlgorithmIdentifier of either kind of key, to its curve or `"rsa"`. Shared with PKCS #8, which uses the same one. */
export function parseAlgorithm(algorithm: DerReader): CurveFacts | "rsa" | undefined {
  const identifier = algorithm.take(DerTag.OBJECT_IDENTIFIER);
  if (identifier === undefined) return undefined;
  if (equalBytes(identifier, RSA_ENCRYPTION)) {
    const parameters = algorithm.take(DerTag.NULL); // RFC 3279 §2.3.1: NULL, and nothing else
    return parameters?.length === 0 && algorithm.atEnd ? "rsa" : undefined;
  }
  if (!equalBytes(identifier, EC_PUBLIC_KEY)) return undefined;
  const namedCurve = algorithm.take(DerTag.OBJECT_IDENTIFIER);
  if (namedCurve === undefined || !algorithm.atEnd) return undefined;
  return CURVES.find((curve) => equalBytes(curve.objectIdentifier, namedCurve));
}

/** Whether an RSA key is of a size that is neither worthless nor a burden: an odd modulus of 1024 to 8192 bits, an odd exponent from 3 to 2^64. */
export function rsaSizeAllowed(modulus: bigint, publicExponent: bigint): boolean {
  const bits = bitLength(modulus);
  return (
    bits >= RSA_MIN_BITS &&
    bits <= RSA_MAX_BITS &&
    (modulus & publicExponent & 1n) === 1n &&
    publicExponent >= 3n &&
    publicExponent < 1n << 64n
  );
}

/** DER of a key; the reverse of `parseSpki`. */
export function writeSpki(key: PublicKeyParts): Uint8Array {
  if (key.kind === "ec") return derSequence(writeAlgorithm(key.curve), derBitString(key.point));
  const rsa = derSequence(writeDerUnsigned(key.modulus), writeDerUnsigned(key.publicExponent));
  return derSequence(writeAlgorithm("rsa"), derBitString(rsa));
}

/** The AlgorithmIdentifier `parseAlgorithm` reads. */
export function writeAlgorithm(kind: CurveFacts | "rsa"): Uint8Array {
  if (kind === "rsa") return derSequence(derElement(DerTag.OBJECT_IDENTIFIER, RSA_ENCRYPTION), derElement(DerTag.NULL));
  return derSequence(derElement(DerTag.OBJECT_IDENTIFIER, EC_PUBLIC_KEY), derElement(DerTag.OBJECT_IDENTIFIER, kind.objectIdentifier));
}
