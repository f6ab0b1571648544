import { X509Certificate } from "node:crypto";
import { nodeCrypto, nodeRandom } from "@purertc/crypto/node";
import { expect, test } from "vitest";
import { certificateDigest, createCertificate, DEFAULT_KEY, fingerprintHash, formatFingerprint, parseFingerprint } from "./certificate.ts";

const NOW = Date.UTC(2026, 10, 20, 12, 34, 56);

function certificate(parameters = DEFAULT_KEY) {
  const { signer } = nodeCrypto.generateKey(parameters, nodeRandom);
  return createCertificate({ random: nodeRandom, signer, now: NOW });
}

test("RFC 5280 §4.1: node:crypto reads the certificate, verifies its signature with its own key, and sees a day back and thirty ahead", () => {
  for (const parameters of [DEFAULT_KEY, { name: "ecdsa", curve: "P-384" } as const]) {
    const made = certificate(parameters);
    const read = new X509Certificate(made.der);
    expect(read.verify(read.publicKey)).toBe(true);
    expect(read.publicKey.export({ format: "der", type: "spki" })).toEqual(Buffer.from(made.signer.publicKey));
    expect(Date.parse(read.validFrom)).toBe(NOW - 86_400_000);
    expect(Date.parse(read.validTo)).toBe(NOW + 30 * 86_400_000);
    expect(made.expires).toBe(NOW + 30 * 86_400_000);
    expect(read.subject).toBe(read.issuer);
    expect(read.subject).toMatch(/^CN=[0-9a-f]{32}$/);
  }
});

test("RFC 4055 §5: an RSA certificate verifies too", () => {
  const read = new X509Certificate(certificate({ name: "rsa", modulusLength: 2048, publicExponent: 65_537 }).der);
  expect(read.verify(read.publicKey)).toBe(true);
});

test("RFC 5280 §4.1.2.2: serial numbers are positive, 64 bits and never the same", () => {
  const serials = new Set<string>();
  for (let i = 0; i < 50; i++) serials.add(new X509Certificate(certificate().der).serialNumber);
  expect(serials.size).toBe(50);
  for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{15}$/);
});

test("RFC 8122 §5: fingerprints are upper-case and colon-separated, in every hash but MD2 and MD5", () => {
  const { der } = certificate();
  const read = new X509Certificate(der);
  expect(formatFingerprint(certificateDigest(nodeCrypto, "sha-1", der))).toBe(read.fingerprint);
  expect(formatFingerprint(certificateDigest(nodeCrypto, "sha-256", der))).toBe(read.fingerprint256);
  expect(formatFingerprint(certificateDigest(nodeCrypto, "sha-512", der))).toBe(read.fingerprint512);
  expect(parseFingerprint(read.fingerprint256.toLowerCase())).toEqual(certificateDigest(nodeCrypto, "sha-256", der));
  expect(parseFingerprint("AB:C")).toBeUndefined();
  expect(parseFingerprint("AB:CD:")).toBeUndefined();
  expect(parseFingerprint("")).toBeUndefined();
  expect(["SHA-1", "sha-224", "Sha-256", "sha-384", "sha-512"].map(fingerprintHash)).not.toContain(undefined);
  expect(["md5", "md2", "sha-3", ""].map(fingerprintHash)).toEqual([undefined, undefined, undefined, undefined]);
});
