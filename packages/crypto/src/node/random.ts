import { randomFillSync } from "node:crypto";
import type { RandomSource } from "@purertc/core";

/** The operating system's randomness through OpenSSL. */
export const nodeRandom: RandomSource = {
  fill(out: Uint8Array): void {
    randomFillSync(out);
  },
};
