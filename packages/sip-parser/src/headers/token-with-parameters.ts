/**
 * Headers of `token *( SEMI parameter )`: Accept-Encoding, Accept-Language, Content-Disposition, Event, Subscription-State, Reason, Info-Package.
 */
import type { HeaderGrammar } from "../grammar.ts";
import { Parameters, type ParametersInit } from "../parameters.ts";

/** A token and its parameters. */
export interface ParameterizedToken {
  /** As written. */
  readonly value: string;
  /** Which ones there are depends on the header: `id` of Event, `cause` and `text` of Reason. */
  readonly parameters: Parameters;
}

/** Builds a token with parameters: `parameterized("presence", { id: "7" })`. */
export function parameterized(value: string, parameters?: ParametersInit): ParameterizedToken {
  return { value, parameters: Parameters.of(parameters) };
}

/** Content-Disposition (RFC 3261 §20.11), Event (RFC 6665 §8.2.1), Subscription-State (§8.2.3), Info-Package (RFC 6086 §9): once. */
export const parameterizedToken: HeaderGrammar<ParameterizedToken> = {
  form: "single",
  parse(scanner) {
    const value = scanner.token();
    if (value === undefined) return undefined;
    const parameters = Parameters.parse(scanner);
    return parameters === undefined ? undefined : { value, parameters };
  },
  write: (value) => `${value.value}${value.parameters.toString()}`,
};

/** Reason (RFC 3326 §2): a list. `SIP;cause=200;text="Call completed elsewhere"`, `Q.850;cause=16`. */
export const parameterizedTokenList: HeaderGrammar<ParameterizedToken> = { ...parameterizedToken, form: "list" };

/** Accept-Encoding, Accept-Language (RFC 3261 §20.2, §20.3), Recv-Info (RFC 6086 §9): a list that may be empty. */
export const optionalParameterizedTokenList: HeaderGrammar<ParameterizedToken> = { ...parameterizedTokenList, mayBeEmpty: true };
