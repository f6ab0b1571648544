/** Session parameters of `a=crypto` for SRTP (RFC 4568 §6.3, §9.2): words behind the keys, separated by spaces. */
import { Malformed } from "@purertc/core";
import { formatSdesKeys, parseSdesKeys, type SdesKey } from "./key-parameters.ts";

/** What the session parameters say. */
export interface SdesSessionParameters {
  /** KDR: packets after which session keys are derived anew, a power of two from 2^0 to 2^24 (here the number, on the wire its exponent). */
  readonly keyDerivationRate?: number;
  readonly unencryptedSrtcp?: boolean;
  readonly unencryptedSrtp?: boolean;
  readonly unauthenticatedSrtp?: boolean;
  /** Whether forward error correction comes before or after SRTP. */
  readonly fecOrder?: "FEC_SRTP" | "SRTP_FEC";
  /** Keys of a separate FEC stream. */
  readonly fecKeys?: readonly SdesKey[];
  /** WSH: the replay window the sender of the packets suggests, at least 64. */
  readonly windowSizeHint?: number;
  /** Words this package does not know. One that does not begin with "-" is mandatory: who does not know it must not use the attribute (§6.3.7). */
  readonly extensions?: readonly string[];
}

/** Why session parameters are not any. */
export type SdesSessionProblem = "session-parameter" | "session-parameter-twice";

/** Parses the words. The offset of a problem is the number of the word. */
export function parseSessionParameters(words: readonly string[]): SdesSessionParameters | Malformed<SdesSessionProblem> {
  let parameters: SdesSessionParameters = {};
  const seen = new Set<string>();
  for (const [at, word] of words.entries()) {
    const name = word.split("=", 1)[0]!.toUpperCase(); // §9.2: compared without regard to case
    if (seen.has(name)) return new Malformed("session-parameter-twice", at);
    seen.add(name);
    const value = word.slice(name.length + 1);
    const added = parseSessionParameter(name, value, word);
    if (added === undefined) return new Malformed("session-parameter", at);
    parameters = { ...parameters, ...added, ...extended(parameters, added) };
  }
  return parameters;
}

/** The words of session parameters. */
export function formatSessionParameters(parameters: SdesSessionParameters): readonly string[] {
  const words: string[] = [];
  if (parameters.keyDerivationRate !== undefined) words.push(`KDR=${Math.log2(parameters.keyDerivationRate)}`);
  if (parameters.unencryptedSrtcp === true) words.push("UNENCRYPTED_SRTCP");
  if (parameters.unencryptedSrtp === true) words.push("UNENCRYPTED_SRTP");
  if (parameters.unauthenticatedSrtp === true) words.push("UNAUTHENTICATED_SRTP");
  if (parameters.fecOrder !== undefined) words.push(`FEC_ORDER=${parameters.fecOrder}`);
  if (parameters.fecKeys !== undefined) words.push(`FEC_KEY=${formatSdesKeys(parameters.fecKeys)}`);
  if (parameters.windowSizeHint !== undefined) words.push(`WSH=${parameters.windowSizeHint}`);
  return [...words, ...(parameters.extensions ?? [])];
}

function parseSessionParameter(name: string, value: string, word: string): SdesSessionParameters | undefined {
  switch (name) {
    case "KDR":
      return /^[0-9]{1,2}$/.test(value) && Number(value) <= 24 ? { keyDerivationRate: 2 ** Number(value) } : undefined;
    case "UNENCRYPTED_SRTCP":
      return word.length === name.length ? { unencryptedSrtcp: true } : undefined;
    case "UNENCRYPTED_SRTP":
      return word.length === name.length ? { unencryptedSrtp: true } : undefined;
    case "UNAUTHENTICATED_SRTP":
      return word.length === name.length ? { unauthenticatedSrtp: true } : undefined;
    case "FEC_ORDER":
      return fecOrderOf(value.toUpperCase());
    case "FEC_KEY": {
      const fecKeys = parseSdesKeys(value);
      return fecKeys instanceof Malformed ? undefined : { fecKeys };
    }
    case "WSH":
      return /^[0-9]{2,15}$/.test(value) && Number(value) >= 64 ? { windowSizeHint: Number(value) } : undefined;
    default:
      return /^-?[\x21-\x2c\x2e-\x7e][\x21-\x7e]*$/.test(word) ? { extensions: [word] } : undefined;
  }
}

function fecOrderOf(value: string): SdesSessionParameters | undefined {
  return value === "FEC_SRTP" || value === "SRTP_FEC" ? { fecOrder: value } : undefined;
}

/** Extensions add up. */
function extended(before: SdesSessionParameters, added: SdesSessionParameters): SdesSessionParameters {
  if (added.extensions === undefined || before.extensions === undefined) return {};
  return { extensions: [...before.extensions, ...added.extensions] };
}
