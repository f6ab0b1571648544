import { X509Certificate } from "node:crypto";
import { DerTag, derElement, derObjectIdentifier, derSequence, derUtf8String, utf8FromString } from "@purertc/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { certificateIdentities, provesDomain } from "./certificate-identities.ts";
import { createSelfSignedCertificate } from "./self-signed.ts";

/** What a certificate looks like to whoever reads its names only. */
function certificate(commonName: string, names: readonly Uint8Array[] | undefined): Uint8Array {
  const attribute = derSequence(derObjectIdentifier("2.5.4.3"), derUtf8String(commonName));
  const subject = derSequence(derElement(DerTag.SET, attribute));
  const empty = derSequence();
  const sans = derSequence(derObjectIdentifier("2.5.29.17"), derElement(DerTag.OCTET_STRING, derSequence(...(names ?? []))));
  const keyUsage = derSequence(derObjectIdentifier("2.5.29.15"), derElement(DerTag.OCTET_STRING, new Uint8Array(3)));
  const extensions = derElement(0xa3, derSequence(keyUsage, ...(names === undefined ? [] : [sans])));
  const version = derElement(0xa0, derElement(DerTag.INTEGER, Uint8Array.of(2)));
  const toBeSigned = derSequence(version, derElement(DerTag.INTEGER, Uint8Array.of(1)), empty, empty, empty, subject, empty, extensions);
  return derSequence(toBeSigned, empty, derElement(3, new Uint8Array(2)));
}

const uri = (text: string): Uint8Array => derElement(0x86, utf8FromString(text));
const dns = (text: string): Uint8Array => derElement(0x82, utf8FromString(text));
const ip = (...bytes: number[]): Uint8Array => derElement(0x87, Uint8Array.from(bytes));

test.each([
  // RFC 5922 §7.1
  ["a sip URI without a user", [uri("sip:Example.COM")], ["example.com"]],
  ["the scheme in any case", [uri("SIP:example.com")], ["example.com"]],
  ["a user is no domain", [uri("sip:alice@example.com")], []],
  ["other schemes are none", [uri("sips:example.com"), uri("http://example.com"), uri("xmpp:a")], []],
  ["DNS names", [dns("A.example"), dns("b.example.")], ["a.example", "b.example"]],
  ["DNS names only if there is no sip URI", [dns("a.example"), uri("sip:b.example")], ["b.example"]],
  ["a sip URI with a user does not hide DNS names", [dns("a.example"), uri("sip:x@b.example")], ["a.example"]],
  ["no wildcards", [dns("*.example")], []],
  ["no zeros inside", [dns("a.example\0.evil"), uri("sip:b.example\0.evil")], []],
  ["addresses prove themselves", [ip(192, 0, 2, 1), uri("sip:b.example")], ["b.example", "192.0.2.1"]],
  ["addresses of no length are none", [ip(1, 2, 3)], []],
  ["an empty subjectAltName hides the common name", [], []],
])("RFC 5922 §7.1: %s", (_what, names, expected) => {
  expect(certificateIdentities(certificate("common.example", names))).toEqual(expected);
});

test("RFC 5922 §7.1: the common name counts if and only if there is no subjectAltName", () => {
  expect(certificateIdentities(certificate("Common.Example", undefined))).toEqual(["common.example"]);
  expect(certificateIdentities(certificate("Alice Adams", undefined))).toEqual([]);
});

test("RFC 5922 §7.2: names match whole, in any case, and never by suffix or wildcard", () => {
  expect(provesDomain(["example.com"], "Example.Com")).toBe(true);
  expect(provesDomain(["example.com"], "example.com.")).toBe(true);
  expect(provesDomain(["example.com"], "sip.example.com")).toBe(false);
  expect(provesDomain(["*.example.com"], "sip.example.com")).toBe(false);
  expect(provesDomain(["2001:db8::1"], "[2001:DB8::0:1]")).toBe(true);
  expect(provesDomain([""], "")).toBe(false);
});

test("RFC 5280 §4.1: no bytes throw, and a cut certificate proves nothing it did not say", () => {
  const whole = certificate("common.example", [dns("a.example"), uri("sip:b.example")]);
  for (let length = 0; length < whole.length; length++) expect(certificateIdentities(whole.subarray(0, length))).toEqual([]);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => Array.isArray(certificateIdentities(bytes))));
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
      const changed = Uint8Array.from(whole);
      changed[at] = byte;
      expect(Array.isArray(certificateIdentities(changed))).toBe(true);
    }),
  );
});

test("RFC 5280 §4.1: a certificate of one's own making verifies with its own key and has its names", () => {
  const { cert, key } = createSelfSignedCertificate({ hosts: ["test.local", "127.0.0.1", "::1"], days: 20_000 });
  const parsed = new X509Certificate(cert);
  expect(parsed.verify(parsed.publicKey)).toBe(true);
  expect(parsed.ca).toBe(true);
  expect(String(key)).toContain("PRIVATE KEY");
  expect(certificateIdentities(parsed.raw)).toEqual(["test.local", "127.0.0.1", "::1"]);
  expect(parsed.checkHost("test.local")).toBe("test.local");
  expect(new Date(parsed.validTo).getTime() - Date.now()).toBeGreaterThan(19_990 * 86_400_000);
});
