/** Accept-Contact and Reject-Contact (RFC 3841 §9.2, §9.3): `*;audio;methods="INVITE,BYE";require`. */
import type { HeaderGrammar } from "../grammar.ts";
import { Parameters } from "../parameters.ts";

/** What a caller wants of who answers, or wants nobody to have who answers. */
export interface FeaturePredicate {
  /** Feature parameters, and `require` and `explicit`. */
  readonly parameters: Parameters;
}

export const featurePredicate: HeaderGrammar<FeaturePredicate> = {
  form: "list",
  parse(scanner) {
    if (!scanner.take(STAR)) return undefined;
    const parameters = Parameters.parse(scanner);
    return parameters === undefined ? undefined : { parameters };
  },
  write: (value) => `*${value.parameters.toString()}`,
};

const STAR = 0x2a;
