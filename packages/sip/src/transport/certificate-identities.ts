/** The SIP domains a certificate proves (RFC 5922 §7.1), and whether one of them is the domain that was asked for (§7.2). */
import { type DerElement, DerTag, derElementAt, derObjectIdentifier, equalBytes, formatIp, Malformed, stringFromUtf8 } from "@purertc/core";
import { parseUri } from "@purertc/sip-parser";
import { addressOf } from "./admission.ts";

/**
 * The identities of a certificate in DER, in lower case: SIP URIs without a user part; when there are none, DNS names; the common name only of a certificate
 * without subjectAltName. IP addresses of subjectAltName are added: they prove nothing but themselves. Empty for what is no certificate.
 */
export function certificateIdentities(der: Uint8Array): readonly string[] {
  const certificate = elementAt(der, 0, der.length);
  const toBeSigned = certificate === undefined ? undefined : children(der, certificate)?.[0];
  const fields = toBeSigned === undefined ? undefined : children(der, toBeSigned);
  if (fields === undefined) return [];
  const names = subjectAltNames(der, fields);
  if (names === undefined) return commonNames(der, fields);
  const text = (tag: number): string[] => names.filter((name) => name.tag === tag).map((name) => ascii(der, name));
  const domains = text(UNIFORM_RESOURCE_IDENTIFIER).flatMap(sipDomain);
  const addresses = names.filter((name) => name.tag === IP_ADDRESS && (name.end - name.start === 4 || name.end - name.start === 16));
  return [
    // §7.1 step 1: DNS names count if and only if there is no SIP URI.
    ...(domains.length > 0 ? domains : text(DNS_NAME).filter(isDomainName).map(lowerCase)),
    ...addresses.map((name) => formatIp(der.subarray(name.start, name.end))),
  ];
}

/** §7.2: the same name, letter case aside. No wildcard and no suffix stands for another name. `domain` may be an address, with or without brackets. */
export function provesDomain(identities: readonly string[], domain: string): boolean {
  const wanted = addressOf(domain) ?? lowerCase(domain);
  return wanted !== "" && identities.includes(wanted);
}

/** §7.1: a URI counts when its scheme is sip and it has no user part. */
function sipDomain(text: string): readonly string[] {
  const uri = parseUri(text);
  if (uri instanceof Malformed || !("host" in uri) || uri.scheme !== "sip" || uri.user !== undefined) return [];
  return [addressOf(uri.host) ?? lowerCase(uri.host)];
}

/** The names of subjectAltName; undefined when the extension is absent, empty when it cannot be read. */
function subjectAltNames(der: Uint8Array, fields: readonly DerElement[]): readonly DerElement[] | undefined {
  const tagged = fields.find((field) => field.tag === EXTENSIONS);
  const list = tagged === undefined ? undefined : children(der, tagged)?.[0];
  if (list === undefined) return undefined;
  for (const extension of children(der, list) ?? []) {
    const parts = children(der, extension);
    const type = parts?.[0];
    if (type === undefined || !isObjectIdentifier(der, type, SUBJECT_ALT_NAME)) continue;
    const value = parts!.find((part) => part.tag === DerTag.OCTET_STRING);
    const names = value === undefined ? undefined : elementAt(der, value.start, value.end);
    return names === undefined || names.tag !== DerTag.SEQUENCE ? [] : (children(der, names) ?? []);
  }
  return undefined;
}

/** §7.1 step 2. The subject is the last SEQUENCE before the public key: version, serial number, algorithm, issuer, validity, subject. */
function commonNames(der: Uint8Array, fields: readonly DerElement[]): readonly string[] {
  const subject = fields[fields[0]?.tag === VERSION ? 5 : 4];
  for (const relative of (subject && children(der, subject)) ?? []) {
    for (const attribute of children(der, relative) ?? []) {
      const [type, value] = children(der, attribute) ?? [];
      if (type === undefined || value === undefined || !isObjectIdentifier(der, type, COMMON_NAME)) continue;
      const name = ascii(der, value);
      return isDomainName(name) ? [lowerCase(name)] : [];
    }
  }
  return [];
}

function elementAt(der: Uint8Array, at: number, limit: number): DerElement | undefined {
  const found = derElementAt(der, at, limit);
  return found instanceof Malformed ? undefined : found;
}

/** The elements inside a constructed one; undefined when its contents are not elements to the end. */
function children(der: Uint8Array, parent: DerElement): readonly DerElement[] | undefined {
  const found: DerElement[] = [];
  for (let at = parent.start; at < parent.end; ) {
    const child = elementAt(der, at, parent.end);
    if (child === undefined) return undefined;
    found.push(child);
    at = child.end;
  }
  return found;
}

function isObjectIdentifier(der: Uint8Array, element: DerElement, oid: Uint8Array): boolean {
  return element.tag === DerTag.OBJECT_IDENTIFIER && equalBytes(der.subarray(element.start - 2, element.end), oid);
}

function ascii(der: Uint8Array, element: DerElement): string {
  return stringFromUtf8(der.subarray(element.start, element.end));
}

/** Letters, digits, hyphens and dots: neither a wildcard nor something with a zero in it. */
function isDomainName(text: string): boolean {
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/i.test(text);
}

function lowerCase(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

/** Context-specific tags of TBSCertificate and GeneralName (RFC 5280 §4.1, §4.2.1.6). */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const DNS_NAME = 0x82;
const UNIFORM_RESOURCE_IDENTIFIER = 0x86;
const IP_ADDRESS = 0x87;
const SUBJECT_ALT_NAME: Uint8Array = derObjectIdentifier("2.5.29.17");
const COMMON_NAME: Uint8Array = derObjectIdentifier("2.5.4.3");
