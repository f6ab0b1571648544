/** Contact (RFC 3261 §20.10): addresses with `q`, `expires` and the parameters of RFC 5626 and 5627, or `*` to remove all bindings. */
import type { HeaderGrammar } from "../grammar.ts";
import { type NameAddress, parseNameAddress, writeNameAddress } from "./name-address.ts";

/** A contact, or `"*"`. */
export type Contact = NameAddress | "*";

export const contact: HeaderGrammar<Contact> = {
  form: "list",
  parse(scanner) {
    if (scanner.peek() === STAR) {
      // A display name may begin with "*" as well: only a lone star is the star.
      const start = scanner.at;
      scanner.at += 1;
      scanner.skipSpace();
      if (scanner.atEnd()) return "*";
      scanner.at = start;
    }
    return parseNameAddress(scanner, false);
  },
  write: (value) => (value === "*" ? "*" : writeNameAddress(value)),
};

const STAR = 0x2a;
