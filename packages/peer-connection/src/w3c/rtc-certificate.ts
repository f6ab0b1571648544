/** https://w3c.github.io/webrtc-pc/#rtccertificate-interface */
import type { CryptoProvider } from "@purertc/core";
import { certificateDigest, formatFingerprint, type LocalCertificate } from "../certificate.ts";
import { exposeInterface, requireInternal } from "./interface.ts";

/** https://w3c.github.io/webrtc-pc/#rtcdtlsfingerprint */
export interface RTCDtlsFingerprint {
  algorithm?: string;
  value?: string;
}

/** [[Certificate]] and [[KeyingMaterialHandle]]. */
export let certificateOf: (certificate: RTCCertificate) => LocalCertificate;

/** A certificate with its private key, which stays inside. Made by `RTCPeerConnection.generateCertificate`. */
export class RTCCertificate {
  readonly #certificate: LocalCertificate;
  readonly #crypto: CryptoProvider;

  /** @internal Only generateCertificate makes them. */
  constructor(...args: [token: symbol, certificate: LocalCertificate, crypto: CryptoProvider]) {
    requireInternal(args[0]);
    this.#certificate = args[1];
    this.#crypto = args[2];
  }

  static {
    certificateOf = (certificate) => certificate.#certificate;
  }

  /** Unix milliseconds after which it may not be used for a new connection. */
  get expires(): number {
    return this.#certificate.expires;
  }

  /** One fingerprint, in the hash of the certificate's own signature: lower-case hexadecimal with colons. */
  getFingerprints(): RTCDtlsFingerprint[] {
    const digest = certificateDigest(this.#crypto, "sha-256", this.#certificate.der);
    return [{ algorithm: "sha-256", value: formatFingerprint(digest).toLowerCase() }];
  }
}

exposeInterface(RTCCertificate, "RTCCertificate");
