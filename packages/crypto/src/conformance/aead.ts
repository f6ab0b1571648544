import { type AeadName, type CryptoProvider, copyBytes } from "@purertc/core";
import { AEAD_VECTORS } from "./aead-vectors.ts";
import { pattern, type Report } from "./report.ts";

const TAG = 16;

/** Published vectors of the plain AEADs and the contract of `Aead`. */
export function checkAeads(provider: CryptoProvider, report: Report): void {
  for (const { source, name, key, nonce, aad, plaintext, sealed } of AEAD_VECTORS) {
    report.section(`${source} ${name}`, () => {
      const ownKey = copyBytes(key);
      const aead = provider.aead(name, ownKey);
      ownKey.fill(0);
      const out = new Uint8Array(sealed.length);
      aead.seal(nonce, aad, plaintext, out);
      report.equals("seal", out, sealed);
      const opened = new Uint8Array(plaintext.length);
      report.holds("open answered false", aead.open(nonce, aad, sealed, opened));
      report.equals("open", opened, plaintext);
    });
  }
  for (const name of AEAD_NAMES) report.section(name, () => checkContract(provider, name, report));
}

function checkContract(provider: CryptoProvider, name: AeadName, report: Report): void {
  const aead = provider.aead(name, pattern(aeadKeyLength(name), 3, 5));
  const nonce = pattern(12, 9);
  const aad = pattern(13, 50);
  const plaintext = pattern(39, 1, 7);
  report.holds("tagLength is not 16", aead.tagLength === TAG);

  // In place, in a longer buffer, and with the arguments left alone.
  const buffer = new Uint8Array(plaintext.length + TAG + 4).fill(0xee);
  buffer.set(plaintext);
  aead.seal(nonce, aad, buffer.subarray(0, plaintext.length), buffer);
  const sealed = buffer.slice(0, plaintext.length + TAG);
  report.equals("the bytes after what was sealed", buffer.subarray(sealed.length), new Uint8Array(4).fill(0xee));
  report.equals("the nonce afterwards", nonce, pattern(12, 9));
  report.equals("the additional data afterwards", aad, pattern(13, 50));
  report.holds("open in place answered false", aead.open(nonce, aad, buffer.subarray(0, sealed.length), buffer));
  report.equals("opened in place", buffer.subarray(0, plaintext.length), plaintext);

  // A change of any byte of anything.
  const forged = (what: string, badNonce: Uint8Array, badAad: Uint8Array, badSealed: Uint8Array): void => {
    const out = new Uint8Array(Math.max(0, badSealed.length - TAG) + 2).fill(0xaa);
    report.holds(`${what} was accepted`, !aead.open(badNonce, badAad, badSealed, out));
    const zeroed = badSealed.length < TAG || out.subarray(0, out.length - 2).every((byte) => byte === 0);
    report.holds(`${what}: out was not zeroed`, zeroed);
    report.holds(`${what}: written past the plaintext`, out[out.length - 1] === 0xaa);
  };
  for (let i = 0; i < nonce.length; i++) forged(`another nonce byte ${i}`, flipped(nonce, i), aad, sealed);
  for (let i = 0; i < aad.length; i++) forged(`another additional byte ${i}`, nonce, flipped(aad, i), sealed);
  for (let i = 0; i < sealed.length; i++) forged(`another sealed byte ${i}`, nonce, aad, flipped(sealed, i));
  for (let length = 0; length < sealed.length; length++)
    forged(`${length} bytes of ${sealed.length}`, nonce, aad, sealed.subarray(0, length));
  forged("shorter additional data", nonce, aad.subarray(1), sealed);
  forged("no additional data", nonce, new Uint8Array(0), sealed);
  const forgedInPlace = flipped(sealed, 5);
  report.holds("a forgery in place was accepted", !aead.open(nonce, aad, forgedInPlace, forgedInPlace));
  report.holds(
    "a forgery in place was not zeroed",
    forgedInPlace.subarray(0, plaintext.length).every((byte) => byte === 0),
  );

  // Every length around the block sizes.
  for (let length = 0; length <= 70; length++) {
    const text = pattern(length, length, 3);
    const box = new Uint8Array(length + TAG);
    aead.seal(nonce, aad.subarray(0, length % 14), text, box);
    const back = new Uint8Array(length);
    report.holds(`length ${length} did not open`, aead.open(nonce, aad.subarray(0, length % 14), box, back));
    report.equals(`length ${length}`, back, text);
  }

  report.refuses("a nonce of 11 bytes to seal", () => aead.seal(new Uint8Array(11), aad, plaintext, new Uint8Array(64)));
  report.refuses("a nonce of 13 bytes to open", () => aead.open(new Uint8Array(13), aad, sealed, new Uint8Array(64)));
  report.refuses("an output too short to seal into", () => aead.seal(nonce, aad, plaintext, new Uint8Array(sealed.length - 1)));
  report.refuses("an output too short to open into", () => aead.open(nonce, aad, sealed, new Uint8Array(plaintext.length - 1)));
  for (const length of [0, 15, 24, 31, 33, name === "aes-128-gcm" ? 32 : 16]) {
    report.refuses(`a key of ${length} bytes`, () => provider.aead(name, new Uint8Array(length)));
    report.refuses(`a sequenced key of ${length} bytes`, () => provider.sequencedAead(name, new Uint8Array(length), nonce));
  }
}

export const AEAD_NAMES: readonly AeadName[] = ["aes-128-gcm", "aes-256-gcm", "chacha20-poly1305"];

/** Octets of the key of `name`. */
export function aeadKeyLength(name: AeadName): number {
  return name === "aes-128-gcm" ? 16 : 32;
}

/** A copy with one bit of byte `at` changed. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = copyBytes(bytes);
  copy[at]! ^= 1 << (at % 8);
  return copy;
}
