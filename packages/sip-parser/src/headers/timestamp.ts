/** Timestamp (RFC 3261 §20.38): `54.3 0.5`, when a request was sent and how long the response was held back. */
import { CHARACTERS } from "../characters.ts";
import type { HeaderGrammar } from "../grammar.ts";
import type { Scanner } from "../scanner.ts";

const { DIGIT } = CHARACTERS;

/** Both in seconds, as written, so that a server copies them exactly (§8.2.6.1). */
export interface Timestamp {
  /** The clock of who sent the request; its zero is that sender's choice. */
  readonly time: string;
  /** Between the arrival of the request and the response; undefined when not told. */
  readonly delay: string | undefined;
}

export const timestamp: HeaderGrammar<Timestamp> = {
  form: "single",
  parse(scanner) {
    const time = decimal(scanner, true);
    if (time === undefined) return undefined;
    scanner.skipSpace();
    return { time, delay: scanner.atEnd() ? undefined : decimal(scanner, false) };
  },
  write: (value) => (value.delay === undefined ? value.time : `${value.time} ${value.delay}`),
};

/** 1*DIGIT [ "." *DIGIT ]; a delay may begin with the dot. */
function decimal(scanner: Scanner, digitFirst: boolean): string | undefined {
  const start = scanner.at;
  const digits = scanner.skip(DIGIT);
  if (digitFirst && !digits) return undefined;
  if (scanner.take(0x2e)) scanner.skip(DIGIT);
  return scanner.at > start ? scanner.textFrom(start) : undefined;
}
