/** The host's cryptographic randomness. */
import { randomFillSync } from "node:crypto";
import type { RandomSource } from "@purertc/core";

/** For tags, branches, Call-IDs and nonces. Small draws come from a pool, as one call to the host costs as much as four kilobytes of it. */
export const hostRandom: RandomSource = {
  fill(out) {
    if (out.length > LARGEST) {
      randomFillSync(out);
      return;
    }
    if (at + out.length > POOL.length) {
      randomFillSync(POOL);
      at = 0;
    }
    out.set(POOL.subarray(at, at + out.length));
    POOL.fill(0, at, at + out.length); // no byte is given out twice, nor found later
    at += out.length;
  },
};

const POOL: Uint8Array = new Uint8Array(4096);
const LARGEST = 256;
let at = POOL.length;
