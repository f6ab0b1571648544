/** Replaces (RFC 3891 §6.1), Join (RFC 3911 §7.1), Target-Dialog (RFC 4538 §7): a dialog by its Call-ID and tags. */
import type { HeaderGrammar } from "../grammar.ts";
import { Parameters } from "../parameters.ts";
import { parseCallId } from "./call-id.ts";

export interface DialogReference {
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
      return parameters === undefined || !parameters.raw(first) || !parameters.raw(second) ? undefined : { callId, parameters };
    },
    write: (value) => `${value.callId}${value.parameters.toString()}`,
  };
}

export const replaces: HeaderGrammar<DialogReference> = dialogReference("to-tag", "from-tag");

export const targetDialog: HeaderGrammar<DialogReference> = dialogReference("local-tag", "remote-tag");
