/** Ephemeral Diffie-Hellman over node:crypto, with the private key drawn from the given source so that a seed decides every byte. */
import { createECDH, createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from "node:crypto";
import { InvalidArgumentError, type KeyAgreement, type NamedGroup, type RandomSource, randomBytes } from "@purertc/core";
import { type CurveFacts, curveFacts, drawScalar, looksUncompressed } from "../keys/curves.ts";
import { NODE_CURVE_NAMES } from "./curve-names.ts";

/** A fresh key pair. Throws `InvalidArgumentError` for an unknown group. */
export function nodeKeyAgreement(group: NamedGroup, random: RandomSource): KeyAgreement {
  switch (group) {
    case "x25519":
      return new NodeX25519(random);
    case "secp256r1":
      return new NodeEcdh(group, curveFacts("P-256"), random);
    case "secp384r1":
      return new NodeEcdh(group, curveFacts("P-384"), random);
    default:
      throw new InvalidArgumentError(`unknown group ${String(group)}`, { code: "GROUP_NAME" });
  }
}

class NodeEcdh implements KeyAgreement {
  readonly group: NamedGroup;
  readonly publicKey: Uint8Array;
  readonly #curve: CurveFacts;
  readonly #ecdh: ReturnType<typeof createECDH>;

  constructor(group: NamedGroup, curve: CurveFacts, random: RandomSource) {
    this.group = group;
    this.#curve = curve;
    this.#ecdh = createECDH(NODE_CURVE_NAMES[curve.name]);
    this.#ecdh.setPrivateKey(drawScalar(curve, random));
    this.publicKey = new Uint8Array(this.#ecdh.getPublicKey());
  }

  sharedSecret(peerPublicKey: Uint8Array): Uint8Array | undefined {
    if (!looksUncompressed(this.#curve, peerPublicKey)) return undefined;
    try {
      return new Uint8Array(this.#ecdh.computeSecret(peerPublicKey));
    } catch {
      return undefined; // ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY: not on the curve
    }
  }
}

class NodeX25519 implements KeyAgreement {
  readonly group = "x25519";
  readonly publicKey: Uint8Array;
  readonly #privateKey: KeyObject;

  constructor(random: RandomSource) {
    // As JWK (RFC 8037 §2), which OpenSSL 3 reads ten times faster than DER. The x of a private key is not looked at, but has to be there.
    const key = { ...X25519_JWK, d: Buffer.from(randomBytes(random, X25519_LENGTH)).toString("base64url"), x: "" };
    this.#privateKey = createPrivateKey({ key, format: "jwk" });
    this.publicKey = Uint8Array.from(Buffer.from(createPublicKey(this.#privateKey).export({ format: "jwk" }).x ?? "", "base64url"));
  }

  sharedSecret(peerPublicKey: Uint8Array): Uint8Array | undefined {
    if (peerPublicKey.length !== X25519_LENGTH) return undefined;
    const key = { ...X25519_JWK, x: Buffer.from(peerPublicKey).toString("base64url") };
    const publicKey = createPublicKey({ key, format: "jwk" });
    let secret: Uint8Array;
    try {
      secret = new Uint8Array(diffieHellman({ privateKey: this.#privateKey, publicKey }));
    } catch {
      return undefined; // OpenSSL refuses an all-zero result itself
    }
    return secret.every((byte) => byte === 0) ? undefined : secret;
  }
}

const X25519_LENGTH = 32;
const X25519_JWK = { kty: "OKP", crv: "X25519" };
