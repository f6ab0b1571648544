/** ECDSA-Sig-Value (RFC 3279 §2.2.3): SEQUENCE { r INTEGER, s INTEGER }. */
import { DerTag, derSequence } from "@purertc/core";
import type { CurveFacts } from "./curves.ts";
import { DerReader, writeDerUnsigned } from "./der.ts";

/** The two numbers of a signature. */
export interface EcdsaSignature {
  readonly r: bigint;
  readonly s: bigint;
}

/** The signature in `bytes`; undefined when they are not strict DER or a number is not in `[1, order)` (FIPS 186-5 §6.4.2). */
export function parseEcdsaSignature(curve: CurveFacts, bytes: Uint8Array): EcdsaSignature | undefined {
  const outer = new DerReader(bytes);
  const sequence = outer.enter(DerTag.SEQUENCE);
  const r = sequence?.takeUnsigned();
  const s = sequence?.takeUnsigned();
  if (r === undefined || s === undefined || !sequence!.atEnd || !outer.atEnd) return undefined;
  return r > 0n && s > 0n && r < curve.order && s < curve.order ? { r, s } : undefined;
}

/** DER of a signature. */
export function writeEcdsaSignature(signature: EcdsaSignature): Uint8Array {
  return derSequence(writeDerUnsigned(signature.r), writeDerUnsigned(signature.s));
}
