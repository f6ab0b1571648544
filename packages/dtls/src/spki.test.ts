import { readFileSync } from "node:fs";
import { bytesFromHex, Malformed } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { publicKeyKind, subjectPublicKeyInfo } from "./spki.ts";

interface Vector {
  readonly name: string;
  readonly kind: string;
  readonly certificate: string;
  readonly publicKey: string;
}

const { certificates } = JSON.parse(readFileSync(new URL("../../../test-vectors/dtls/certificates.json", import.meta.url), "utf8")) as {
  readonly certificates: readonly Vector[];
};

test.each(certificates)("RFC 5280 §4.1: the public key of OpenSSL's certificate $name", ({ certificate, publicKey, kind }) => {
  const key = subjectPublicKeyInfo(bytesFromHex(certificate));
  expect(key).toEqual(bytesFromHex(publicKey));
  expect(publicKeyKind(bytesFromHex(publicKey))).toBe(kind);
});

test.each(certificates)("RFC 5280 §4.1: $name cut short anywhere is malformed", ({ certificate }) => {
  const der = bytesFromHex(certificate);
  for (let length = 0; length < der.length; length++) expect(subjectPublicKeyInfo(der.subarray(0, length))).toBeInstanceOf(Malformed);
  expect(subjectPublicKeyInfo(Uint8Array.of(...der, 0))).toEqual(new Malformed("trailing-bytes", der.length));
});

test("RFC 5280 §4.1: a key taken out of anything lies within it", () => {
  const der = bytesFromHex(certificates[0]!.certificate);
  const change = fc.tuple(fc.nat(der.length - 1), fc.constantFrom(0, 1, 0x30, 0x7f, 0x80, 0x81, 0x84, 0x85, 0xff));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 4 }), (changes) => {
      const bytes = Uint8Array.from(der);
      for (const [at, value] of changes) bytes[at] = value;
      const key = subjectPublicKeyInfo(bytes);
      if (!(key instanceof Malformed)) expect(key.byteOffset + key.length).toBeLessThanOrEqual(bytes.length);
      publicKeyKind(bytes);
    }),
    { numRuns: 500 },
  );
});

test("X.690 §10.1: indefinite and enormous lengths are malformed", () => {
  for (const length of [[0x80], [0x85, 0, 0, 0, 0, 1]]) {
    expect(subjectPublicKeyInfo(Uint8Array.from([0x30, ...length, 0x30, 0]))).toEqual(new Malformed("bad-length", 1));
  }
  for (const length of [
    [0x84, 0xff, 0xff, 0xff, 0xff],
    [0x83, 1, 0],
  ]) {
    expect(subjectPublicKeyInfo(Uint8Array.from([0x30, ...length, 0x30, 0]))).toMatchObject({ reason: "truncated" });
  }
});

test("X.690 §8.1.3: an element that reaches out of the one around it is malformed", () => {
  const { certificate, publicKey } = certificates.find(({ name }) => name === "v1")!; // the key is the last field there
  const der = bytesFromHex(certificate);
  der[certificate.indexOf(publicKey) / 2 + 1]! += 1;
  expect(subjectPublicKeyInfo(der)).toMatchObject({ reason: "truncated" });
});
