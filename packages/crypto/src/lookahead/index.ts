/**
 * AES for streams whose nonces count up, over any provider's `BlockCipher`: the keystream of the next packets is made in one call, GHASH runs in 64-bit
 * lanes. Used by both providers; exported for hosts that bring a block cipher of their own.
 */
export { createLookaheadCounterMode } from "./counter-mode.ts";
export { createLookaheadAead, type LookaheadOptions } from "./gcm.ts";
