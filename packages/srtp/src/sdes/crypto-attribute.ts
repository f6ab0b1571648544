/**
 * The `a=crypto` attribute (RFC 4568 §9.1):
 *
 *   a=crypto:<tag> <crypto-suite> <key-params>[ <session-param>]...
 */
import { Malformed } from "@purertc/core";
import { formatSdesKeys, parseSdesKeys, type SdesKey, type SdesKeyProblem } from "./key-parameters.ts";
import {
  formatSessionParameters,
  parseSessionParameters,
  type SdesSessionParameters,
  type SdesSessionProblem,
} from "./session-parameters.ts";

/** A parsed `a=crypto`. */
export interface CryptoAttribute {
  /** Which of several offered attributes an answer chose; up to nine digits. */
  readonly tag: number;
  /** The crypto suite, whether known here or not. */
  readonly suite: string;
  /** At least one. */
  readonly keys: readonly SdesKey[];
  readonly session: SdesSessionParameters;
}

/** Why a text is no `a=crypto`. */
export type CryptoAttributeProblem = "syntax" | "tag" | SdesKeyProblem | SdesSessionProblem;

/** Parses the attribute's value, or a whole line that begins with `crypto:` or `a=crypto:`. Offsets are characters from the start of `text`. */
export function parseCryptoAttribute(text: string): CryptoAttribute | Malformed<CryptoAttributeProblem> {
  const start = /^(?:a=)?crypto:/i.exec(text)?.[0].length ?? 0;
  const words = [...text.slice(start).matchAll(/[^ \t]+/g)];
  const [tag, suite, keyParameters, ...rest] = words.map((match) => match[0]);
  if (tag === undefined || suite === undefined || keyParameters === undefined) return new Malformed("syntax", text.length);
  if (!/^[0-9]{1,9}$/.test(tag)) return new Malformed("tag", start);
  if (!/^[A-Za-z0-9_]+$/.test(suite)) return new Malformed("syntax", start + words[1]!.index);
  const keys = parseSdesKeys(keyParameters);
  if (keys instanceof Malformed) return new Malformed(keys.reason, start + words[2]!.index + keys.offset);
  const session = parseSessionParameters(rest);
  if (session instanceof Malformed) return new Malformed(session.reason, start + words[3 + session.offset]!.index);
  return { tag: Number(tag), suite, keys, session };
}

/** The attribute's value, without `a=crypto:`. */
export function formatCryptoAttribute(attribute: CryptoAttribute): string {
  const words = [String(attribute.tag), attribute.suite, formatSdesKeys(attribute.keys), ...formatSessionParameters(attribute.session)];
  return words.join(" ");
}
