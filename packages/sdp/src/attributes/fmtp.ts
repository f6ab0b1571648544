import { type AttributeGrammar, cut, isToken } from "../grammar.ts";

/** a=fmtp (RFC 8866 §6.15): parameters of one format, in the format's own language. */
export interface Fmtp {
  /** A payload type as text, or another format of the m= line. */
  readonly format: string;
  /** As written; see {@link formatParameters}. */
  readonly parameters: string;
}

/** The grammar of a=fmtp. */
export const fmtp: AttributeGrammar<Fmtp> = {
  parse: (text) => {
    const [format, parameters] = cut(text ?? "", " ");
    return isToken(format) && parameters !== undefined && parameters !== "" ? { format, parameters } : undefined;
  },
  write: (value) => `${value.format} ${value.parameters}`,
};

/**
 * The `name=value;name=value` form that most formats use, names in lower case. A part without `=` (the `0-15` of telephone-event) has an empty value.
 * Of a repeated name the first counts.
 */
export function formatParameters(parameters: string): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const part of parameters.split(";")) {
    const [name, value] = cut(part.trim(), "=");
    const key = name.trim().toLowerCase();
    if (key !== "" && !map.has(key)) map.set(key, (value ?? "").trim());
  }
  return map;
}
