/** Probable primes for RSA keys. */
import { power } from "./rsa.ts";

/**
 * Whether an odd `candidate` above 10^6 passes trial division and the Miller-Rabin test (FIPS 186-5 §B.3.1) to the first 40 primes. Fixed bases are sound
 * for candidates drawn at random, which nobody chose to fool them, and leave the random source to the key alone.
 */
export function isProbablePrime(candidate: bigint): boolean {
  for (const prime of SMALL_PRIMES) if (candidate % prime === 0n) return false;
  const minusOne = candidate - 1n;
  let odd = minusOne;
  let twos = 0;
  for (; (odd & 1n) === 0n; twos++) odd >>= 1n;
  return SMALL_PRIMES.slice(0, 40).every((base) => {
    let value = power(base, odd, candidate);
    if (value === 1n || value === minusOne) return true;
    for (let i = 1; i < twos; i++) {
      value = (value * value) % candidate;
      if (value === minusOne) return true;
    }
    return false;
  });
}

/** The primes below 2000. */
const SMALL_PRIMES: readonly bigint[] = Array.from({ length: 1998 }, (_, i) => i + 2)
  .filter((n) => {
    for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
    return true;
  })
  .map(BigInt);
