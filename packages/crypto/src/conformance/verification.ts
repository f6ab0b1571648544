import {
  bytesFromHex,
  type CryptoProvider,
  concatBytes,
  DerTag,
  derBitString,
  derElement,
  derSequence,
  type SignatureScheme,
} from "@purertc/core";
import { bitLength, bytesFromInteger, integerFromBytes } from "../keys/big-integer.ts";
import { CURVES } from "../keys/curves.ts";
import { DerReader, writeDerUnsigned } from "../keys/der.ts";
import { EC_PUBLIC_KEY, parseSpki, writeAlgorithm, writeSpki } from "../keys/spki.ts";
import { flipped } from "./aead.ts";
import { ascii, type Report } from "./report.ts";
import { P256_SPKI, P384_SPKI, RSA_PSS_SHORT_SALT, RSA_SPKI, SIGNATURE_VECTORS, SIGNED_MESSAGE } from "./signature-vectors.ts";

/** Signatures that are right, and the many ways of being wrong. None of them may throw: keys and signatures come from the network. */
export function checkVerification(provider: CryptoProvider, report: Report): void {
  const refused = (what: string, scheme: SignatureScheme, spki: Uint8Array, signature: Uint8Array, message = SIGNED_MESSAGE): void => {
    let accepted: boolean;
    try {
      accepted = provider.verify(scheme, spki, message, signature);
    } catch (error) {
      report.holds(`${what}: threw ${String(error)}`, false);
      return;
    }
    report.holds(`${what} was accepted`, !accepted);
  };
  for (const { name, scheme, spki, signature } of SIGNATURE_VECTORS) {
    report.section(`verify ${name}`, () => {
      report.holds("was refused", provider.verify(scheme, spki, SIGNED_MESSAGE, signature));
      refused("another message", scheme, spki, signature, ascii("simple"));
      refused("no signature", scheme, spki, new Uint8Array(0));
      refused("a changed signature", scheme, spki, flipped(signature, signature.length >> 1));
      refused("a signature with a byte behind it", scheme, spki, concatBytes(signature, Uint8Array.of(0)));
      refused("a truncated signature", scheme, spki, signature.subarray(0, signature.length - 1));
      for (const other of SCHEMES) if (other !== scheme) refused(`the scheme ${other}`, other, spki, signature);
      refused("an unknown scheme", "ed448" as SignatureScheme, spki, signature);
    });
  }
  report.section("verify, hostile ECDSA signatures", () => {
    for (const [what, signature] of hostileEcdsaSignatures()) refused(what, "ecdsa_secp256r1_sha256", P256_SPKI, signature);
  });
  report.section("verify, hostile keys", () => {
    for (const [what, spki] of hostileEcKeys()) refused(what, "ecdsa_secp256r1_sha256", spki, GOOD_ECDSA);
    for (const [what, spki] of hostileRsaKeys()) {
      for (const scheme of ["rsa_pkcs1_sha256", "rsa_pss_rsae_sha256"] as const) refused(`${what}, ${scheme}`, scheme, spki, GOOD_RSA);
    }
    for (let length = 0; length < P256_SPKI.length; length++) {
      refused(`${length} bytes of a key`, "ecdsa_secp256r1_sha256", P256_SPKI.subarray(0, length), GOOD_ECDSA);
    }
    for (let at = 0; at < 27; at++) refused(`a changed byte ${at} of a key`, "ecdsa_secp256r1_sha256", flipped(P256_SPKI, at), GOOD_ECDSA);
    for (let length = 0; length < RSA_SPKI.length; length += 7) {
      refused(`${length} bytes of an RSA key`, "rsa_pkcs1_sha256", RSA_SPKI.subarray(0, length), GOOD_RSA);
    }
  });
  report.section("verify, hostile RSA signatures", () => {
    for (const bits of [1024, 2041, 4096]) {
      const [spki, signature] = selfMade(bits, true);
      report.holds(`a self-made key of ${bits} bits was refused`, provider.verify("rsa_pkcs1_sha256", spki, SIGNED_MESSAGE, signature));
    }
    for (const [what, scheme, spki, signature] of hostileRsaSignatures()) refused(what, scheme, spki, signature);
  });
}

