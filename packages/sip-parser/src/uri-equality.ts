/** When two URIs are the same: RFC 3261 §19.1.4 for sip and sips, RFC 3966 §4 for tel. */
import { CHARACTERS } from "./characters.ts";
import type { Parameters } from "./parameters.ts";
import { bytesOf } from "./text.ts";
import { hexValue, isIn, sameIgnoringCase } from "./tokens.ts";
import { isSipUri, isTelUri, type SipUri, type TelUri, type Uri, unescapeUri } from "./uri.ts";

const { UNRESERVED } = CHARACTERS;

/** Whether two URIs are equivalent. Not transitive for sip URIs, as RFC 3261 says; other schemes compare by text. */
export function sameUri(a: Uri, b: Uri): boolean {
  if (isSipUri(a)) return isSipUri(b) && sameSipUri(a, b);
  if (isTelUri(a)) return isTelUri(b) && sameTelUri(a, b);
  return !isSipUri(b) && !isTelUri(b) && a.scheme === b.scheme && a.opaque === b.opaque;
}

function sameSipUri(a: SipUri, b: SipUri): boolean {
  // "Comparison of the userinfo is case-sensitive"; a URI that omits a component differs from one that states its default.
  return (
    a.scheme === b.scheme &&
    sameEscaped(a.user, b.user, false) &&
    sameEscaped(a.password, b.password, false) &&
    sameIgnoringCase(a.host, b.host) &&
    a.port === b.port &&
    sameSipParameters(a.parameters, b.parameters) &&
    sameHeaders(a, b)
  );
}

function sameSipParameters(a: Parameters, b: Parameters): boolean {
  for (const [name] of a) {
    const key = unescapeUri(name);
    if (b.has(key)) {
      // §19.1.1: a name must not appear twice; where it does the first one counts, here as for those who read it.
      if (!sameEscaped(a.raw(key), b.raw(key), true)) return false;
    } else if (ALWAYS_COMPARED.has(key.toLowerCase())) return false;
  }
  // "A user, ttl, or method uri-parameter appearing in only one URI never matches"; maddr likewise.
  for (const [name] of b) if (ALWAYS_COMPARED.has(name.toLowerCase()) && !a.has(name)) return false;
  return true;
}

/** "Any present header component MUST be present in both URIs and match": in any order. */
function sameHeaders(a: SipUri, b: SipUri): boolean {
  if (a.headers.length !== b.headers.length) return false;
  const key = ([name, value]: readonly [string, string]): string => `${unescapeUri(name).toLowerCase()}=${normalized(value)}`;
  const of = b.headers.map(key).sort();
  return a.headers
    .map(key)
    .sort()
    .every((each, i) => each === of[i]);
}

/** RFC 3966 §4: separators do not count, letters compare without case, parameters in any order and all of them. */
function sameTelUri(a: TelUri, b: TelUri): boolean {
  const digits = (uri: TelUri): string => uri.number.replace(/[-.()]/g, "").toLowerCase();
  if (digits(a) !== digits(b) || a.parameters.size !== b.parameters.size) return false;
  for (const [name] of a.parameters) {
    const value = a.parameters.raw(name) ?? "";
    const other = b.parameters.raw(name);
    if (other === undefined || !sameIgnoringCase(normalizedNumber(name, value), normalizedNumber(name, other))) return false;
  }
  return true;
}

/** RFC 3966 §4: `ext` and a global `phone-context` are numbers, whose separators do not count either. */
function normalizedNumber(name: string, value: string): string {
  const isNumber = sameIgnoringCase(name, "ext") || (sameIgnoringCase(name, "phone-context") && value.startsWith("+"));
  return isNumber ? value.replace(/[-.()]/g, "") : normalized(value);
}

function sameEscaped(a: string | undefined, b: string | undefined, ignoreCase: boolean): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return ignoreCase ? sameIgnoringCase(normalized(a), normalized(b)) : normalized(a) === normalized(b);
}

/** "Characters other than those in the reserved set are equivalent to their %HH encoding": only unreserved ones are decoded. */
function normalized(text: string): string {
  if (!text.includes("%")) return text;
  const bytes = bytesOf(text);
  let out = "";
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    const high = byte === 0x25 ? hexValue(bytes[at + 1]) : -1;
    const low = high < 0 ? -1 : hexValue(bytes[at + 2]);
    if (low < 0) {
      out += String.fromCharCode(byte);
      continue;
    }
    const decoded = (high << 4) | low;
    out += isIn(decoded, UNRESERVED) ? String.fromCharCode(decoded) : `%${decoded.toString(16).padStart(2, "0")}`;
    at += 2;
  }
  return out;
}

/** `transport` follows the general rule for parameters: it must match only when both have it. */
const ALWAYS_COMPARED: ReadonlySet<string> = new Set(["user", "ttl", "method", "maddr"]);
