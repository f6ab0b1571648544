import { type AttributeGrammar, isToken } from "../grammar.ts";

/** a=group (RFC 5888 §5): `BUNDLE` (RFC 9143), `LS`, `FID`, ... */
export interface Group {
  readonly semantics: string;
  /** May be empty: a BUNDLE answer that accepts nothing. */
  readonly mids: readonly string[];
}

/** The grammar of a=group. */
export const group: AttributeGrammar<Group> = {
  parse: (text) => {
    const [semantics, ...mids] = (text ?? "").split(" ");
    return isToken(semantics!) && mids.every(isToken) ? { semantics: semantics!, mids } : undefined;
  },
  write: (value) => [value.semantics, ...value.mids].join(" "),
};
