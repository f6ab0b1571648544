/** a=sendrecv, a=sendonly, a=recvonly, a=inactive (RFC 8866 §6.7). */
export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** The four of them, in the RFC's order. */
export const DIRECTIONS: readonly Direction[] = ["recvonly", "sendrecv", "sendonly", "inactive"];