const GOOD_ECDSA = SIGNATURE_VECTORS.find(({ name }) => name === "RFC 6979 P-256 SHA-256")!.signature;
const GOOD_RSA = SIGNATURE_VECTORS.find(({ name }) => name === "rsa_pkcs1_sha256")!.signature;
const SAMPLE_DIGEST_INFO = bytesFromHex(
  "3031300d060960864801650304020105000420af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf",
);
const SCHEMES: readonly SignatureScheme[] = [...new Set(SIGNATURE_VECTORS.map(({ scheme }) => scheme))];

/** The good signature's numbers in wrong encodings, and wrong numbers in the right one. */
function hostileEcdsaSignatures(): readonly (readonly [string, Uint8Array])[] {
  const reader = new DerReader(GOOD_ECDSA).enter(DerTag.SEQUENCE)!;
  const r = reader.takeUnsigned()!;
  const s = reader.takeUnsigned()!;
  const { order } = CURVES[0]!;
  const [derR, derS] = [writeDerUnsigned(r), writeDerUnsigned(s)];
  const body = concatBytes(derR, derS);
  const pair = (a: bigint, b: bigint): Uint8Array => derSequence(writeDerUnsigned(a), writeDerUnsigned(b));
  const raw = (value: bigint): Uint8Array => derElement(DerTag.INTEGER, bytesFromInteger(value, 32)); // no sign octet
  return [
    ["r = 0", pair(0n, s)],
    ["s = 0", pair(r, 0n)],
    ["r = s = 0", pair(0n, 0n)],
    ["r = 1, s = 1", pair(1n, 1n)],
    ["r = order", pair(order, s)],
    ["s = order", pair(r, order)],
    ["r + order", pair(r + order, s)],
    ["s + order", pair(r, s + order)],
    ["order - r", pair(order - r, s)],
    ["r and s swapped", pair(s, r)],
    ["numbers far too long", pair(1n << 5000n, 1n << 5000n)],
    ["a negative r", derSequence(raw(r), derS)],
    ["a negative s", derSequence(derR, raw(s))],
    ["empty integers", derSequence(derElement(DerTag.INTEGER), derElement(DerTag.INTEGER))],
    ["r with a needless zero", derSequence(derElement(DerTag.INTEGER, Uint8Array.of(0), derR.subarray(2)), derS)],
    ["s with needless zeros", derSequence(derR, derElement(DerTag.INTEGER, new Uint8Array(3), derS.subarray(2)))],
    ["the length in long form", concatBytes(Uint8Array.of(DerTag.SEQUENCE, 0x81, body.length), body)],
    ["the length with a zero", concatBytes(Uint8Array.of(DerTag.SEQUENCE, 0x82, 0, body.length), body)],
    ["the indefinite form", concatBytes(Uint8Array.of(DerTag.SEQUENCE, 0x80), body, new Uint8Array(2))],
    ["a third number", derSequence(body, writeDerUnsigned(1n))],
    ["one number", derSequence(derR)],
    ["an empty sequence", derSequence()],
    ["a set", derElement(DerTag.SET, body)],
    ["no sequence", body],
    ["r and s bare", concatBytes(bytesFromInteger(r, 32), bytesFromInteger(s, 32))],
    ["a length that overflows", Uint8Array.of(DerTag.SEQUENCE, 0x84, 0xff, 0xff, 0xff, 0xff, 2, 1, 1, 2, 1, 1)],
  ];
}

