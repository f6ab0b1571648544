import { type AttributeGrammar, cut, isBase64, isNonWhitespace } from "../grammar.ts";

/** a=identity (RFC 8827 §5.6.4). */
export interface Identity {
  /** The assertion, in base64. */
  readonly assertion: string;
  /** `name=value` or `name` extensions, in order. */
  readonly extensions: readonly string[];
}

/** The grammar of a=identity. */
export const identity: AttributeGrammar<Identity> = {
  parse: (text) => {
    const [assertion, rest] = cut(text ?? "", " ");
    const extensions = rest === undefined ? [] : rest.split(";");
    return isBase64(assertion) && extensions.every(isNonWhitespace) ? { assertion, extensions } : undefined;
  },
  write: (value) => (value.extensions.length === 0 ? value.assertion : `${value.assertion} ${value.extensions.join(";")}`),
};
