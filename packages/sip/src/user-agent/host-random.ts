/** The host's cryptographic randomness. */
import { randomFillSync } from "node:crypto";
import type { RandomSource } from "@purertc/core";

/** For tags, branches, Call-IDs and nonces. */
export const hostRandom: RandomSource = { fill: (out) => void randomFillSync(out) };
