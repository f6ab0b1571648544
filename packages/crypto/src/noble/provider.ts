/** `CryptoProvider` in JavaScript alone: nothing of the host is used but, by noble's curves to blind scalars, its Web Crypto random source. */
import type {
  Aead,
  AeadName,
  BlockCipher,
  CryptoProvider,
  GeneratedKey,
  Hash,
  HashName,
  KeyAgreement,
  KeyPairParameters,
  Mac,
  NamedGroup,
  RandomSource,
  SequencedAead,
  SequencedCounterMode,
  SignatureScheme,
  Signer,
} from "@purertc/core";
import { checkAeadKey } from "../aead-arguments.ts";
import { createLookaheadAead, createLookaheadCounterMode } from "../lookahead/index.ts";
import { PerRecordAead } from "../per-record-aead.ts";
import { NobleAead } from "./aead.ts";
import { NobleBlockCipher } from "./block-cipher.ts";
import { NobleHash, nobleHashFunction } from "./hash.ts";
import { nobleHmac } from "./hmac.ts";
import { nobleKeyAgreement } from "./key-agreement.ts";
import { nobleGenerateKey, nobleSigner, nobleVerify } from "./signatures.ts";

class NobleCrypto implements CryptoProvider {
  readonly name = "noble";

  aead(name: AeadName, key: Uint8Array): Aead {
    return new NobleAead(name, key);
  }

  sequencedAead(name: AeadName, key: Uint8Array, nonceBase: Uint8Array): SequencedAead {
    checkAeadKey(name, key);
    if (name === "chacha20-poly1305") return new PerRecordAead(new NobleAead(name, key), nonceBase);
    return createLookaheadAead(new NobleBlockCipher(key), nonceBase, NOTHING_AHEAD);
  }

  sequencedCounterMode(key: Uint8Array, counterBase: Uint8Array): SequencedCounterMode {
    return createLookaheadCounterMode(new NobleBlockCipher(key), counterBase, NOTHING_AHEAD);
  }

  blockCipher(key: Uint8Array): BlockCipher {
    return new NobleBlockCipher(key);
  }

  hmac(hash: HashName, key: Uint8Array): Mac {
    return nobleHmac(hash, key);
  }

  hash(name: HashName): Hash {
    return new NobleHash(nobleHashFunction(name).create());
  }

  keyAgreement(group: NamedGroup, random: RandomSource): KeyAgreement {
    return nobleKeyAgreement(group, random);
  }

  signer(pkcs8: Uint8Array): Signer {
    return nobleSigner(pkcs8);
  }

  generateKey(parameters: KeyPairParameters, random: RandomSource): GeneratedKey {
    return nobleGenerateKey(parameters, random);
  }

  verify(scheme: SignatureScheme, spki: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
    return nobleVerify(scheme, spki, message, signature);
  }
}

/** A JavaScript block cipher costs the same per block however few there are, so keystream made ahead would only be wasted when a packet is shorter. */
const NOTHING_AHEAD = { packets: 0 };

/** @noble/ciphers, @noble/hashes and @noble/curves: for every host with the JavaScript of ES2023. */
export const nobleCrypto: CryptoProvider = new NobleCrypto();
