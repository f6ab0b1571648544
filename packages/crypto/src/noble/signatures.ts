/**
 * Signing, verifying and making signature keys over @noble/curves and bigint RSA. ECDSA nonces are RFC 6979's
 * and PSS salts are derived in the same spirit: equal keys and messages give equal signatures.
 */
import { p256, p384, p521 } from "@noble/curves/nist.js";
import {
  concatBytes,
  type GeneratedKey,
  InvalidArgumentError,
  type KeyPairParameters,
  type RandomSource,
  type SignatureScheme,
  type Signer,
} from "@purertc/core";
import { bitLength, bytesFromInteger, integerFromBytes } from "../keys/big-integer.ts";
import { type CurveName, curveFacts, drawScalar } from "../keys/curves.ts";
import { parseEcdsaSignature, writeEcdsaSignature } from "../keys/ecdsa-signature.ts";
import { type PrivateKeyParts, parsePkcs8, writePkcs8 } from "../keys/pkcs8.ts";
import { generateRsaParts } from "../keys/rsa-generation.ts";
import { ecdsaSchemes, rsaSchemes, type SchemeFacts, schemeFacts } from "../keys/signature-schemes.ts";
import { parseSpki, writeSpki } from "../keys/spki.ts";
import { nobleHashFunction } from "./hash.ts";
import { isProbablePrime } from "./primes.ts";
import { signRsa, verifyRsa } from "./rsa.ts";

/** A signer from DER PKCS #8. Throws `InvalidArgumentError` for anything but an EC or RSA key in bounds. */
export function nobleSigner(pkcs8: Uint8Array): Signer {
  return new NobleSigner(parsePkcs8(pkcs8));
}

/** A fresh key. EC scalars and RSA primes come from `random`, so equal seeds give equal keys, here and in the node provider. */
export function nobleGenerateKey(parameters: KeyPairParameters, random: RandomSource): GeneratedKey {
  const parts = drawKey(parameters, random);
  return { signer: new NobleSigner(parts), pkcs8: writePkcs8(parts, publicPointOf(parts)) };
}

/** Whether `signature` is one of `message` under the key in `spki`. Never throws. */
export function nobleVerify(scheme: SignatureScheme, spki: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const facts = schemeFacts(scheme);
  const key = parseSpki(spki);
  if (facts === undefined || key === undefined) return false;
  if ((facts.kind === "ecdsa") !== (key.kind === "ec")) return false;
  if (key.kind === "rsa") return verifyRsa(facts, key.modulus, key.publicExponent, message, signature);
  const parsed = parseEcdsaSignature(key.curve, signature);
  if (parsed === undefined) return false;
  const { fieldLength, name } = key.curve;
  const compact = concatBytes(bytesFromInteger(parsed.r, fieldLength), bytesFromInteger(parsed.s, fieldLength));
  try {
    return NOBLE_CURVES[name].verify(compact, nobleHashFunction(facts.hash)(message), key.point, ECDSA_OPTIONS);
  } catch {
    return false; // a point off its curve
  }
}

class NobleSigner implements Signer {
  readonly publicKey: Uint8Array;
  readonly schemes: readonly SignatureScheme[];
  readonly #key: PrivateKeyParts;

  constructor(key: PrivateKeyParts) {
    this.#key = key;
    this.publicKey = writeSpki(key.kind === "ec" ? { kind: "ec", curve: key.curve, point: publicPointOf(key) } : key);
    this.schemes = key.kind === "ec" ? ecdsaSchemes(key.curve.name) : rsaSchemes(bitLength(key.modulus));
  }

  sign(scheme: SignatureScheme, message: Uint8Array): Uint8Array {
    const facts = schemeFacts(scheme);
    if (facts === undefined || !this.schemes.includes(scheme)) {
      throw new InvalidArgumentError(`this key cannot sign with ${String(scheme)}`, { code: "SIGNATURE_SCHEME" });
    }
    if (this.#key.kind === "rsa") return signRsa(facts, this.#key, message);
    return signEcdsa(facts, this.#key.curve.name, this.#key.scalar, message);
  }
}

function signEcdsa(facts: SchemeFacts, curve: CurveName, scalar: Uint8Array, message: Uint8Array): Uint8Array {
  const compact = NOBLE_CURVES[curve].sign(nobleHashFunction(facts.hash)(message), scalar, ECDSA_OPTIONS);
  const half = compact.length / 2;
  return writeEcdsaSignature({ r: integerFromBytes(compact.subarray(0, half)), s: integerFromBytes(compact.subarray(half)) });
}

function drawKey(parameters: KeyPairParameters, random: RandomSource): PrivateKeyParts {
  if (parameters.name === "rsa") return generateRsaParts(parameters.modulusLength, parameters.publicExponent, random, isProbablePrime);
  if (parameters.name !== "ecdsa" || (parameters.curve !== "P-256" && parameters.curve !== "P-384")) {
    throw new InvalidArgumentError("a key is ecdsa on P-256 or P-384, or rsa", { code: "KEY_PARAMETERS" });
  }
  const curve = curveFacts(parameters.curve);
  return { kind: "ec", curve, scalar: drawScalar(curve, random) };
}

/** The uncompressed point of an EC key; nothing for RSA. */
function publicPointOf(key: PrivateKeyParts): Uint8Array {
  return key.kind === "ec" ? NOBLE_CURVES[key.curve.name].getPublicKey(key.scalar, false) : new Uint8Array(0);
}

const NOBLE_CURVES: Readonly<Record<CurveName, typeof p256>> = { "P-256": p256, "P-384": p384, "P-521": p521 };
/** The message is hashed by us; s may be in either half, as everywhere but in Bitcoin. */
const ECDSA_OPTIONS = { prehash: false, lowS: false, format: "compact" } as const;
