/** Session-Expires and Min-SE (RFC 4028 §4, §5): `1800;refresher=uac`. */
import type { HeaderGrammar } from "../grammar.ts";
import { Parameters } from "../parameters.ts";

/** How long a session lasts unless it is refreshed, or the shortest such time that is taken. */
export interface SessionExpires {
  /** Seconds, 0 to 2^32 - 1. */
  readonly seconds: number;
  /** `refresher` is `uac` or `uas`. */
  readonly parameters: Parameters;
}

export const sessionExpires: HeaderGrammar<SessionExpires> = {
  form: "single",
  parse(scanner) {
    const seconds = scanner.number(0xffff_ffff);
    if (seconds === undefined) return undefined;
    const parameters = Parameters.parse(scanner);
    return parameters === undefined ? undefined : { seconds, parameters };
  },
  write: (value) => `${value.seconds}${value.parameters.toString()}`,
};
