/** CSeq (RFC 3261 §20.16) and RAck (RFC 3262 §7.2). */
import { CHARACTERS } from "../characters.ts";
import type { HeaderGrammar } from "../grammar.ts";
import type { Scanner } from "../scanner.ts";
import { asciiTextOf } from "../text.ts";
import { knownWord } from "../words.ts";

const { TOKEN } = CHARACTERS;

/** The place of a request in its dialog, and its method. */
export interface CSeq {
  /** 0 to 2^31 - 1 (RFC 3261 §8.1.1.5). */
  readonly number: number;
  /** Case-sensitive, as written. */
  readonly method: string;
}

export const cseq: HeaderGrammar<CSeq> = {
  form: "single",
  parse(scanner) {
    const number = scanner.number(HIGHEST_CSEQ);
    if (number === undefined) return undefined;
    const method = spacedMethod(scanner);
    return method === undefined ? undefined : { number, method };
  },
  write: (value) => `${value.number} ${value.method}`,
};

/** What a PRACK acknowledges. */
export interface RAck {
  /** The RSeq of the provisional response: 1 to 2^32 - 1. */
  readonly responseNumber: number;
  /** The number in the CSeq of the INVITE that is answered: 0 to 2^31 - 1. */
  readonly cseqNumber: number;
  /** The method in that CSeq, as written. */
  readonly method: string;
}

export const rack: HeaderGrammar<RAck> = {
  form: "single",
  parse(scanner) {
    const responseNumber = scanner.number(0xffff_ffff);
    if (responseNumber === undefined) return undefined;
    scanner.skipSpace();
    const cseqNumber = scanner.number(HIGHEST_CSEQ);
    if (cseqNumber === undefined) return undefined;
    const method = spacedMethod(scanner);
    return method === undefined ? undefined : { responseNumber, cseqNumber, method };
  },
  write: (value) => `${value.responseNumber} ${value.cseqNumber} ${value.method}`,
};

/** LWS Method */
function spacedMethod(scanner: Scanner): string | undefined {
  const before = scanner.at;
  scanner.skipSpace();
  const start = scanner.at;
  if (start === before || !scanner.skip(TOKEN)) return undefined;
  return knownWord(scanner.bytes, start, scanner.at) ?? asciiTextOf(scanner.bytes, start, scanner.at);
}

const HIGHEST_CSEQ = 0x7fff_ffff;
