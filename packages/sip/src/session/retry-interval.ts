/** How long to wait after being refused for the moment. */
import { type RandomSource, randomBelow } from "@purertc/core";

/** RFC 3261 §14.1, after 491: in units of 10 ms, 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other, so that they do not meet again. */
export function glareIntervalMs(random: RandomSource, ownsCallId: boolean): number {
  return ownsCallId ? 2100 + 10 * randomBelow(random, 191) : 10 * randomBelow(random, 201);
}

/** RFC 3261 §14.2, RFC 3311 §5.2: the Retry-After of a 500, in seconds, from 0 to 10. */
export function retryAfterSeconds(random: RandomSource): number {
  return randomBelow(random, 11);
}
