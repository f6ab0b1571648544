import { type AttributeGrammar, cut, isNonWhitespace, isToken } from "../grammar.ts";

/** a=msid (RFC 8830 §2): the stream a section's media belongs to; `-` means none. */
export interface Msid {
  readonly id: string;
  /** Older senders put the track's id here; ignored by RFC 9429 §5.8.2. */
  readonly appData?: string;
}

/** The grammar of a=msid. */
export const msid: AttributeGrammar<Msid> = {
  parse: (text) => {
    const [id, appData] = cut(text ?? "", " ");
    if (!isNonWhitespace(id) || (appData !== undefined && !isNonWhitespace(appData))) return undefined;
    return appData === undefined ? { id } : { id, appData };
  },
  write: (value) => (value.appData === undefined ? value.id : `${value.id} ${value.appData}`),
};

/** a=msid-semantic (RFC 8830 appendix, older drafts): `WMS` and stream ids or `*`. */
export interface MsidSemantic {
  readonly semantic: string;
  readonly ids: readonly string[];
}

/** The grammar of a=msid-semantic. */
export const msidSemantic: AttributeGrammar<MsidSemantic> = {
  parse: (text) => {
    // INTEROP: Chromium 156 writes a space after the colon.
    const [semantic, ...ids] = (text?.startsWith(" ") ? text.slice(1) : (text ?? "")).split(" ");
    const stated = ids.filter((id) => id !== "");
    return isToken(semantic!) && stated.every(isNonWhitespace) ? { semantic: semantic!, ids: stated } : undefined;
  },
  write: (value) => [value.semantic, ...value.ids].join(" "),
};