/** The good point in envelopes that are not a P-256 key's. */
function hostileEcKeys(): readonly (readonly [string, Uint8Array])[] {
  const point = P256_SPKI.subarray(26);
  const algorithm = writeAlgorithm(CURVES[0]!);
  const key = (bits: Uint8Array, identifier = algorithm): Uint8Array => derSequence(identifier, derBitString(bits));
  const onCurve = (identifier: string): Uint8Array =>
    derSequence(derElement(DerTag.OBJECT_IDENTIFIER, EC_PUBLIC_KEY), derElement(DerTag.OBJECT_IDENTIFIER, bytesFromHex(identifier)));
  const explicit = derSequence(derElement(DerTag.OBJECT_IDENTIFIER, EC_PUBLIC_KEY), derSequence(writeDerUnsigned(1n)));
  return [
    ["a point off the curve", key(flipped(point, 40))],
    ["a compressed point", key(concatBytes(Uint8Array.of(2 + (point[64]! & 1)), point.subarray(1, 33)))],
    ["the point at infinity", key(Uint8Array.of(0))],
    ["a zero point", key(concatBytes(Uint8Array.of(4), new Uint8Array(64)))],
    ["no point", key(new Uint8Array(0))],
    ["a longer point", key(concatBytes(point, Uint8Array.of(0)))],
    ["secp256k1", key(point, onCurve("2b8104000a"))],
    ["P-384's name", key(point, onCurve("2b81040022"))],
    ["explicit parameters", key(point, explicit)],
    ["no parameters", key(point, derSequence(derElement(DerTag.OBJECT_IDENTIFIER, EC_PUBLIC_KEY)))],
    ["something after the key", derSequence(algorithm, derBitString(point), writeDerUnsigned(0n))],
    ["bytes behind the key", concatBytes(P256_SPKI, Uint8Array.of(0))],
    ["unused bits", derSequence(algorithm, derElement(DerTag.BIT_STRING, Uint8Array.of(1), point))],
    ["the point alone", point],
    ["another key", P384_SPKI],
    ["an RSA key", RSA_SPKI],
    ["random bytes", flipped(new Uint8Array(91).fill(0x30), 3)],
  ];
}

/** RSA keys that prove nothing or cost too much. */
function hostileRsaKeys(): readonly (readonly [string, Uint8Array])[] {
  const key = (modulus: bigint, publicExponent: bigint): Uint8Array => writeSpki({ kind: "rsa", modulus, publicExponent });
  const ones = (bits: bigint): bigint => (1n << bits) - 1n;
  return [
    ["modulus 0", key(0n, 65537n)],
    ["modulus 1", key(1n, 65537n)],
    ["exponent 0", key(ones(2048n), 0n)],
    ["exponent 1", key(ones(2048n), 1n)],
    ["an even exponent", key(ones(2048n), 65536n)],
    ["an exponent as long as the modulus", key(ones(2048n), ones(2047n))],
    ["an EC key", P256_SPKI],
    ["a key with parameters missing", derSequence(derSequence(), derBitString(new Uint8Array(3)))],
  ];
}

/** The EMSA-PKCS1-v1_5 encoding of SHA-256("sample") (RFC 8017 §9.2) in `length` octets. */
function encodedSample(length: number): Uint8Array {
  return concatBytes(
    Uint8Array.of(0, 1),
    new Uint8Array(length - 3 - SAMPLE_DIGEST_INFO.length).fill(0xff),
    Uint8Array.of(0),
    SAMPLE_DIGEST_INFO,
  );
}

/**
 * A key of `bits` bits with exponent 3 and a signature that is mathematically right, without a private key: for any s, modulus = s^3 - encoding makes s^3
 * the encoding modulo it. Whoever picks the key can do this; it shows here that a key was refused for its size and not for its signature.
 */
function selfMade(bits: number, odd: boolean): readonly [spki: Uint8Array, signature: Uint8Array] {
  const length = Math.ceil(bits / 8);
  const encoded = integerFromBytes(encodedSample(length));
  let root = cubeRoot((1n << BigInt(bits)) - 1n);
  if (((root * root * root - encoded) & 1n) !== (odd ? 1n : 0n)) root -= 1n;
  const modulus = root * root * root - encoded;
  return [writeSpki({ kind: "rsa", modulus, publicExponent: 3n }), bytesFromInteger(root, length)];
}

