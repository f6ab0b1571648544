import type { AttributeGrammar } from "../grammar.ts";
import { oneOf } from "./text.ts";

/** a=setup (RFC 4145 §4, RFC 8842 §5): who sends the first DTLS message. */
export type Setup = "active" | "passive" | "actpass" | "holdconn";

/** The grammar of a=setup. */
export const setup: AttributeGrammar<Setup> = oneOf(["active", "passive", "actpass", "holdconn"]);

/** a=connection (RFC 4145 §5). */
export const connection: AttributeGrammar<"new" | "existing"> = oneOf(["new", "existing"]);

/** a=tls-id (RFC 8842 §4): 20 to 255 characters that name one DTLS association. */
export const tlsId: AttributeGrammar<string> = {
  parse: (text) => (text !== undefined && /^[A-Za-z0-9+/_-]{20,255}$/.test(text) ? text : undefined),
  write: (value) => value,
};
