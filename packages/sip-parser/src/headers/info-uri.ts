/** Alert-Info, Call-Info, Error-Info (RFC 3261 §20.4, §20.9, §20.18): `<absolute URI>;purpose=...`. Geolocation (RFC 6442) has the same form. */

import { Malformed } from "@purertc/core";
import { CHARACTERS } from "../characters.ts";
import type { HeaderGrammar } from "../grammar.ts";
import { Parameters } from "../parameters.ts";
import { scanUri, type Uri, writeUri } from "../uri.ts";

const { GREATER, LESS } = CHARACTERS;

/** Where more can be had, and for what. */
export interface InfoUri {
  /** Not fetched by anything here. */
  readonly uri: Uri;
  /** `purpose`, and extensions. */
  readonly parameters: Parameters;
}

export const infoUri: HeaderGrammar<InfoUri> = {
  form: "list",
  parse(scanner) {
    if (!scanner.take(LESS)) return undefined;
    scanner.skipSpace();
    const uri = scanUri(scanner, true);
    if (uri instanceof Malformed) {
      scanner.at = uri.offset;
      return undefined;
    }
    scanner.skipSpace();
    if (!scanner.take(GREATER)) return undefined;
    const parameters = Parameters.parse(scanner);
    return parameters === undefined ? undefined : { uri, parameters };
  },
  write: (value) => `<${writeUri(value.uri)}>${value.parameters.toString()}`,
};
