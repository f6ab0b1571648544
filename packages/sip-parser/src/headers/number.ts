/** Headers that are one number: Max-Forwards, Content-Length, Expires, Min-Expires, RSeq, Flow-Timer (RFC 3261 §20; RFC 3262 §7.1; RFC 5626 §10). */
import type { HeaderGrammar } from "../grammar.ts";

/** A decimal number from 0 to `high`. */
function numberUpTo(high: number): HeaderGrammar<number> {
  return { form: "single", parse: (scanner) => scanner.number(high), write: String };
}

/** 0 to 255 (RFC 3261 §20.22). */
export const maxForwards: HeaderGrammar<number> = numberUpTo(255);

/** Octets of the body; anything that a number holds exactly (RFC 3261 §20.14). */
export const contentLength: HeaderGrammar<number> = numberUpTo(Number.MAX_SAFE_INTEGER);

/** delta-seconds: 0 to 2^32 - 1 (RFC 3261 §20.19). */
export const deltaSeconds: HeaderGrammar<number> = numberUpTo(0xffff_ffff);

/** 1 to 2^32 - 1 (RFC 3262 §7.1). */
export const rseq: HeaderGrammar<number> = {
  form: "single",
  parse: (scanner) => scanner.number(0xffff_ffff) || undefined,
  write: String,
};
