/** Date (RFC 3261 §20.17): RFC 1123 dates, always GMT. Calendar arithmetic without the clock that pure packages do not have. */
import type { HeaderGrammar } from "../grammar.ts";
import { textOf } from "../text.ts";

/** A moment as seconds since 1970-01-01T00:00:00Z. */
export interface SipDate {
  /** Whole seconds; negative before 1970. */
  readonly unixSeconds: number;
}

export const date: HeaderGrammar<SipDate> = {
  form: "single",
  parse(scanner) {
    const match = FORM.exec(textOf(scanner.bytes, scanner.at, Math.min(scanner.end, scanner.at + LENGTH)));
    if (match === null) return undefined;
    const month = MONTHS.indexOf(match[3]!);
    const [day, year, hour, minute, second] = [match[2], match[4], match[5], match[6], match[7]].map(Number) as [
      number,
      number,
      number,
      number,
      number,
    ];
    if (month < 0 || day < 1 || day > daysInMonth(year, month) || hour > 23 || minute > 59 || second > 60) return undefined;
    const days = daysSinceEpoch(year, month, day);
    if (WEEKDAYS[(((days + 4) % 7) + 7) % 7] !== match[1]) return undefined;
    scanner.at += LENGTH;
    return { unixSeconds: days * 86400 + hour * 3600 + minute * 60 + second };
  },
  write(value) {
    const days = Math.floor(value.unixSeconds / 86400);
    const rest = value.unixSeconds - days * 86400;
    let year = 1970 + Math.floor(days / 366);
    while (daysSinceEpoch(year + 1, 0, 1) <= days) year += 1;
    let month = 0;
    while (month < 11 && daysSinceEpoch(year, month + 1, 1) <= days) month += 1;
    const day = days - daysSinceEpoch(year, month, 1) + 1;
    const time = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, Math.floor(rest) % 60].map(twoDigits).join(":");
    return `${WEEKDAYS[(((days + 4) % 7) + 7) % 7]}, ${twoDigits(day)} ${MONTHS[month]} ${String(year).padStart(4, "0")} ${time} GMT`;
  },
};

/** Days from 1970-01-01 to a date of the Gregorian calendar; `month` from 0. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const before = year - 1;
  const leaps = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const daysOfYear = CUMULATIVE[month]! + (month > 1 && isLeap(year) ? 1 : 0) + day - 1;
  return before * 365 + leaps + daysOfYear - DAYS_BEFORE_1970;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysInMonth(year: number, month: number): number {
  return month === 1 && isLeap(year) ? 29 : CUMULATIVE[month + 1]! - CUMULATIVE[month]!;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

const FORM = /^([A-Z][a-z]{2}), ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT$/;
/** `Sat, 13 Nov 2010 23:29:00 GMT` */
const LENGTH = 29;
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const CUMULATIVE = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
const DAYS_BEFORE_1970 = 719162;
