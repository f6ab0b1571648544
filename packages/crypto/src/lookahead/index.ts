/** AES for streams whose nonces count up. */
export { createLookaheadCounterMode } from "./counter-mode.ts";
