import { readFileSync } from "node:fs";
import { bytesFromHex, hexFromBytes } from "@purertc/core";
import { nobleCrypto } from "@purertc/crypto/noble";
import { nodeCrypto } from "@purertc/crypto/node";
import { describe, expect, test } from "vitest";
import { checkKeyDerivationRate, KeyDerivation, type KeyLabel } from "./key-derivation.ts";

interface Vectors {
  readonly B2_aes_cm: { readonly key: string; readonly iv: string; readonly blocks: Readonly<Record<string, string>> };
  readonly B3_kdf: Readonly<Record<"masterKey" | "masterSalt" | "cipherKey" | "cipherSalt" | "authKey_first20", string>>;
}

const vectors = JSON.parse(readFileSync(new URL("../../../test-vectors/srtp/rfc3711.json", import.meta.url), "utf8")) as Vectors;

describe.each([nodeCrypto, nobleCrypto])("with $name", (crypto) => {
  test("RFC 3711 §B.2: the keystream, up to 2^20 bytes into a packet", () => {
    const { key, iv, blocks } = vectors.B2_aes_cm;
    const keystream = new Uint8Array(65_536);
    const base = bytesFromHex(iv);
    const mode = crypto.sequencedCounterMode(bytesFromHex(key), base);
    mode.apply(0, keystream, 0, 65_536);
    for (const [block, expected] of Object.entries(blocks)) {
      if (Number(block) >= 4096) continue; // sequenced packets end at 64 KiB; crypto's own tests start there
      expect(hexFromBytes(keystream.subarray(Number(block) * 16, Number(block) * 16 + 16))).toBe(expected);
    }
  });

  test("RFC 3711 §B.3: cipher key, cipher salt and authentication key", () => {
    const { masterKey, masterSalt, cipherKey, cipherSalt, authKey_first20 } = vectors.B3_kdf;
    const derivation = new KeyDerivation(crypto, bytesFromHex(masterKey), bytesFromHex(masterSalt));
    expect(hexFromBytes(derivation.derive("srtp-encryption", 0, 16))).toBe(cipherKey);
    expect(hexFromBytes(derivation.derive("srtp-salt", 0, 14))).toBe(cipherSalt);
    expect(hexFromBytes(derivation.derive("srtp-authentication", 0, 20))).toBe(authKey_first20);
  });

  test("RFC 3711 §4.3.1: x is (label || r) XOR the salt, r in 48 bits", () => {
    const masterKey = bytesFromHex(vectors.B3_kdf.masterKey);
    const masterSalt = bytesFromHex(vectors.B3_kdf.masterSalt);
    const derivation = new KeyDerivation(crypto, masterKey, masterSalt);
    const labels: readonly KeyLabel[] = [
      "srtp-encryption",
      "srtp-authentication",
      "srtp-salt",
      "srtcp-encryption",
      "srtcp-authentication",
      "srtcp-salt",
      "header-extension-encryption",
      "header-extension-salt",
    ];
    const seen = new Set<string>();
    for (const [label, name] of labels.entries()) {
      for (const r of [0, 1, 0xffff, 0x1_0000_0000, 0xffff_ffff_ffff]) {
        let x = BigInt(`0x${hexFromBytes(masterSalt)}`);
        x ^= (BigInt(label) << 48n) | BigInt(r);
        const block = bytesFromHex(`${x.toString(16).padStart(28, "0")}0000`);
        crypto.blockCipher(masterKey).encrypt(block, 0, 16, block, 0);
        const key = hexFromBytes(derivation.derive(name, r, 16));
        expect(key).toBe(hexFromBytes(block));
        seen.add(key);
      }
    }
    expect(seen.size).toBe(40);
  });

  test.each([
    {
      masterKey: "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
      masterSalt: "3b04803de51ee7c96423ab5b78d2",
      cipherKey: "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
      cipherSalt: "fa31791685ca444a9e07c6c64e93",
      authKey: "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05",
    },
    {
      masterKey: "73edc66c4fa15776fb57f9505c17136550ffda71f3e8e5f1",
      masterSalt: "c8522f3acd4ce86d5add78edbb11",
      cipherKey: "31874736a8f1143870c26e4857d8a5b2c4a354407faadabb",
      cipherSalt: "2372b82d639b6d8503a47adc0a6c",
      authKey: "355b10973cd95b9eacf4061c7e1a7151e7cfbfcb",
    },
  ])("RFC 6188 §7: the keys of AES-256 and AES-192, $masterKey", ({ masterKey, masterSalt, cipherKey, cipherSalt, authKey }) => {
    const derivation = new KeyDerivation(crypto, bytesFromHex(masterKey), bytesFromHex(masterSalt));
    expect(hexFromBytes(derivation.derive("srtp-encryption", 0, masterKey.length / 2))).toBe(cipherKey);
    expect(hexFromBytes(derivation.derive("srtp-salt", 0, 14))).toBe(cipherSalt);
    expect(hexFromBytes(derivation.derive("srtp-authentication", 0, 20))).toBe(authKey);
  });

  test("RFC 9335 appendix A, RFC 7714 §11: a salt of 96 bits is padded on the right", () => {
    const derivation = new KeyDerivation(
      crypto,
      bytesFromHex("000102030405060708090a0b0c0d0e0f"),
      bytesFromHex("a0a1a2a3a4a5a6a7a8a9aaab"),
    );
    expect(hexFromBytes(derivation.derive("srtp-encryption", 0, 16))).toBe("077c6143cb221bc355ff23d5f984a16e");
    expect(hexFromBytes(derivation.derive("srtp-salt", 0, 12))).toBe("9af3e95364ebac9c99c5a7c4");
  });
});

test("RFC 3711 §4.3.1: a key derivation rate is 0 or a power of two up to 2^24", () => {
  for (const rate of [0, 1, 2, 1024, 2 ** 24]) checkKeyDerivationRate(rate);
  for (const rate of [-1, 3, 1000, 2 ** 25, 0.5, Number.NaN]) expect(() => checkKeyDerivationRate(rate)).toThrow("key derivation rate");
});
