/** PKCS #8 private keys (RFC 5208, RFC 5958) of EC keys (RFC 5915) and RSA keys (RFC 8017 §A.1.2). */
import { DerTag, derBitString, derElement, derSequence, InvalidArgumentError } from "@purertc/core";
import { type CurveFacts, normalizeScalar } from "./curves.ts";
import { DerReader, writeDerUnsigned } from "./der.ts";
import { parseAlgorithm, rsaSizeAllowed, writeAlgorithm } from "./spki.ts";

/** The numbers of an RSA private key with two primes. */
export interface RsaPrivateParts {
  readonly kind: "rsa";
  readonly modulus: bigint;
  readonly publicExponent: bigint;
  readonly privateExponent: bigint;
  readonly prime1: bigint;
  readonly prime2: bigint;
  /** privateExponent mod (prime1 - 1). */
  readonly exponent1: bigint;
  /** privateExponent mod (prime2 - 1). */
  readonly exponent2: bigint;
  /** Inverse of prime2 mod prime1. */
  readonly coefficient: bigint;
}

/** A private scalar, `curve.fieldLength` octets, in range. The public point is left to be computed, so that it cannot disagree. */
export interface EcPrivateParts {
  readonly kind: "ec";
  readonly curve: CurveFacts;
  readonly scalar: Uint8Array;
}

/** The private key of a signer; `kind` tells which. */
export type PrivateKeyParts = EcPrivateParts | RsaPrivateParts;

/** The key in `pkcs8`. Throws `InvalidArgumentError` (`CRYPTO_PRIVATE_KEY`) for anything but a sound EC P-256, P-384, P-521 or two-prime RSA key. */
export function parsePkcs8(pkcs8: Uint8Array): PrivateKeyParts {
  const parts = parsePrivateKeyInfo(pkcs8);
  if (parts !== undefined) return parts;
  throw new InvalidArgumentError("not a PKCS #8 private key on P-256, P-384 or P-521, or of RSA with 1024 to 8192 bits", {
    code: "CRYPTO_PRIVATE_KEY",
  });
}

function parsePrivateKeyInfo(pkcs8: Uint8Array): PrivateKeyParts | undefined {
  const outer = new DerReader(pkcs8);
  const info = outer.enter(DerTag.SEQUENCE);
  const version = info?.takeUnsigned();
  const algorithm = info?.enter(DerTag.SEQUENCE);
  const privateKey = info?.take(DerTag.OCTET_STRING);
  if (version === undefined || version > 1n || algorithm === undefined || privateKey === undefined || !outer.atEnd) return undefined;
  info!.take(ATTRIBUTES);
  if (version === 1n) info!.take(PUBLIC_KEY); // RFC 5958 §2: only in version 2, numbered 1
  if (!info!.atEnd) return undefined;
  const kind = parseAlgorithm(algorithm);
  if (kind === undefined) return undefined;
  return kind === "rsa" ? parseRsa(privateKey) : parseEc(kind, privateKey);
}

/** RFC 5915 §3. The optional parameters and public key repeat what is known. */
function parseEc(curve: CurveFacts, privateKey: Uint8Array): EcPrivateParts | undefined {
  const outer = new DerReader(privateKey);
  const key = outer.enter(DerTag.SEQUENCE);
  const version = key?.takeUnsigned();
  const octets = key?.take(DerTag.OCTET_STRING);
  if (version !== 1n || octets === undefined || !outer.atEnd) return undefined;
  key!.take(EC_PARAMETERS);
  key!.take(EC_PUBLIC_KEY_FIELD);
  if (!key!.atEnd) return undefined;
  const scalar = normalizeScalar(curve, octets);
  return scalar === undefined ? undefined : { kind: "ec", curve, scalar };
}

/** RFC 8017 §A.1.2. An inconsistent key is refused: signing with one can reveal a prime. */
function parseRsa(privateKey: Uint8Array): RsaPrivateParts | undefined {
  const outer = new DerReader(privateKey);
  const key = outer.enter(DerTag.SEQUENCE);
  if (key === undefined || key.takeUnsigned() !== 0n) return undefined;
  const numbers: bigint[] = [];
  while (numbers.length < 8) {
    const number = key.takeUnsigned();
    if (number === undefined) return undefined;
    numbers.push(number);
  }
  if (!key.atEnd || !outer.atEnd) return undefined;
  const [modulus, publicExponent, privateExponent, prime1, prime2, exponent1, exponent2, coefficient] = numbers as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  if (!rsaSizeAllowed(modulus, publicExponent) || prime1 <= 1n || prime2 <= 1n || prime1 * prime2 !== modulus) return undefined;
  if ((exponent1 * publicExponent) % (prime1 - 1n) !== 1n || (exponent2 * publicExponent) % (prime2 - 1n) !== 1n) return undefined;
  if (privateExponent % (prime1 - 1n) !== exponent1 || privateExponent % (prime2 - 1n) !== exponent2) return undefined;
  if ((coefficient * prime2) % prime1 !== 1n) return undefined;
  return { kind: "rsa", modulus, publicExponent, privateExponent, prime1, prime2, exponent1, exponent2, coefficient };
}

/** DER of an EC key with its public point, or of an RSA key. */
export function writePkcs8(key: PrivateKeyParts, publicPoint: Uint8Array): Uint8Array {
  const inner =
    key.kind === "ec"
      ? derSequence(
          writeDerUnsigned(1n),
          derElement(DerTag.OCTET_STRING, key.scalar),
          derElement(EC_PUBLIC_KEY_FIELD, derBitString(publicPoint)),
        )
      : derSequence(
          ...[
            0n,
            key.modulus,
            key.publicExponent,
            key.privateExponent,
            key.prime1,
            key.prime2,
            key.exponent1,
            key.exponent2,
            key.coefficient,
          ].map(writeDerUnsigned),
        );
  return derSequence(writeDerUnsigned(0n), writeAlgorithm(key.kind === "ec" ? key.curve : "rsa"), derElement(DerTag.OCTET_STRING, inner));
}

const ATTRIBUTES = 0xa0;
const PUBLIC_KEY = 0x81;
const EC_PARAMETERS = 0xa0;
const EC_PUBLIC_KEY_FIELD = 0xa1;
