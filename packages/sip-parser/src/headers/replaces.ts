/** Replaces (RFC 3891 §6.1), Join (RFC 3911 §7.1), Target-Dialog (RFC 4538 §7): a dialog by its Call-ID and tags. */
import type { HeaderGrammar } from "../grammar.ts";
import { Parameters } from "../parameters.ts";
import { sameIgnoringCase } from "../tokens.ts";
import { parseCallId } from "./call-id.ts";

/** A dialog, by its Call-ID and both tags. */
export interface DialogReference {
  /** Case-sensitive, as written. */
  readonly callId: string;
  /** `to-tag`, `from-tag` (in Target-Dialog `local-tag`, `remote-tag`), `early-only`. */
  readonly parameters: Parameters;
}

/** Both tags are required, each once. */
function dialogReference(first: string, second: string): HeaderGrammar<DialogReference> {
  return {
    form: "single",
    parse(scanner) {
      const callId = parseCallId(scanner);
      if (callId === undefined) return undefined;
      const parameters = Parameters.parse(scanner);
      return parameters === undefined || !isOnce(parameters, first) || !isOnce(parameters, second) ? undefined : { callId, parameters };
    },
    write: (value) => `${value.callId}${value.parameters.toString()}`,
  };
}

function isOnce(parameters: Parameters, name: string): boolean {
  return !!parameters.raw(name) && parameters.entries().filter(([each]) => sameIgnoringCase(each, name)).length === 1;
}

export const replaces: HeaderGrammar<DialogReference> = dialogReference("to-tag", "from-tag");

export const targetDialog: HeaderGrammar<DialogReference> = dialogReference("local-tag", "remote-tag");
