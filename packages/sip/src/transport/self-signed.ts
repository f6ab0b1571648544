/** A certificate of one's own making, for servers that have none yet (RFC 5280 profile, RFC 5922 §6 names). Nobody trusts it who is not told to. */
import { createPublicKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import {
  DerTag,
  derBitString,
  derElement,
  derObjectIdentifier,
  derSequence,
  derTime,
  derUnsignedInteger,
  derUtf8String,
  parseIp,
  utf8FromString,
} from "@purertc/core";
import type { TlsIdentity } from "./tls-options.ts";

/** What a certificate is for, and how long it lasts. */
export interface SelfSignedOptions {
  /** Domain names and IP addresses the certificate is for; at least one. Names get a SIP URI each and a DNS name each. */
  readonly hosts: readonly string[];
  /** Days it is valid, from an hour ago; 365. */
  readonly days?: number;
}

/** An ECDSA P-256 key and its self-signed certificate, in PEM. The same certificate is what clients take as `ca`. */
export function createSelfSignedCertificate(options: SelfSignedOptions): TlsIdentity {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = derSequence(derObjectIdentifier("1.2.840.10045.4.3.2")); // ecdsa-with-SHA256
  const name = commonName(options.hosts[0] ?? "localhost");
  const from = Date.now() - 3_600_000;
  const until = from + (options.days ?? 365) * 86_400_000;
  const toBeSigned = derSequence(
    derElement(0xa0, derUnsignedInteger(Uint8Array.of(2))), // version 3
    serialNumber(),
    algorithm,
    name,
    derSequence(derTime(from), derTime(until)),
    name,
    createPublicKey(privateKey).export({ type: "spki", format: "der" }),
    derElement(0xa3, derSequence(basicConstraints(), subjectAltName(options.hosts))),
  );
  const signature = sign("sha256", toBeSigned, privateKey);
  const certificate = new X509Certificate(derSequence(toBeSigned, algorithm, derBitString(signature)));
  return { cert: certificate.toString(), key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

/** RFC 5280 §4.1.2.2: positive, 64 bits of entropy or more. */
function serialNumber(): Uint8Array {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return derUnsignedInteger(bytes);
}

function commonName(text: string): Uint8Array {
  const attribute = derSequence(derObjectIdentifier("2.5.4.3"), derUtf8String(text.slice(0, 64)));
  return derSequence(derElement(DerTag.SET, attribute));
}

/** Its own authority: critical, CA true, so that verifiers accept it as the root it is given as. */
function basicConstraints(): Uint8Array {
  const yes = derElement(DerTag.BOOLEAN, Uint8Array.of(0xff));
  return derSequence(derObjectIdentifier("2.5.29.19"), yes, derElement(DerTag.OCTET_STRING, derSequence(yes)));
}

function subjectAltName(hosts: readonly string[]): Uint8Array {
  const names = hosts.flatMap((host) => {
    if (isIP(host) !== 0) return [derElement(0x87, parseIp(host)!)];
    return [derElement(0x86, utf8FromString(`sip:${host}`)), derElement(0x82, utf8FromString(host))];
  });
  const value = derElement(DerTag.OCTET_STRING, derSequence(...names));
  return derSequence(derObjectIdentifier("2.5.29.17"), value);
}
