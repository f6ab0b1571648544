/** A certificate of one's own making, for servers that have none yet (RFC 5280 profile, RFC 5922 §6 names). Nobody trusts it who is not told to. */
import { createPublicKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { parseIp, utf8FromString } from "@purertc/core";
import * as der from "./der.ts";
import type { TlsIdentity } from "./tls-options.ts";

export interface SelfSignedOptions {
  /** Domain names and IP addresses the certificate is for; at least one. Names get a SIP URI each and a DNS name each. */
  readonly hosts: readonly string[];
  /** Days it is valid, from an hour ago; 365. */
  readonly days?: number;
}

/** An ECDSA P-256 key and its self-signed certificate, in PEM. The same certificate is what clients take as `ca`. */
export function createSelfSignedCertificate(options: SelfSignedOptions): TlsIdentity {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = der.derElement(der.SEQUENCE, der.derObjectIdentifier("1.2.840.10045.4.3.2")); // ecdsa-with-SHA256
  const name = commonName(options.hosts[0] ?? "localhost");
  const from = Date.now() - 3_600_000;
  const until = from + (options.days ?? 365) * 86_400_000;
  const toBeSigned = der.derElement(
    der.SEQUENCE,
    der.derElement(0xa0, der.derElement(der.INTEGER, Uint8Array.of(2))), // version 3
    serialNumber(),
    algorithm,
    name,
    der.derElement(der.SEQUENCE, time(from), time(until)),
    name,
    createPublicKey(privateKey).export({ type: "spki", format: "der" }),
    der.derElement(0xa3, der.derElement(der.SEQUENCE, basicConstraints(), subjectAltName(options.hosts))),
  );
  const signature = sign("sha256", toBeSigned, privateKey);
  const bits = der.derElement(der.BIT_STRING, Uint8Array.of(0), signature);
  const certificate = new X509Certificate(der.derElement(der.SEQUENCE, toBeSigned, algorithm, bits));
  return { cert: certificate.toString(), key: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}

/** RFC 5280 §4.1.2.2: positive, 64 bits of entropy or more. */
function serialNumber(): Uint8Array {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return der.derElement(der.INTEGER, bytes);
}

function commonName(text: string): Uint8Array {
  const attribute = der.derElement(
    der.SEQUENCE,
    der.derObjectIdentifier("2.5.4.3"),
    der.derElement(der.UTF8_STRING, utf8FromString(text.slice(0, 64))),
  );
  return der.derElement(der.SEQUENCE, der.derElement(der.SET, attribute));
}

/** Its own authority: critical, CA true, so that verifiers accept it as the root it is given as. */
function basicConstraints(): Uint8Array {
  const yes = der.derElement(der.BOOLEAN, Uint8Array.of(0xff));
  return der.derElement(
    der.SEQUENCE,
    der.derObjectIdentifier("2.5.29.19"),
    yes,
    der.derElement(der.OCTET_STRING, der.derElement(der.SEQUENCE, yes)),
  );
}

function subjectAltName(hosts: readonly string[]): Uint8Array {
  const names = hosts.flatMap((host) => {
    if (isIP(host) !== 0) return [der.derElement(0x87, parseIp(host)!)];
    return [der.derElement(0x86, utf8FromString(`sip:${host}`)), der.derElement(0x82, utf8FromString(host))];
  });
  const value = der.derElement(der.OCTET_STRING, der.derElement(der.SEQUENCE, ...names));
  return der.derElement(der.SEQUENCE, der.derObjectIdentifier("2.5.29.17"), value);
}

/** RFC 5280 §4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050. */
function time(unixMs: number): Uint8Array {
  const digits = new Date(unixMs).toISOString().replace(/[-:T]|\.\d+/g, "");
  return Number(digits.slice(0, 4)) < 2050
    ? der.derElement(der.UTC_TIME, utf8FromString(digits.slice(2)))
    : der.derElement(der.GENERALIZED_TIME, utf8FromString(digits));
}
