import type { AttributeGrammar } from "../grammar.ts";

/** A property attribute: a bare name that is there or not, such as `a=rtcp-mux` (RFC 8866 §5.13). */
export const flag: AttributeGrammar<true> = {
  parse: (text) => (text === undefined ? true : undefined),
  write: () => undefined,
};
