/** Self-signed X.509 v3 certificates (RFC 5280) and their fingerprints (RFC 8122 §5). Why we write them ourselves: docs/adr/0001. */
import {
  type CryptoProvider,
  DerTag,
  derBitString,
  derElement,
  derObjectIdentifier,
  derSequence,
  derTime,
  derUnsignedInteger,
  derUtf8String,
  type HashName,
  hexFromBytes,
  type KeyPairParameters,
  type RandomSource,
  randomBytes,
  type SignatureScheme,
  type Signer,
} from "@purertc/core";

/** A certificate with the key that proves it is ours. */
export interface LocalCertificate {
  /** The certificate. */
  readonly der: Uint8Array;
  readonly signer: Signer;
  /** Unix milliseconds of its last moment. */
  readonly expires: number;
}

/** What {@link createCertificate} needs. */
export interface CertificateOptions {
  /** Serial number and name. */
  readonly random: RandomSource;
  readonly signer: Signer;
  /** Unix milliseconds. */
  readonly now: number;
  /** From `now`, in milliseconds. 30 days when absent, as browsers do. */
  readonly lifetimeMs?: number;
}

/** Makes and signs a certificate with a random serial number and name, valid from a day ago. */
export function createCertificate(options: CertificateOptions): LocalCertificate {
  const { random, signer, now, lifetimeMs = DEFAULT_LIFETIME_MS } = options;
  const scheme = signer.schemes.find((candidate) => SIGNATURE_ALGORITHMS[candidate] !== undefined);
  const algorithmIdentifier = scheme === undefined ? undefined : SIGNATURE_ALGORITHMS[scheme];
  if (scheme === undefined || algorithmIdentifier === undefined) throw new RangeError("the key has no signature scheme for certificates");
  const expires = now + lifetimeMs;

  // RFC 5280 §4.1.2.2: positive, at most 20 bytes. The top bit is cleared and the next one set, so that 64 bits are always 8 bytes.
  const serial = randomBytes(random, 8);
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  const commonName = derSequence(derElement(DerTag.SET, derSequence(COMMON_NAME, derUtf8String(hexFromBytes(randomBytes(random, 16))))));
  const tbsCertificate = derSequence(
    VERSION_3,
    derUnsignedInteger(serial),
    algorithmIdentifier,
    commonName,
    derSequence(derTime(now - BACKDATE_MS), derTime(expires)),
    commonName,
    signer.publicKey,
  );
  const der = derSequence(tbsCertificate, algorithmIdentifier, derBitString(signer.sign(scheme, tbsCertificate)));
  return { der, signer, expires };
}

/** ECDSA on P-256: what every peer must support (RFC 8827 §6.5) and what is made when the application brings no certificate. */
export const DEFAULT_KEY: KeyPairParameters = { name: "ecdsa", curve: "P-256" };

/** The hash of an RFC 8122 §5 hash function name, in any case; undefined when unknown or forbidden there (MD2, MD5). */
export function fingerprintHash(name: string): HashName | undefined {
  const lower = name.toLowerCase();
  return FINGERPRINT_HASHES.find((hash) => hash === lower);
}

/** The digest of a DER certificate. */
export function certificateDigest(crypto: CryptoProvider, hash: HashName, der: Uint8Array): Uint8Array {
  const running = crypto.hash(hash);
  running.update(der);
  return running.digest();
}

/** RFC 8122 §5: upper-case hexadecimal bytes separated by colons. */
export function formatFingerprint(digest: Uint8Array): string {
  return hexFromBytes(digest)
    .toUpperCase()
    .replace(/..(?=.)/g, "$&:");
}

/** The bytes of a fingerprint text, in either case; undefined when it is not one. */
export function parseFingerprint(text: string): Uint8Array | undefined {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2})*$/i.test(text)) return undefined;
  return Uint8Array.from(text.split(":"), (byte) => Number.parseInt(byte, 16));
}

const DAY_MS = 86_400_000;
const DEFAULT_LIFETIME_MS = 30 * DAY_MS;
/** For peers whose clock is behind ours. */
const BACKDATE_MS = DAY_MS;

const FINGERPRINT_HASHES: readonly HashName[] = ["sha-1", "sha-224", "sha-256", "sha-384", "sha-512"];

const NULL: Uint8Array = derElement(DerTag.NULL);
/** A context-specific, constructed tag of 0. */
const EXPLICIT_0 = 0xa0;
/** id-at-commonName. */
const COMMON_NAME: Uint8Array = derObjectIdentifier("2.5.4.3");
const VERSION_3: Uint8Array = derElement(EXPLICIT_0, derUnsignedInteger(Uint8Array.of(2)));
/** AlgorithmIdentifier of each scheme a certificate may be signed with (RFC 5758 §3.2; RFC 4055 §5: parameters are NULL for RSA). */
const SIGNATURE_ALGORITHMS: { readonly [scheme in SignatureScheme]?: Uint8Array } = {
  ecdsa_secp256r1_sha256: derSequence(derObjectIdentifier("1.2.840.10045.4.3.2")),
  ecdsa_secp384r1_sha384: derSequence(derObjectIdentifier("1.2.840.10045.4.3.3")),
  ecdsa_secp521r1_sha512: derSequence(derObjectIdentifier("1.2.840.10045.4.3.4")),
  rsa_pkcs1_sha256: derSequence(derObjectIdentifier("1.2.840.113549.1.1.11"), NULL),
  rsa_pkcs1_sha384: derSequence(derObjectIdentifier("1.2.840.113549.1.1.12"), NULL),
  rsa_pkcs1_sha512: derSequence(derObjectIdentifier("1.2.840.113549.1.1.13"), NULL),
};
