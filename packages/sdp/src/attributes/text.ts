import { type AttributeGrammar, isToken, parseInteger } from "../grammar.ts";

/** A value that is one token (a=mid of RFC 5888 §4, a=label of RFC 4574 §5, ...). */
export const token: AttributeGrammar<string> = {
  parse: (text) => (text !== undefined && isToken(text) ? text : undefined),
  write: (value) => value,
};

/** Free text of at least one character (a=tool, a=cat, a=keywds of RFC 8866 §6). */
export const freeText: AttributeGrammar<string> = {
  parse: (text) => (text === undefined || text === "" ? undefined : text),
  write: (value) => value,
};

/** An unsigned decimal integer between two bounds. */
export function integer(low: number, high: number): AttributeGrammar<number> {
  return { parse: (text) => parseInteger(text, low, high), write: String };
}

/** A positive integer or decimal fraction (a=ptime, a=maxptime, a=framerate of RFC 8866 §6). */
export const positiveReal: AttributeGrammar<number> = {
  parse: (text) => {
    if (text === undefined || text.length > 32 || !/^[0-9]+(\.[0-9]+)?$/.test(text)) return undefined;
    const value = Number(text);
    return value > 0 ? value : undefined;
  },
  write: String,
};

/** One word out of a closed list. */
export function oneOf<Word extends string>(words: readonly Word[]): AttributeGrammar<Word> {
  return { parse: (text) => words.find((word) => word === text), write: (value) => value };
}
