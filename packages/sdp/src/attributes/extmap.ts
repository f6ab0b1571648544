import { type AttributeGrammar, cut, isNonWhitespace, parseInteger } from "../grammar.ts";
import { DIRECTIONS, type Direction } from "./direction.ts";

/** a=extmap (RFC 8285 §8). */
export interface ExtMap {
  /** 1 to 14 for one-byte headers, to 255 for two-byte ones, 4096 to 4351 while an offer leaves it open (§8). */
  readonly id: number;
  readonly direction?: Direction;
  readonly uri: string;
  /** Extension attributes, as text; for `urn:ietf:params:rtp-hdrext:encrypt` (RFC 6904) the encrypted extension's URI and attributes. */
  readonly attributes?: string;
}

/** The grammar of a=extmap. */
export const extMap: AttributeGrammar<ExtMap> = {
  parse: (text) => {
    const [head, tail] = cut(text ?? "", " ");
    const [digits, word] = cut(head, "/");
    const [uri, attributes] = cut(tail ?? "", " ");
    const id = parseInteger(digits, 0, 0xffff);
    const direction = DIRECTIONS.find((one) => one === word);
    if (id === undefined || !isNonWhitespace(uri) || (word !== undefined && direction === undefined)) return undefined;
    return { id, ...(direction && { direction }), uri, ...(attributes !== undefined && { attributes }) };
  },
  write: (value) => {
    const direction = value.direction === undefined ? "" : `/${value.direction}`;
    const attributes = value.attributes === undefined ? "" : ` ${value.attributes}`;
    return `${value.id}${direction} ${value.uri}${attributes}`;
  },
};
