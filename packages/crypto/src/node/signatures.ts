/** Signing, verifying and making signature keys over node:crypto. */
import {
  checkPrimeSync,
  constants,
  createECDH,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import {
  concatBytes,
  type GeneratedKey,
  InvalidArgumentError,
  type KeyPairParameters,
  type RandomSource,
  type SignatureScheme,
  type Signer,
} from "@purertc/core";
import { hashFacts } from "../hash-facts.ts";
import { bitLength } from "../keys/big-integer.ts";
import { type CurveFacts, type CurveName, curveFacts, drawScalar } from "../keys/curves.ts";
import { parseEcdsaSignature } from "../keys/ecdsa-signature.ts";
import { type PrivateKeyParts, parsePkcs8, writePkcs8 } from "../keys/pkcs8.ts";
import { generateRsaParts } from "../keys/rsa-generation.ts";
import { ecdsaSchemes, rsaSchemes, type SchemeFacts, schemeFacts } from "../keys/signature-schemes.ts";
import { parseSpki, writeSpki } from "../keys/spki.ts";
import { nobleGenerateKey, nobleSigner, nobleVerify } from "../noble/signatures.ts";
import { NODE_CURVE_NAMES } from "./curve-names.ts";
import { nodeRandom } from "./random.ts";

/** A signer from DER PKCS #8. Throws `InvalidArgumentError` for anything but an EC or RSA key in bounds. */
export function nodeSigner(pkcs8: Uint8Array): Signer {
  const parts = parsePkcs8(pkcs8);
  return parts.kind === "ec" && !hasNativeEcdsa(parts.curve) ? nobleSigner(pkcs8) : signerFrom(parts, pointOf(parts));
}

/** A fresh key. EC scalars and RSA primes come from `random`, so equal seeds give equal keys, here and in the noble provider. */
export function nodeGenerateKey(parameters: KeyPairParameters, random: RandomSource): GeneratedKey {
  if (parameters.name === "ecdsa" && parameters.curve === "P-384" && LACKS_ECDSA) return nobleGenerateKey(parameters, random);
  if (parameters.name === "ecdsa" && random === nodeRandom && !LACKS_ECDSA) return generateNatively(checkedCurve(parameters.curve));
  const parts = drawKey(parameters, random);
  const point = pointOf(parts);
  return { signer: signerFrom(parts, point), pkcs8: writePkcs8(parts, point) };
}

/**
 * From the system's randomness, which is where OpenSSL takes its own: a third of the time of drawing a scalar here and having it imported. Few ever ask for
 * the private key's encoding.
 *
 * INTEROP: Node 20.20 to 24 freeze for good when a key made by generateKeyPair is exported as JWK and a collection during that export finds the finished
 * job that made the key: its destructor waits for the lock that the export holds, in the same thread. So the job itself encodes the public key, while it
 * lives, and the private key is exported as DER, which takes no lock.
 */
function generateNatively(curve: CurveFacts): GeneratedKey {
  const options = { namedCurve: NODE_CURVE_NAMES[curve.name], publicKeyEncoding: { format: "jwk" } };
  // Node documents this form of the options, its types do not have it.
  const { privateKey, publicKey }: { privateKey: KeyObject; publicKey: JsonWebKey } = Reflect.apply(generateKeyPairSync, undefined, [
    "ec",
    options,
  ]);
  const { x = "", y = "" } = publicKey;
  const point = concatBytes(UNCOMPRESSED, Buffer.from(x, "base64url"), Buffer.from(y, "base64url"));
  return {
    signer: new NodeSigner(privateKey, writeSpki({ kind: "ec", curve, point }), ecdsaSchemes(curve.name)),
    get pkcs8(): Uint8Array {
      return writePkcs8(parsePkcs8(privateKey.export({ type: "pkcs8", format: "der" })), point);
    },
  };
}

/** Whether `signature` is one of `message` under the key in `spki`. Never throws. */
export function nodeVerify(scheme: SignatureScheme, spki: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const facts = schemeFacts(scheme);
  // Our own strict parser comes first: OpenSSL would also take explicit curve parameters, compressed points and RSA keys of any size.
  const key = parseSpki(spki);
  if (facts === undefined || key === undefined) return false;
  if ((facts.kind === "ecdsa") !== (key.kind === "ec")) return false;
  if (key.kind === "ec") {
    if (parseEcdsaSignature(key.curve, signature) === undefined) return false;
    if (!hasNativeEcdsa(key.curve)) return nobleVerify(scheme, spki, message, signature);
  }
  try {
    const publicKey =
      key.kind === "ec"
        ? createPublicKey({ key: ecJwk(key.curve, key.point), format: "jwk" })
        : createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    return verify(hashFacts(facts.hash).openSslName, message, { key: publicKey, ...nativeOptions(facts) }, signature);
  } catch {
    return false; // a point off its curve, or an RSA signature longer than the modulus
  }
}

class NodeSigner implements Signer {
  readonly publicKey: Uint8Array;
  readonly schemes: readonly SignatureScheme[];
  readonly #key: KeyObject;

  constructor(key: KeyObject, publicKey: Uint8Array, schemes: readonly SignatureScheme[]) {
    this.#key = key;
    this.publicKey = publicKey;
    this.schemes = schemes;
  }

  sign(scheme: SignatureScheme, message: Uint8Array): Uint8Array {
    const facts = schemeFacts(scheme);
    if (facts === undefined || !this.schemes.includes(scheme)) {
      throw new InvalidArgumentError(`this key cannot sign with ${String(scheme)}`, { code: "SIGNATURE_SCHEME" });
    }
    return new Uint8Array(sign(hashFacts(facts.hash).openSslName, message, { key: this.#key, ...nativeOptions(facts) }));
  }
}

/** `point` is the one computed here: whatever point a caller's encoding carried is not believed. */
function signerFrom(parts: PrivateKeyParts, point: Uint8Array): Signer {
  const key =
    parts.kind === "ec"
      ? createPrivateKey({ key: { ...ecJwk(parts.curve, point), d: base64Url(parts.scalar) }, format: "jwk" })
      : createPrivateKey({ key: Buffer.from(writePkcs8(parts, point)), format: "der", type: "pkcs8" });
  const spki = writeSpki(parts.kind === "ec" ? { kind: "ec", curve: parts.curve, point } : parts);
  return new NodeSigner(key, spki, parts.kind === "ec" ? ecdsaSchemes(parts.curve.name) : rsaSchemes(bitLength(parts.modulus)));
}

/** RFC 7518 §6.2.1. OpenSSL 3 reads a key from JWK in a fifth of the time it takes for DER, which it first has to tell from every other encoding. */
function ecJwk(curve: CurveFacts, point: Uint8Array): JsonWebKey {
  const length = curve.fieldLength;
  return { kty: "EC", crv: curve.name, x: base64Url(point.subarray(1, 1 + length)), y: base64Url(point.subarray(1 + length)) };
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64url");
}

function drawKey(parameters: KeyPairParameters, random: RandomSource): PrivateKeyParts {
  if (parameters.name === "rsa") {
    return generateRsaParts(parameters.modulusLength, parameters.publicExponent, random, (candidate) => checkPrimeSync(candidate));
  }
  const curve = checkedCurve(parameters.name === "ecdsa" ? parameters.curve : undefined);
  return { kind: "ec", curve, scalar: drawScalar(curve, random) };
}

function checkedCurve(name: CurveName | undefined): CurveFacts {
  if (name !== "P-256" && name !== "P-384") {
    throw new InvalidArgumentError("a key is ecdsa on P-256 or P-384, or rsa", { code: "KEY_PARAMETERS" });
  }
  return curveFacts(name);
}

/** The uncompressed public point of an EC key; nothing for RSA. */
function pointOf(parts: PrivateKeyParts): Uint8Array {
  if (parts.kind !== "ec") return NO_POINT;
  const ecdh = createECDH(NODE_CURVE_NAMES[parts.curve.name]);
  ecdh.setPrivateKey(parts.scalar);
  return new Uint8Array(ecdh.getPublicKey());
}

function nativeOptions(facts: SchemeFacts): { readonly dsaEncoding?: "der"; readonly padding?: number; readonly saltLength?: number } {
  if (facts.kind === "ecdsa") return { dsaEncoding: "der" };
  if (facts.kind === "rsa-pkcs1") return { padding: constants.RSA_PKCS1_PADDING };
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: facts.hashLength };
}

/** INTEROP: Deno 2.x neither signs nor verifies digests much shorter than the curve's order, and has no P-521 in createECDH. */
const LACKS_ECDSA = "Deno" in globalThis;

function hasNativeEcdsa(curve: CurveFacts): boolean {
  return !LACKS_ECDSA || curve.name === "P-256";
}

const NO_POINT = new Uint8Array(0);
/** SEC 1 §2.3.3. */
const UNCOMPRESSED = Uint8Array.of(4);
