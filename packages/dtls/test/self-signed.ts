/** Self-signed X.509 v3 certificates for tests (RFC 5280 §4.1). */
import {
  DerTag,
  derBitString,
  derElement,
  derObjectIdentifier,
  derSequence,
  derTime,
  derUnsignedInteger,
  derUtf8String,
  type KeyPairParameters,
  type RandomSource,
  randomBytes,
  type Signer,
} from "@purertc/core";
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
    ? derSequence(derObjectIdentifier("1.2.840.113549.1.1.11"), derElement(DerTag.NULL))
    : derSequence(derObjectIdentifier(`1.2.840.10045.4.3.${usable === "ecdsa_secp384r1_sha384" ? 3 : 2}`));
  const name = derSequence(derElement(DerTag.SET, derSequence(derObjectIdentifier("2.5.4.3"), derUtf8String("test"))));
  const validity = derSequence(derTime(Date.UTC(2020, 0, 1)), derTime(Date.UTC(2049, 11, 31, 23, 59, 59)));
  const serial = randomBytes(random, 8);
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  const extensions =
    padding === 0
      ? []
      : [
          derElement(
            0xa3,
            derSequence(derSequence(derObjectIdentifier("1.3.6.1.4.1.1"), derElement(DerTag.OCTET_STRING, new Uint8Array(padding)))),
          ),
        ];
  const version = derElement(0xa0, derUnsignedInteger(Uint8Array.of(2)));
  const tbs = derSequence(version, derUnsignedInteger(serial), algorithm, name, validity, name, signer.publicKey, ...extensions);
  const signature = derBitString(signer.sign(usable, tbs));
  const der = derSequence(tbs, algorithm, signature);
  return { chain: [der], signer, der, pkcs8 };
}

/** PEM text of DER, for other people's programs. */
export function pem(label: string, der: Uint8Array): string {
  const text = Buffer.from(der).toString("base64");
  return `-----BEGIN ${label}-----\n${text.replace(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`;
}
