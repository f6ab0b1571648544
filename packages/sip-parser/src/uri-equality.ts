/** When two URIs are the same: RFC 3261 §19.1.4 for sip and sips, RFC 3966 §4 for tel. */
import { equalBytes } from "@purertc/core";
import { CHARACTERS } from "./characters.ts";
import { ipv6ReferenceAddress } from "./host.ts";
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
    sameHost(a.host, b.host) &&
    a.port === b.port &&
    sameSipParameters(a.parameters, b.parameters) &&
    sameHeaders(a, b)
  );
}

/** RFC 5954 §4.2: two forms of one IPv6 address are the same host. */
function sameHost(a: string, b: string): boolean {
  if (sameIgnoringCase(a, b)) return true;
  const address = ipv6ReferenceAddress(a);
  const other = ipv6ReferenceAddress(b);
  return address !== undefined && other !== undefined && equalBytes(address, other);
}

function sameSipParameters(a: Parameters, b: Parameters): boolean {
  const ofA = valuesByName(a);
  const ofB = valuesByName(b);
  for (const [name, value] of ofA) {
    const other = ofB.get(name);
    if (other === undefined ? ALWAYS_COMPARED.has(name) : !sameEscaped(value, other, true)) return false;
  }
  for (const name of ofB.keys()) if (ALWAYS_COMPARED.has(name) && !ofA.has(name)) return false;
  return true;
}

/** Names without escapes and case; `""` where there is no value. §19.1.1: a name must not appear twice; where it does the first one counts, here as for those who read it. */
function valuesByName(parameters: Parameters): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of parameters) {
    const key = unescapeUri(name).toLowerCase();
    if (!values.has(key)) values.set(key, value ?? "");
  }
  return values;
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
  const ofA = valuesByName(a.parameters);
  const ofB = valuesByName(b.parameters);
  if (digits(a) !== digits(b) || ofA.size !== ofB.size) return false;
  for (const [name, value] of ofA) {
    const other = ofB.get(name);
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

/**
 * "A user, ttl, or method uri-parameter appearing in only one URI never matches, even if it contains the default value"; maddr likewise. The transport is
 * not in that list, but in the rule above it (§19.1.4: "The same is true for the transport-parameter") and in the RFC's examples of URIs that differ.
 */
const ALWAYS_COMPARED: ReadonlySet<string> = new Set(["user", "ttl", "method", "maddr", "transport"]);
