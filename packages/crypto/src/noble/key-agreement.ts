/** Ephemeral Diffie-Hellman over @noble/curves. */
import { x25519 } from "@noble/curves/ed25519.js";
import { p256, p384 } from "@noble/curves/nist.js";
import { InvalidArgumentError, type KeyAgreement, type NamedGroup, type RandomSource, randomBytes } from "@purertc/core";
import { type CurveFacts, curveFacts, drawScalar, looksUncompressed } from "../keys/curves.ts";

/** A fresh key pair. Throws `InvalidArgumentError` for an unknown group. */
export function nobleKeyAgreement(group: NamedGroup, random: RandomSource): KeyAgreement {
  switch (group) {
    case "x25519":
      return new NobleX25519(random);
    case "secp256r1":
      return new NobleEcdh(group, curveFacts("P-256"), p256, random);
    case "secp384r1":
      return new NobleEcdh(group, curveFacts("P-384"), p384, random);
    default:
      throw new InvalidArgumentError(`unknown group ${String(group)}`, { code: "GROUP_NAME" });
  }
}

class NobleEcdh implements KeyAgreement {
  readonly group: NamedGroup;
  readonly publicKey: Uint8Array;
  readonly #facts: CurveFacts;
  readonly #curve: typeof p256;
  readonly #scalar: Uint8Array;

  constructor(group: NamedGroup, facts: CurveFacts, curve: typeof p256, random: RandomSource) {
    this.group = group;
    this.#facts = facts;
    this.#curve = curve;
    this.#scalar = drawScalar(facts, random);
    this.publicKey = curve.getPublicKey(this.#scalar, false);
  }

  sharedSecret(peerPublicKey: Uint8Array): Uint8Array | undefined {
    if (!looksUncompressed(this.#facts, peerPublicKey)) return undefined;
    let point: Uint8Array;
    try {
      point = this.#curve.getSharedSecret(this.#scalar, peerPublicKey, false);
    } catch {
      return undefined; // not on the curve
    }
    return point.slice(1, 1 + this.#facts.fieldLength); // RFC 8446 §7.4.2: the x coordinate
  }
}

class NobleX25519 implements KeyAgreement {
  readonly group = "x25519";
  readonly publicKey: Uint8Array;
  readonly #scalar: Uint8Array;

  constructor(random: RandomSource) {
    this.#scalar = randomBytes(random, X25519_LENGTH);
    this.publicKey = x25519.getPublicKey(this.#scalar);
  }

  sharedSecret(peerPublicKey: Uint8Array): Uint8Array | undefined {
    if (peerPublicKey.length !== X25519_LENGTH) return undefined;
    try {
      return x25519.getSharedSecret(this.#scalar, peerPublicKey);
    } catch {
      return undefined; // RFC 7748 §6.1: an all-zero secret; noble refuses it itself
    }
  }
}

const X25519_LENGTH = 32;
