import { type AttributeGrammar, cut, isToken, parseInteger } from "../grammar.ts";

/** a=ssrc (RFC 5576 §4.1): one attribute of one source. */
export interface SsrcAttribute {
  readonly ssrc: number;
  /** `cname`, `msid`, `fmtp`, ... */
  readonly attribute: string;
  readonly value?: string;
}

/** The grammar of a=ssrc. */
export const ssrc: AttributeGrammar<SsrcAttribute> = {
  parse: (text) => {
    const [id, rest] = cut(text ?? "", " ");
    const number = parseInteger(id, 0, 0xffff_ffff);
    const [attribute, value] = cut(rest ?? "", ":");
    if (number === undefined || !isToken(attribute)) return undefined;
    return value === undefined ? { ssrc: number, attribute } : { ssrc: number, attribute, value };
  },
  write: (value) => `${value.ssrc} ${value.attribute}${value.value === undefined ? "" : `:${value.value}`}`,
};

/** a=ssrc-group (RFC 5576 §4.2): `FID` (RFC 4588), `FEC-FR` (RFC 5956), `SIM`, ... */
export interface SsrcGroup {
  readonly semantics: string;
  readonly ssrcs: readonly number[];
}

/** The grammar of a=ssrc-group. */
export const ssrcGroup: AttributeGrammar<SsrcGroup> = {
  parse: (text) => {
    const [semantics, ...ids] = (text ?? "").split(" ");
    const ssrcs = ids.map((id) => parseInteger(id, 0, 0xffff_ffff)).filter((id) => id !== undefined);
    return isToken(semantics!) && ssrcs.length === ids.length ? { semantics: semantics!, ssrcs } : undefined;
  },
  write: (value) => [value.semantics, ...value.ssrcs].join(" "),
};
