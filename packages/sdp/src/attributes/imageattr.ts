import { type AttributeGrammar, cut, isNonWhitespace, isToken, parseInteger } from "../grammar.ts";

/** One `[x=...,y=...]` set: keys and values in order, ranges and lists (`[320:16:640]`, `[800,640]`) as text. */
export type ImageSet = readonly (readonly [key: string, value: string])[];

/** a=imageattr (RFC 6236 §3.1). */
export interface ImageAttribute {
  readonly payloadType: number | "*";
  /** `"*"`: anything goes. */
  readonly send?: "*" | readonly ImageSet[];
  readonly recv?: "*" | readonly ImageSet[];
}

/** The grammar of a=imageattr. `send` is written first whichever came first. */
export const imageAttribute: AttributeGrammar<ImageAttribute> = {
  parse: (text) => {
    const [format, ...words] = (text ?? "").split(/[ \t]+/);
    const payloadType = format === "*" ? "*" : parseInteger(format, 0, 127);
    if (payloadType === undefined || words.length < 2) return undefined;
    const result: { payloadType: number | "*"; send?: "*" | ImageSet[]; recv?: "*" | ImageSet[] } = { payloadType };
    let at = 0;
    while (at < words.length) {
      const direction = words[at++];
      if ((direction !== "send" && direction !== "recv") || result[direction] !== undefined) return undefined;
      if (words[at] === "*") {
        result[direction] = "*";
        at += 1;
        continue;
      }
      const sets: ImageSet[] = [];
      while (at < words.length && words[at]!.startsWith("[")) {
        const set = parseSet(words[at++]!);
        if (set === undefined) return undefined;
        sets.push(set);
      }
      if (sets.length === 0) return undefined;
      result[direction] = sets;
    }
    return result;
  },
  write: (value) => {
    const side = (name: "send" | "recv"): string => {
      const sets = value[name];
      if (sets === undefined) return "";
      return ` ${name} ${sets === "*" ? "*" : sets.map(writeSet).join(" ")}`;
    };
    return `${value.payloadType}${side("send")}${side("recv")}`;
  },
};

function parseSet(word: string): ImageSet | undefined {
  if (!word.startsWith("[") || !word.endsWith("]") || !isNonWhitespace(word)) return undefined;
  const set: (readonly [string, string])[] = [];
  let depth = 0;
  let start = 1;
  for (let i = 1; i < word.length; i++) {
    const character = word[i];
    if (character === "[") depth += 1;
    else if (character === "]" && i < word.length - 1) depth -= 1;
    if (depth < 0 || depth > 1) return undefined;
    if (depth === 0 && (character === "," || i === word.length - 1)) {
      const [key, value] = cut(word.slice(start, i), "=");
      if (!isToken(key) || value === undefined || value === "") return undefined;
      set.push([key, value]);
      start = i + 1;
    }
  }
  return depth === 0 ? set : undefined;
}

function writeSet(set: ImageSet): string {
  return `[${set.map(([key, value]) => `${key}=${value}`).join(",")}]`;
}
