/** JSEP (RFC 9429): offers, answers and what they change, as pure functions over one immutable state. */
export type { AppliedDescription } from "./applied-description.ts";
export { addCandidateToDescription, addLocalCandidate, addRemoteCandidate, refusedCandidate } from "./candidates.ts";
export { checkDescription } from "./check-description.ts";
export { createAnswer } from "./create-answer.ts";
export { createOffer, implicitOffer } from "./create-offer.ts";
export * from "./media-types.ts";
export { negotiationNeeded } from "./negotiation-needed.ts";
export { canTrickle, closeNegotiation, newNegotiation, restartIce } from "./state.ts";
export * from "./types.ts";
