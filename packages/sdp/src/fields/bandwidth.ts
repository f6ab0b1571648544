import { cut, isToken, parseInteger } from "../grammar.ts";

/** b= (RFC 8866 §5.8). */
export interface Bandwidth {
  /** `CT`, `AS`, `TIAS` (RFC 3890), `RS`, `RR` (RFC 3556), or any other token. */
  readonly type: string;
  /** kbit/s for CT and AS, bit/s for TIAS, RS and RR. */
  readonly value: number;
}

/** Parses the value of a b= line. */
export function parseBandwidth(text: string): Bandwidth | undefined {
  const [type, digits] = cut(text, ":");
  const value = parseInteger(digits, 0, Number.MAX_SAFE_INTEGER);
  return value === undefined || !isToken(type) ? undefined : { type, value };
}

/** Writes the value of a b= line. */
export function writeBandwidth(bandwidth: Bandwidth): string {
  return `${bandwidth.type}:${bandwidth.value}`;
}
