/** Self-signed X.509 v3 certificates for tests, written with a few lines of DER (RFC 5280 §4.1). */
import { concatBytes, type KeyPairParameters, type RandomSource, randomBytes, type Signer, utf8FromString } from "@purertc/core";
import { nodeCrypto } from "@purertc/crypto/node";
import type { DtlsCertificate } from "@purertc/dtls";

/** A certificate with its key, in every form that tests need. */
export interface SelfSigned extends DtlsCertificate {
  readonly signer: Signer;
  /** DER. */
  readonly der: Uint8Array;
  /** DER PrivateKeyInfo. */
  readonly pkcs8: Uint8Array;
}

export const P256: KeyPairParameters = { name: "ecdsa", curve: "P-256" };
export const P384: KeyPairParameters = { name: "ecdsa", curve: "P-384" };
export const RSA2048: KeyPairParameters = { name: "rsa", modulusLength: 2048, publicExponent: 65_537 };

/** A fresh key and a certificate for it. `padding` bytes of an unknown extension make it as long as wanted. */
export function selfSigned(parameters: KeyPairParameters, random: RandomSource, padding = 0): SelfSigned {
  const { signer, pkcs8 } = nodeCrypto.generateKey(parameters, random);
  const isRsa = parameters.name === "rsa";
  const scheme = isRsa ? "rsa_pkcs1_sha256" : "ecdsa_secp256r1_sha256";
  const usable = signer.schemes.includes(scheme) ? scheme : signer.schemes[0]!;
  const algorithm = isRsa
    ? element(0x30, oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b), element(0x05))
    : element(0x30, oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, usable === "ecdsa_secp384r1_sha384" ? 3 : 2));
  const name = element(0x30, element(0x31, element(0x30, oid(0x55, 0x04, 0x03), element(0x0c, utf8FromString("test")))));
  const validity = element(0x30, element(0x17, utf8FromString("200101000000Z")), element(0x17, utf8FromString("491231235959Z")));
  const serial = randomBytes(random, 8);
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  const extensions =
    padding === 0
      ? []
      : [element(0xa3, element(0x30, element(0x30, oid(0x2b, 0x06, 0x01, 0x04, 0x01, 0x01), element(0x04, new Uint8Array(padding)))))];
  const version = element(0xa0, element(0x02, new Uint8Array([2])));
  const tbs = element(0x30, version, element(0x02, serial), algorithm, name, validity, name, signer.publicKey, ...extensions);
  const signature = element(0x03, new Uint8Array([0]), signer.sign(usable, tbs));
  const der = element(0x30, tbs, algorithm, signature);
  return { chain: [der], signer, der, pkcs8 };
}

/** One DER element. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...contents);
  const { length } = content;
  if (length < 0x80) return concatBytes(new Uint8Array([tag, length]), content);
  if (length < 0x100) return concatBytes(new Uint8Array([tag, 0x81, length]), content);
  return concatBytes(new Uint8Array([tag, 0x82, length >> 8, length]), content);
}

/** PEM text of DER, for other people's programs. */
export function pem(label: string, der: Uint8Array): string {
  const text = Buffer.from(der).toString("base64");
  return `-----BEGIN ${label}-----\n${text.replace(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`;
}

function oid(...bytes: readonly number[]): Uint8Array {
  return element(0x06, new Uint8Array(bytes));
}
