/** https://w3c.github.io/webrtc-pc/#dom-rtcpeerconnection-generatecertificate */
import type { KeyPairParameters, Signer } from "@purertc/core";
import { createCertificate } from "../certificate.ts";
import type { Runtime } from "../runtime.ts";
import { CONSTRUCT } from "./interface.ts";
import { RTCCertificate } from "./rtc-certificate.ts";
import { isObject, isUint8Array, requireArguments, toDictionary, toDOMString, toIntegerInRange } from "./webidl.ts";

/** What `generateCertificate` takes: WebCrypto's AlgorithmIdentifier, with RTCCertificateExpiration's member. */
export type CertificateAlgorithm = string | ({ name: string; expires?: number } & Record<string, unknown>);

/** Throws what the promise is to be rejected with; otherwise the certificate, from a task of its own. */
export function generateCertificate(
  runtime: Runtime,
  queueTask: (task: () => void) => void,
  args: readonly unknown[],
): Promise<RTCCertificate> {
  requireArguments(args, 1, "generateCertificate");
  const keygenAlgorithm = args[0];
  // Steps 2 and 3.
  const lifetimeMs = Math.min(expirationOf(keygenAlgorithm), MAX_LIFETIME_MS);
  // Steps 4 to 6.
  const parameters = normalizeKeygenAlgorithm(keygenAlgorithm);
  // Steps 7 to 9.
  return new Promise((resolve, reject) => {
    const finish = (signer: Signer): void => {
      const now = Math.floor(runtime.timeOrigin + runtime.now());
      const certificate = createCertificate({ random: runtime.random, signer, now, lifetimeMs });
      resolve(new RTCCertificate(CONSTRUCT, certificate, runtime.crypto));
    };
    if (runtime.generateKey !== undefined) {
      runtime.generateKey(parameters).then((pkcs8) => queueTask(() => finish(runtime.crypto.signer(pkcs8))), reject);
    } else {
      queueTask(() => finish(runtime.crypto.generateKey(parameters, runtime.random).signer));
    }
  });
}

/** RTCCertificateExpiration. */
function expirationOf(keygenAlgorithm: unknown): number {
  if (!isObject(keygenAlgorithm)) return DEFAULT_LIFETIME_MS;
  const { expires } = keygenAlgorithm;
  return expires === undefined
    ? DEFAULT_LIFETIME_MS
    : toIntegerInRange(expires, Number.MAX_SAFE_INTEGER, "RTCCertificateExpiration.expires");
}

/** https://w3c.github.io/webcrypto/#algorithm-normalization-normalize-an-algorithm for generateKey, with the two algorithms of WebRTC. */
function normalizeKeygenAlgorithm(value: unknown): KeyPairParameters {
  const algorithm = isObject(value) ? value : { name: toDOMString(value) };
  if (algorithm.name === undefined) throw new TypeError("Algorithm: name is required");
  const name = toDOMString(algorithm.name).toUpperCase();
  if (name === "ECDSA") return ecdsaParameters(algorithm);
  if (name === "RSASSA-PKCS1-V1_5") return rsaParameters(algorithm);
  throw notSupported(`certificates with ${toDOMString(algorithm.name)} keys`);
}

function ecdsaParameters(algorithm: Readonly<Record<string, unknown>>): KeyPairParameters {
  if (algorithm.namedCurve === undefined) throw new TypeError("EcKeyGenParams: namedCurve is required");
  const curve = toDOMString(algorithm.namedCurve);
  if (curve !== "P-256" && curve !== "P-384") throw notSupported(`the curve ${curve}`);
  return { name: "ecdsa", curve };
}

function rsaParameters(algorithm: Readonly<Record<string, unknown>>): KeyPairParameters {
  const { hash, modulusLength, publicExponent } = algorithm;
  if (modulusLength === undefined) throw new TypeError("RsaKeyGenParams: modulusLength is required");
  const length = toIntegerInRange(modulusLength, 0xffff_ffff, "RsaKeyGenParams.modulusLength");
  if (!isUint8Array(publicExponent)) throw new TypeError("RsaKeyGenParams: publicExponent must be a Uint8Array");
  if (hash === undefined) throw new TypeError("RsaHashedKeyGenParams: hash is required");
  const hashName = toDOMString(isObject(hash) ? toDictionary(hash, "Algorithm").name : hash).toUpperCase();
  if (!RSA_HASHES.includes(hashName)) throw notSupported(`the hash ${hashName}`);
  if (length < 2048 || length > 8192 || length % 8 !== 0) throw notSupported(`an RSA modulus of ${length} bits`);
  let exponent = 0;
  for (const byte of publicExponent) exponent = exponent * 256 + byte;
  if (exponent !== 65_537) throw notSupported(`the RSA public exponent ${exponent}`);
  return { name: "rsa", modulusLength: length, publicExponent: exponent };
}

function notSupported(what: string): DOMException {
  return new DOMException(`generateCertificate does not support ${what}.`, "NotSupportedError");
}

/** Step 2: 30 days. */
const DEFAULT_LIFETIME_MS = 2_592_000_000;
/** Step 3.4: 365 days. */
const MAX_LIFETIME_MS = 31_536_000_000;
const RSA_HASHES: readonly string[] = ["SHA-256", "SHA-384", "SHA-512"];
