import { parseInteger } from "../grammar.ts";

/** t= (RFC 8866 §5.9): NTP seconds; 0 means unbounded. */
export interface Timing {
  readonly start: number;
  readonly stop: number;
}

/** Parses the value of a t= line. */
export function parseTiming(text: string): Timing | undefined {
  const [first, second, ...rest] = text.split(" ", 3);
  const start = parseInteger(first, 0, Number.MAX_SAFE_INTEGER);
  const stop = parseInteger(second, 0, Number.MAX_SAFE_INTEGER);
  return start === undefined || stop === undefined || rest.length > 0 ? undefined : { start, stop };
}

/** Writes the value of a t= line. */
export function writeTiming(timing: Timing): string {
  return `${timing.start} ${timing.stop}`;
}

/** Whether the value of an r= line is well formed (§5.10): interval, duration and offsets as typed times. */
export function isRepeat(text: string): boolean {
  return /^[0-9]+[dhms]?( [0-9]+[dhms]?){2,}$/.test(text);
}

/** Whether the value of a z= line is well formed (§5.11): pairs of adjustment time and signed offset. */
export function isZoneAdjustments(text: string): boolean {
  return /^[0-9]+ -?[0-9]+[dhms]?( [0-9]+ -?[0-9]+[dhms]?)*$/.test(text);
}

/** Whether the value of a k= line is well formed (§5.12; obsolete, to be parsed and not used). */
export function isKey(text: string): boolean {
  return text === "prompt" || /^(clear|base64|uri):./.test(text);
}
