import {
  type CryptoProvider,
  DerTag,
  derElement,
  derSequence,
  type GeneratedKey,
  type KeyPairParameters,
  type Signer,
} from "@purertc/core";
import { curveFacts } from "../keys/curves.ts";
import { writeDerUnsigned } from "../keys/der.ts";
import { parseSpki, writeAlgorithm } from "../keys/spki.ts";
import { flipped } from "./aead.ts";
import { ascii, pattern, type Report, seeded } from "./report.ts";
import { P256_SPKI, P384_SPKI, P521_SPKI, RSA_PKCS8, RSA_SPKI } from "./signature-vectors.ts";

/** Keys that are generated, stored, read back and signed with; and private keys that must be refused. */
export function checkSigning(provider: CryptoProvider, report: Report): void {
  for (const parameters of PARAMETERS) {
    report.section(`generate ${parameters.name} ${parameters.name === "rsa" ? parameters.modulusLength : parameters.curve}`, () => {
      const generated = provider.generateKey(parameters, seeded(11));
      checkGenerated(provider, parameters, generated, report);
    });
  }
  report.section("generate, parameters", () => {
    for (const modulusLength of [0, 512, 1023, 1025, 16384, Number.NaN]) {
      const parameters = { name: "rsa", modulusLength, publicExponent: 65537 } as const;
      report.refuses(`RSA of ${modulusLength} bits`, () => provider.generateKey(parameters, seeded(1)));
    }
    for (const publicExponent of [0, 1, 2, 65536, -3, 3.5]) {
      const parameters = { name: "rsa", modulusLength: 1024, publicExponent } as const;
      report.refuses(`RSA exponent ${publicExponent}`, () => provider.generateKey(parameters, seeded(1)));
    }
    const unknown = { name: "ecdsa", curve: "P-224" } as unknown;
    report.refuses("an unknown curve", () => provider.generateKey(unknown as KeyPairParameters, seeded(1)));
  });
  for (const [name, pkcs8, spki] of importable()) {
    report.section(`signer ${name}`, () => {
      const signer = provider.signer(pkcs8);
      report.equals("the public key", signer.publicKey, spki);
      checkSigner(provider, signer, report);
    });
  }
  report.section("signer, keys that are none", () => {
    for (const [what, pkcs8] of unusable()) report.refuses(what, () => provider.signer(pkcs8));
    for (let length = 0; length < RSA_PKCS8.length; length += 61) {
      report.refuses(`${length} bytes of an RSA key`, () => provider.signer(RSA_PKCS8.subarray(0, length)));
    }
  });
}

function checkGenerated(provider: CryptoProvider, parameters: KeyPairParameters, generated: GeneratedKey, report: Report): void {
  const key = parseSpki(generated.signer.publicKey);
  if (parameters.name === "ecdsa") report.holds("the curve is another", key?.kind === "ec" && key.curve.name === parameters.curve);
  else report.holds("the modulus has another length", key?.kind === "rsa" && key.modulus.toString(2).length === parameters.modulusLength);
  const again = provider.signer(generated.pkcs8);
  report.equals("the public key read back", again.publicKey, generated.signer.publicKey);
  checkSigner(provider, again, report);
  const message = ascii("hello");
  const [scheme] = generated.signer.schemes;
  if (scheme === undefined) return; // already reported
  report.holds("its own signature was refused", provider.verify(scheme, again.publicKey, message, generated.signer.sign(scheme, message)));
  if (parameters.name === "ecdsa") {
    const same = provider.generateKey(parameters, seeded(11));
    report.equals("the same seed again", same.pkcs8, generated.pkcs8);
    const other = provider.generateKey(parameters, seeded(12)).signer.publicKey;
    report.holds(
      "another seed gave the same key",
      other.some((byte, i) => byte !== generated.signer.publicKey[i]),
    );
  }
}

function checkSigner(provider: CryptoProvider, signer: Signer, report: Report): void {
  report.holds("no scheme", signer.schemes.length > 0);
  signer.schemes.forEach((scheme, i) => {
    const messages = i === 0 ? [new Uint8Array(0), pattern(1), pattern(1000, 4)] : [pattern(30, i)];
    for (const message of messages) {
      const signature = signer.sign(scheme, message);
      report.holds(`${scheme} over ${message.length} bytes was refused`, provider.verify(scheme, signer.publicKey, message, signature));
    }
    const other = provider.verify(scheme, signer.publicKey, pattern(31, i), signer.sign(scheme, pattern(30, i)));
    report.holds(`${scheme} over other bytes was accepted`, !other);
  });
  const foreign = signer.schemes[0]?.startsWith("rsa") ? "ecdsa_secp256r1_sha256" : "rsa_pkcs1_sha256";
  report.refuses(`signing with ${foreign}`, () => signer.sign(foreign, pattern(1)));
}

const PARAMETERS: readonly KeyPairParameters[] = [
  { name: "ecdsa", curve: "P-256" },
  { name: "ecdsa", curve: "P-384" },
  { name: "rsa", modulusLength: 1024, publicExponent: 65537 },
];

/** RFC 6979's private keys, in the shortest encoding: no parameters, no public key. */
function importable(): readonly (readonly [string, Uint8Array, Uint8Array])[] {
  const p256 = 0xc9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721n;
  const p384 = 0x6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5n;
  const p521 =
    0x00fad06daa62ba3b25d2fb40133da757205de67f5bb0018fee8c86e1b68c7e75caa896eb32f1f47c70855836a6d16fcc1466f6d8fbec67db89ec0c08b0e996b83538n;
  return [
    ["P-256", ecPkcs8("P-256", p256, 32), P256_SPKI],
    ["P-384", ecPkcs8("P-384", p384, 48), P384_SPKI],
    ["P-521", ecPkcs8("P-521", p521, 66), P521_SPKI],
    ["RSA", RSA_PKCS8, RSA_SPKI],
  ];
}

function ecPkcs8(name: "P-256" | "P-384" | "P-521", scalar: bigint, length: number): Uint8Array {
  const octets = Uint8Array.from({ length }, (_, i) => Number((scalar >> BigInt(8 * (length - 1 - i))) & 255n));
  const key = derSequence(writeDerUnsigned(1n), derElement(DerTag.OCTET_STRING, octets));
  return derSequence(writeDerUnsigned(0n), writeAlgorithm(curveFacts(name)), derElement(DerTag.OCTET_STRING, key));
}

function unusable(): readonly (readonly [string, Uint8Array])[] {
  const { order } = curveFacts("P-256");
  return [
    ["nothing", new Uint8Array(0)],
    ["a public key", P256_SPKI],
    ["scalar 0", ecPkcs8("P-256", 0n, 32)],
    ["scalar = order", ecPkcs8("P-256", order, 32)],
    ["a scalar that is too long", ecPkcs8("P-256", 1n << 300n, 40)],
    ["bytes behind the key", Uint8Array.from([...ecPkcs8("P-256", 5n, 32), 0])],
    // An RSA key with one number changed signs wrongly, and one wrong signature can reveal a prime (RFC 8017 §5.1.2 notes).
    ["an RSA key with a changed modulus", flipped(RSA_PKCS8, 100)],
    ["an RSA key with a changed private exponent", flipped(RSA_PKCS8, 400)],
    ["an RSA key with a changed prime", flipped(RSA_PKCS8, 620)],
    ["an RSA key with a changed coefficient", flipped(RSA_PKCS8, RSA_PKCS8.length - 20)],
  ];
}
