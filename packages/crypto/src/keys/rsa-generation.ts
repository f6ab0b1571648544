/** RSA key pairs from a given random source (FIPS 186-5 §A.1.3: probable primes), the same key from the same bytes in every provider. */
import { InvalidArgumentError, type RandomSource, randomBytes } from "@purertc/core";
import { bitLength, integerFromBytes } from "./big-integer.ts";
import type { RsaPrivateParts } from "./pkcs8.ts";
import { RSA_MAX_BITS, RSA_MIN_BITS } from "./spki.ts";

/**
 * A two-prime key. `modulusLength` is an even number of bits from 1024 to 8192, `publicExponent` odd, from 3 to 2^32 - 1; otherwise `InvalidArgumentError`.
 * `isProbablePrime` decides on odd candidates and must draw nothing from `random`.
 */
export function generateRsaParts(
  modulusLength: number,
  publicExponent: number,
  random: RandomSource,
  isProbablePrime: (candidate: bigint) => boolean,
): RsaPrivateParts {
  if (!Number.isInteger(modulusLength) || modulusLength % 2 !== 0 || modulusLength < RSA_MIN_BITS || modulusLength > RSA_MAX_BITS) {
    throw new InvalidArgumentError(
      `RSA modulus of ${modulusLength} bits: an even number from ${RSA_MIN_BITS} to ${RSA_MAX_BITS} is possible`,
      {
        code: "RSA_MODULUS_LENGTH",
      },
    );
  }
  if (!Number.isInteger(publicExponent) || publicExponent % 2 !== 1 || publicExponent < 3 || publicExponent > 0xffff_ffff) {
    throw new InvalidArgumentError(`RSA public exponent ${publicExponent} is not an odd number from 3 to 2^32 - 1`, {
      code: "RSA_PUBLIC_EXPONENT",
    });
  }
  const exponent = BigInt(publicExponent);
  const bits = modulusLength / 2;
  const first = drawPrime(bits, exponent, random, isProbablePrime);
  let second = drawPrime(bits, exponent, random, isProbablePrime);
  // §A.1.3 step 5.4: primes close together are found by Fermat's method.
  while (bitLength(first > second ? first - second : second - first) <= bits - 100) {
    second = drawPrime(bits, exponent, random, isProbablePrime);
  }
  const [prime1, prime2] = first > second ? [first, second] : [second, first];
  const totient = (prime1 - 1n) * (prime2 - 1n);
  const privateExponent = inverse(exponent, totient / greatestCommonDivisor(prime1 - 1n, prime2 - 1n));
  return {
    kind: "rsa",
    modulus: prime1 * prime2,
    publicExponent: exponent,
    privateExponent,
    prime1,
    prime2,
    exponent1: privateExponent % (prime1 - 1n),
    exponent2: privateExponent % (prime2 - 1n),
    coefficient: inverse(prime2, prime1),
  };
}

function drawPrime(bits: number, exponent: bigint, random: RandomSource, isProbablePrime: (candidate: bigint) => boolean): bigint {
  // The two top bits are set so that the product of two primes has all its bits, the lowest so that the number is odd.
  const fixed = (3n << BigInt(bits - 2)) | 1n;
  const mask = (1n << BigInt(bits)) - 1n;
  // About ln(2^bits) / 2 candidates are expected; a hundred times as many mean that the source repeats itself.
  for (let draw = 0; draw < 40 * bits; draw++) {
    const candidate = (integerFromBytes(randomBytes(random, (bits + 7) >> 3)) & mask) | fixed;
    if (greatestCommonDivisor(candidate - 1n, exponent) === 1n && isProbablePrime(candidate)) return candidate;
  }
  throw new InvalidArgumentError(`the random source gave no prime in ${40 * bits} draws`, { code: "CRYPTO_RANDOM" });
}

/** Greatest common divisor (Euclid). */
export function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** The inverse of `value` modulo `modulus`; both are coprime (extended Euclid). */
export function inverse(value: bigint, modulus: bigint): bigint {
  let [r0, r1] = [modulus, value % modulus];
  let [t0, t1] = [0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  return t0 < 0n ? t0 + modulus : t0;
}
