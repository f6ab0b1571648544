import { randomFillSync } from "node:crypto";
import type { RandomSource } from "@purertc/core";

/**
 * The operating system's randomness through OpenSSL. Small requests are served from a pool that is filled in one call: opening a connection draws some
 * two hundred short values, and a call of its own costs each of them 2 µs. What was handed out is erased from the pool.
 */
export const nodeRandom: RandomSource = {
  fill(out: Uint8Array): void {
    const { length } = out;
    if (length > LARGEST_POOLED) {
      randomFillSync(out);
      return;
    }
    if (unused < length) {
      randomFillSync(pool);
      unused = pool.length;
    }
    const from = unused - length;
    out.set(pool.subarray(from, unused));
    pool.fill(0, from, unused);
    unused = from;
  },
};

const LARGEST_POOLED = 128;
const pool = new Uint8Array(2048);
/** Bytes at the start of the pool that nobody has had. */
let unused = 0;
