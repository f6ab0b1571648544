/** JSEP (RFC 9429): offers, answers and what they change, as pure functions over one immutable state. */
export * from "./types.ts";
