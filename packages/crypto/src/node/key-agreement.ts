/** Ephemeral Diffie-Hellman over node:crypto, with the private key drawn from the given source so that a seed decides every byte. */
import { createECDH, createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from "node:crypto";
import {
  bytesFromHex,
  concatBytes,
  InvalidArgumentError,
  type KeyAgreement,
  type NamedGroup,
  type RandomSource,
  randomBytes,
} from "@purertc/core";
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
    const der = concatBytes(X25519_PKCS8_PREFIX, randomBytes(random, X25519_LENGTH));
    this.#privateKey = createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
    const spki = createPublicKey(this.#privateKey).export({ format: "der", type: "spki" });
    this.publicKey = Uint8Array.from(spki.subarray(spki.length - X25519_LENGTH));
  }

  sharedSecret(peerPublicKey: Uint8Array): Uint8Array | undefined {
    if (peerPublicKey.length !== X25519_LENGTH) return undefined;
    const publicKey = createPublicKey({ key: Buffer.from(concatBytes(X25519_SPKI_PREFIX, peerPublicKey)), format: "der", type: "spki" });
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
/** RFC 8410 §7: everything of a PrivateKeyInfo up to the 32 bytes of the key. */
const X25519_PKCS8_PREFIX = bytesFromHex("302e020100300506032b656e04220420");
/** RFC 8410 §4: everything of a SubjectPublicKeyInfo up to the 32 bytes of the key. */
const X25519_SPKI_PREFIX = bytesFromHex("302a300506032b656e032100");
