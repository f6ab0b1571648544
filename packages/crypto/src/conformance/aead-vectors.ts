import { type AeadName, bytesFromHex } from "@purertc/core";
import { ascii, pattern } from "./report.ts";

/** One published sealing. */
export interface AeadVector {
  readonly source: string;
  readonly name: AeadName;
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
  readonly plaintext: Uint8Array;
  /** Ciphertext and tag. */
  readonly sealed: Uint8Array;
}

const NOTHING = new Uint8Array(0);
/** Key, nonce, plaintext and additional data of the GCM submission's longer test cases. */
const GCM_KEY = "feffe9928665731c6d6a8f9467308308";
const GCM_NONCE = bytesFromHex("cafebabefacedbaddecaf888");
const GCM_PLAINTEXT = bytesFromHex(
  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
);
const GCM_AAD = bytesFromHex("feedfacedeadbeeffeedfacedeadbeefabaddad2");

export const AEAD_VECTORS: readonly AeadVector[] = [
  {
    source: "GCM test case 1",
    name: "aes-128-gcm",
    key: new Uint8Array(16),
    nonce: new Uint8Array(12),
    aad: NOTHING,
    plaintext: NOTHING,
    sealed: bytesFromHex("58e2fccefa7e3061367f1d57a4e7455a"),
  },
  {
    source: "GCM test case 2",
    name: "aes-128-gcm",
    key: new Uint8Array(16),
    nonce: new Uint8Array(12),
    aad: NOTHING,
    plaintext: new Uint8Array(16),
    sealed: bytesFromHex("0388dace60b6a392f328c2b971b2fe78ab6e47d42cec13bdf53a67b21257bddf"),
  },
  {
    source: "GCM test case 4",
    name: "aes-128-gcm",
    key: bytesFromHex(GCM_KEY),
    nonce: GCM_NONCE,
    aad: GCM_AAD,
    plaintext: GCM_PLAINTEXT,
    sealed: bytesFromHex(
      "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091" +
        "5bc94fbc3221a5db94fae95ae7121a47",
    ),
  },
  {
    source: "GCM test case 13",
    name: "aes-256-gcm",
    key: new Uint8Array(32),
    nonce: new Uint8Array(12),
    aad: NOTHING,
    plaintext: NOTHING,
    sealed: bytesFromHex("530f8afbc74536b9a963b4f1c4cb738b"),
  },
  {
    source: "GCM test case 16",
    name: "aes-256-gcm",
    key: bytesFromHex(GCM_KEY + GCM_KEY),
    nonce: GCM_NONCE,
    aad: GCM_AAD,
    plaintext: GCM_PLAINTEXT,
    sealed: bytesFromHex(
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662" +
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
  },
  {
    source: "RFC 7714 §16.1.1",
    name: "aes-128-gcm",
    key: pattern(16),
    nonce: bytesFromHex("51753c6580c2726f20718414"),
    aad: bytesFromHex("8040f17b8041f8d35501a0b2"),
    plaintext: ascii("Gallia est omnis divisa in partes tres"),
    sealed: bytesFromHex(
      "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833" + "899d7f27beb16a9152cf765ee4390cce",
    ),
  },
  {
    source: "RFC 8439 §2.8.2",
    name: "chacha20-poly1305",
    key: pattern(32, 0x80),
    nonce: bytesFromHex("070000004041424344454647"),
    aad: bytesFromHex("50515253c0c1c2c3c4c5c6c7"),
    plaintext: ascii("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."),
    sealed: bytesFromHex(
      "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b6" +
        "7ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b6116" +
        "1ae10b594f09e26a7e902ecbd0600691",
    ),
  },
];