type HostileSignature = readonly [string, SignatureScheme, Uint8Array, Uint8Array];

/** Forgeries that only a verifier which takes any key, parses too freely, or does not compare every byte, takes for genuine. */
function hostileRsaSignatures(): readonly HostileSignature[] {
  const modulus = (1n << 2048n) - 1n;
  // Bleichenbacher 2006: with exponent 3, a cube whose top is a short padding and the digest, and whose rest is rubbish. Needs no private key.
  const top = concatBytes(Uint8Array.of(0, 1), new Uint8Array(8).fill(0xff), Uint8Array.of(0), SAMPLE_DIGEST_INFO);
  const cube = bytesFromInteger(cubeRoot(integerFromBytes(top) << BigInt(8 * (256 - top.length))) + 1n, 256);
  return [
    ["a key of 512 bits", "rsa_pkcs1_sha256", ...selfMade(512, true)],
    ["a key of 1016 bits", "rsa_pkcs1_sha256", ...selfMade(1016, true)],
    ["a key of 8200 bits", "rsa_pkcs1_sha256", ...selfMade(8200, true)],
    ["a key of 16384 bits", "rsa_pkcs1_sha256", ...selfMade(16384, true)],
    ["an even modulus", "rsa_pkcs1_sha256", ...selfMade(2048, false)],
    ["the encoding under exponent 1", "rsa_pkcs1_sha256", writeSpki({ kind: "rsa", modulus, publicExponent: 1n }), encodedSample(256)],
    ["a cube with a short padding", "rsa_pkcs1_sha256", writeSpki({ kind: "rsa", modulus, publicExponent: 3n }), cube],
    ["the encoding itself", "rsa_pkcs1_sha256", RSA_SPKI, encodedSample(256)],
    ["a zero", "rsa_pkcs1_sha256", RSA_SPKI, new Uint8Array(256)],
    ["a one", "rsa_pkcs1_sha256", RSA_SPKI, bytesFromInteger(1n, 256)],
    ["all ones", "rsa_pkcs1_sha256", RSA_SPKI, new Uint8Array(256).fill(0xff)],
    ["a zero, PSS", "rsa_pss_rsae_sha256", RSA_SPKI, new Uint8Array(256)],
    ["all ones, PSS", "rsa_pss_rsae_sha256", RSA_SPKI, new Uint8Array(256).fill(0xff)],
    ["a leading zero", "rsa_pkcs1_sha256", RSA_SPKI, concatBytes(Uint8Array.of(0), GOOD_RSA)],
    ["the signature plus the modulus", "rsa_pkcs1_sha256", ...signaturePlusModulus()],
    ["a salt of another length", "rsa_pss_rsae_sha256", RSA_SPKI, RSA_PSS_SHORT_SALT],
  ];
}

/** RFC 8017 §5.2.2: a representative must be below the modulus. A self-made key whose root and modulus together still fit the octets. */
function signaturePlusModulus(): readonly [spki: Uint8Array, signature: Uint8Array] {
  const [spki, signature] = selfMade(2041, true);
  return [spki, bytesFromInteger(integerFromBytes(signature) + modulusOf(spki), 256)];
}

function modulusOf(spki: Uint8Array): bigint {
  const key = parseSpki(spki);
  return key?.kind === "rsa" ? key.modulus : 0n;
}

/** The largest integer whose cube is at most `value`. */
function cubeRoot(value: bigint): bigint {
  let low = 0n;
  let high = 1n << BigInt(Math.ceil(bitLength(value) / 3) + 1);
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle * middle * middle <= value) low = middle;
    else high = middle - 1n;
  }
  return low;
}
