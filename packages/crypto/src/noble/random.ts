import type { RandomSource } from "@purertc/core";

/**
 * The Web Crypto source of the host: browsers, Node, Bun, Deno, workers. Throws the host's own error where there is none.
 */
export const webRandom: RandomSource = {
  fill(out: Uint8Array): void {
    // Web Crypto §10.1.1: at most 65536 bytes a call.
    for (let at = 0; at < out.length; at += 65_536) globalThis.crypto.getRandomValues(out.subarray(at, at + 65_536));
  },
};
