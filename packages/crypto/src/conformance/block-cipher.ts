import { bytesFromHex, type CryptoProvider } from "@purertc/core";
import { pattern, type Report } from "./report.ts";

/** FIPS 197 appendix C and the bounds of `BlockCipher`. */
export function checkBlockCipher(provider: CryptoProvider, report: Report): void {
  const plaintext = bytesFromHex("00112233445566778899aabbccddeeff");
  for (const [keyLength, expected] of FIPS_197) {
    report.section(`FIPS 197 AES-${keyLength * 8}`, () => {
      const key = pattern(keyLength);
      const cipher = provider.blockCipher(key);
      key.fill(0); // the provider must have taken what it needs
      const out = new Uint8Array(16);
      cipher.encrypt(plaintext, 0, 16, out, 0);
      report.equals("one block", out, bytesFromHex(expected));

      const buffer = new Uint8Array(64);
      buffer.set(plaintext, 3);
      buffer.set(plaintext, 19);
      buffer.set(plaintext, 35);
      cipher.encrypt(buffer, 3, 48, buffer, 3);
      for (const at of [3, 19, 35]) report.equals(`in place at ${at}`, buffer.subarray(at, at + 16), bytesFromHex(expected));
      report.equals("the bytes before", buffer.subarray(0, 3), new Uint8Array(3));
      report.equals("the bytes after", buffer.subarray(51), new Uint8Array(13));
      cipher.encrypt(buffer, 0, 0, buffer, 0);

      report.refuses("a length that is not whole blocks", () => cipher.encrypt(plaintext, 0, 15, out, 0));
      report.refuses("an input that is too short", () => cipher.encrypt(plaintext, 1, 16, out, 0));
      report.refuses("an output that is too short", () => cipher.encrypt(plaintext, 0, 16, out, 1));
    });
  }
  report.section("AES keys", () => {
    for (const length of [0, 15, 17, 31, 33, 64]) {
      report.refuses(`a key of ${length} bytes`, () => provider.blockCipher(new Uint8Array(length)));
    }
  });
}

const FIPS_197: readonly (readonly [number, string])[] = [
  [16, "69c4e0d86a7b0430d8cdb78070b4c55a"],
  [24, "dda97ca4864cdfe06eaf70a0ec0d7191"],
  [32, "8ea2b7ca516745bfeafc49904b496089"],
];
