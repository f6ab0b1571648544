import type { AttributeGrammar } from "../grammar.ts";

/** a=fingerprint (RFC 8122 §5): the hash of a certificate. */
export interface Fingerprint {
  /** Lower case, such as `sha-256`. */
  readonly hash: string;
  /** Upper-case hexadecimal bytes with colons. */
  readonly value: string;
}

/** The grammar of a=fingerprint. Names and digits are taken in either case, as senders differ, and given in the RFC's. */
export const fingerprint: AttributeGrammar<Fingerprint> = {
  parse: (text) => {
    const match = /^([!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+) ([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2})*)$/.exec(text ?? "");
    return match === null ? undefined : { hash: match[1]!.toLowerCase(), value: match[2]!.toUpperCase() };
  },
  write: (value) => `${value.hash} ${value.value}`,
};
