import {
  type AeadName,
  bytesFromHex,
  type CryptoProvider,
  copyBytes,
  readU16,
  readU32,
  type SequencedAead,
  writeU16,
  writeU32,
} from "@purertc/core";
import { AEAD_NAMES, aeadKeyLength, flipped } from "./aead.ts";
import { ascii, pattern, type Report } from "./report.ts";

const TAG = 16;
const LAST_INDEX = 0xffff_ffff_ffff;

/** `SequencedAead` against the plain one, packet by packet, and `SequencedCounterMode` against RFC 3711. */
export function checkSequenced(provider: CryptoProvider, report: Report): void {
  report.section("RFC 7714 §16.1.1 sequenced", () => {
    // §8.1: the nonce is the salt XOR (SSRC, ROC, SEQ); the last two are the index. Here ROC 0, SEQ 0xf17b.
    const salt = bytesFromHex("517569642070726f2071756f");
    writeU32(salt, 2, readU32(salt, 2) ^ 0x5501a0b2);
    const sender = provider.sequencedAead("aes-128-gcm", pattern(16), salt);
    const packet = new Uint8Array(38 + TAG);
    packet.set(ascii("Gallia est omnis divisa in partes tres"));
    sender.seal(0xf17b, bytesFromHex("8040f17b8041f8d35501a0b2"), packet, 0, 38);
    const expected = "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce";
    report.equals("the packet", packet, bytesFromHex(expected));
  });
  for (const name of AEAD_NAMES) {
    report.section(`${name} sequenced`, () => checkAgainstPlain(provider, name, report));
    report.section(`${name} sequenced rules`, () => checkRules(provider, name, report));
    report.section(`${name} further streams`, () => checkFurtherStreams(provider, name, report));
    report.section(`${name} sequenced forgeries`, () => checkForgeries(provider, name, report));
  }
  report.section("RFC 3711 §B.2", () => checkCounterMode(provider, report));
}

/** nonceBase XOR index in the last six bytes. */
function nonceOf(nonceBase: Uint8Array, index: number): Uint8Array {
  const nonce = copyBytes(nonceBase);
  writeU16(nonce, 6, readU16(nonce, 6) ^ Math.floor(index / 0x1_0000_0000));
  writeU32(nonce, 8, readU32(nonce, 8) ^ (index >>> 0));
  return nonce;
}

/** Lengths and gaps that a window of foreseen packets can stumble over. */
function checkAgainstPlain(provider: CryptoProvider, name: AeadName, report: Report): void {
  const key = pattern(aeadKeyLength(name), 7, 11);
  const nonceBase = pattern(12, 0x90, 13);
  const plain = provider.aead(name, key);
  const base = copyBytes(nonceBase);
  const sender = provider.sequencedAead(name, key, base);
  const receiver = provider.sequencedAead(name, key, base);
  base.fill(0);
  report.holds("tagLength is not 16", sender.tagLength === TAG);
  const indices: number[] = [];
  for (const start of [0, 0xfffa, 0xffff_fffa, 0x1_2345_6789, LAST_INDEX - 12]) for (let i = 0; i < 13; i++) indices.push(start + i);
  const packets = indices.map((index, i) => {
    const length = [0, 1, 15, 16, 17, 64, 1200, 100, 1500, 3][i % 10]! + (i % 7);
    const aad = pattern((i * 5) % 130, i);
    const at = i % 9;
    const buffer = new Uint8Array(at + length + TAG + 3).fill(0xee);
    const plaintext = pattern(length, index % 251, 3);
    buffer.set(plaintext, at);
    sender.seal(index, aad, buffer, at, length);
    const expected = new Uint8Array(length + TAG);
    plain.seal(nonceOf(nonceBase, index), aad, plaintext, expected);
    report.equals(`packet ${index} of ${length} bytes`, buffer.subarray(at, at + length + TAG), expected);
    const untouched =
      buffer.subarray(0, at).every((byte) => byte === 0xee) && buffer.subarray(at + length + TAG).every((byte) => byte === 0xee);
    report.holds(`packet ${index}: bytes around it were changed`, untouched);
    return { index, aad, plaintext, sealed: expected };
  });
  // In order, then backwards, then each again.
  for (const { index, aad, plaintext, sealed } of [...packets, ...packets.toReversed(), ...packets]) {
    const input = new Uint8Array(sealed.length + 5);
    input.set(sealed, 5);
    const out = new Uint8Array(plaintext.length + 3);
    report.holds(`packet ${index} did not open`, receiver.open(index, aad, input, 5, sealed.length, out, 3));
    report.equals(`packet ${index} opened`, out.subarray(3), plaintext);
    report.holds(`packet ${index} did not open in place`, receiver.open(index, aad, input, 5, sealed.length, input, 5));
    report.equals(`packet ${index} opened in place`, input.subarray(5, 5 + plaintext.length), plaintext);
  }
}

function checkRules(provider: CryptoProvider, name: AeadName, report: Report): void {
  const key = new Uint8Array(aeadKeyLength(name));
  const buffer = new Uint8Array(200);
  const none = new Uint8Array(0);
  const sender = provider.sequencedAead(name, key, new Uint8Array(12));
  sender.seal(7, none, buffer, 0, 10);
  for (const index of [7, 6, 0, -1, 8.5, Number.NaN, Number.POSITIVE_INFINITY, LAST_INDEX + 1]) {
    report.refuses(`seal of index ${index} after 7`, () => sender.seal(index, none, buffer, 0, 10));
  }
  report.refuses("seal with 65537 bytes of additional data", () => sender.seal(8, new Uint8Array(65_537), buffer, 0, 10));
  report.refuses("seal with less additional data than said", () => sender.seal(8, new Uint8Array(5), buffer, 0, 10, 6));
  report.refuses("seal without room for the tag", () => sender.seal(8, none, buffer, 185, 0));
  report.refuses("seal of a negative length", () => sender.seal(8, none, buffer, 50, -1));
  report.refuses("seal at a negative place", () => sender.seal(8, none, buffer, -1, 10));
  sender.seal(8, new Uint8Array(64), buffer, 184, 0); // what was refused used no index up
  sender.seal(LAST_INDEX, none, buffer, 0, 10);

  const receiver = provider.sequencedAead(name, key, new Uint8Array(12));
  for (const index of [-1, 0.5, Number.NaN, LAST_INDEX + 1]) {
    report.refuses(`open of index ${index}`, () => receiver.open(index, none, buffer, 0, 26, buffer, 0));
  }
  report.refuses("open past the end", () => receiver.open(0, none, buffer, 180, 30, buffer, 0));
  report.refuses("open into too little room", () => receiver.open(0, none, buffer, 0, 116, buffer, 150));
  report.refuses("open with 65537 bytes of additional data", () => receiver.open(0, new Uint8Array(65_537), buffer, 0, 26, buffer, 0));
  report.refuses("open with less additional data than said", () => receiver.open(0, new Uint8Array(5), buffer, 0, 26, buffer, 0, 6));
  for (let length = 0; length < TAG; length++) {
    report.holds(`open of ${length} bytes was accepted`, !receiver.open(0, none, buffer, 0, length, buffer, 0));
  }
  for (const length of [0, 11, 13, 16]) {
    report.refuses(`a nonce base of ${length} bytes`, () => provider.sequencedAead(name, key, new Uint8Array(length)));
  }
}

/** A stream made of another under the same key is as good as one made of the key, and neither disturbs the other. */
function checkFurtherStreams(provider: CryptoProvider, name: AeadName, report: Report): void {
  const key = pattern(aeadKeyLength(name), 5);
  const first = provider.sequencedAead(name, key, pattern(12));
  const base = pattern(12, 40);
  const further = first.forStream(base);
  base.fill(0);
  const alone = provider.sequencedAead(name, key, pattern(12, 40));
  const firstAlone = provider.sequencedAead(name, key, pattern(12));
  for (let index = 0; index < 20; index++) {
    const length = 40 + index * 7;
    const sealedBy = (stream: SequencedAead, aad: Uint8Array, aadLength: number): Uint8Array => {
      const buffer = pattern(length + TAG, index);
      stream.seal(index, aad, buffer, 0, length, aadLength);
      return buffer;
    };
    const aad = pattern(70, index);
    const sealed = sealedBy(further, aad, 60);
    report.equals(`packet ${index} of a further stream`, sealed, sealedBy(alone, aad.subarray(0, 60), 60));
    report.equals(`packet ${index} of the first stream`, sealedBy(first, aad, 12), sealedBy(firstAlone, aad, 12));
    report.holds(`packet ${index} did not open`, further.open(index, aad, sealed, 0, sealed.length, sealed, 0, 60));
    report.equals(`packet ${index} opened`, sealed.subarray(0, length), pattern(length, index));
  }
  report.refuses("a further stream with a nonce base of 13 bytes", () => first.forStream(new Uint8Array(13)));
}

/** Forged packets between real ones, inside and far outside any window, must be refused and must not disturb what follows. */
function checkForgeries(provider: CryptoProvider, name: AeadName, report: Report): void {
  const key = pattern(aeadKeyLength(name), 1, 3);
  const sender = provider.sequencedAead(name, key, pattern(12));
  const receiver = provider.sequencedAead(name, key, pattern(12));
  const aad = pattern(13);
  for (let index = 0; index < 40; index++) {
    const plaintext = pattern(30 + (index % 3) * 40, index);
    const sealed = new Uint8Array(plaintext.length + TAG);
    sealed.set(plaintext);
    sender.seal(index, aad, sealed, 0, plaintext.length);
    const out = new Uint8Array(plaintext.length);
    const refused = (what: string, at: number, badAad: Uint8Array, bad: Uint8Array): void => {
      const badOut = new Uint8Array(Math.max(0, bad.length - TAG));
      report.holds(`${what} of packet ${index} was accepted`, !receiver.open(at, badAad, bad, 0, bad.length, badOut, 0));
      const leaked = badOut.length > 8 && badOut.every((byte, i) => byte === plaintext[i]);
      report.holds(`${what} of packet ${index} left plaintext behind`, !leaked);
    };
    refused("a changed byte", index, aad, flipped(sealed, index % sealed.length));
    refused("a changed tag", index, aad, flipped(sealed, sealed.length - 1 - (index % TAG)));
    refused("other additional data", index, flipped(aad, index % 13), sealed);
    refused("another index", index + 1, aad, sealed);
    refused("a far index", index * 1000 + 77_777, aad, sealed);
    refused("a longer packet", index, aad, pattern(1400));
    report.holds(`packet ${index} did not open after forgeries`, receiver.open(index, aad, sealed, 0, sealed.length, out, 0));
    report.equals(`packet ${index} after forgeries`, out, plaintext);
  }
}

function checkCounterMode(provider: CryptoProvider, report: Report): void {
  const key = bytesFromHex("2b7e151628aed2a6abf7158809cf4f3c");
  const base = bytesFromHex("f0f1f2f3f4f5f6f7f8f9fafbfcfd0000");
  const first = bytesFromHex("e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0");
  const last = bytesFromHex("ec8cdf7398607cb0f2d21675ea9ea1e4362b7c3c6773516318a077d7fc5073ae6a2cc3787889374fbeb4c81b17ba6c44");
  const buffer = new Uint8Array(64);
  const mode = provider.sequencedCounterMode(copyBytes(key), copyBytes(base));
  mode.apply(0, buffer, 7, 48);
  report.equals("the first blocks", buffer.subarray(7, 55), first);
  report.equals("the bytes before", buffer.subarray(0, 7), new Uint8Array(7));
  report.equals("the bytes after", buffer.subarray(55), new Uint8Array(9));
  mode.apply(0, buffer, 7, 48);
  report.equals("applied twice", buffer, new Uint8Array(64));

  const late = copyBytes(base);
  writeU16(late, 14, 0xfeff);
  buffer.fill(0);
  provider.sequencedCounterMode(key, late).apply(0, buffer, 0, 48);
  report.equals("blocks 0xfeff to 0xff01", buffer.subarray(0, 48), last);

  // The index stands at bytes 8 to 13, and the counter carries through all 128 bits.
  const cipher = provider.blockCipher(key);
  const full = new Uint8Array(16).fill(0xff);
  for (const counterBase of [base, full]) {
    const stream = counterBase === full ? mode.forStream(full) : provider.sequencedCounterMode(key, counterBase);
    for (const index of [3, 4, 5, 0xffff, 0x1_0000, 9, 0xffff_ffff, 0x1_0000_0000, 0xffff_ffff_ffff, 6]) {
      for (const length of [0, 1, 20, 100, 333]) {
        for (const at of [0, 3]) {
          const block = copyBytes(counterBase);
          writeU16(block, 8, readU16(block, 8) ^ Math.floor(index / 0x1_0000_0000));
          writeU32(block, 10, readU32(block, 10) ^ (index >>> 0));
          const expected = new Uint8Array(Math.ceil(length / 16) * 16);
          for (let i = 0; i < expected.length; i += 16) {
            expected.set(block, i);
            for (let byte = 15; byte >= 0; byte--) {
              block[byte]! += 1;
              if (block[byte] !== 0) break;
            }
          }
          cipher.encrypt(expected, 0, expected.length, expected, 0);
          const data = new Uint8Array(at + length);
          stream.apply(index, data, at, length);
          report.equals(`keystream of index ${index}, ${length} bytes at ${at}`, data.subarray(at), expected.subarray(0, length));
        }
      }
    }
  }
  report.refuses("a further stream with a counter base of 17 bytes", () => mode.forStream(new Uint8Array(17)));
  report.refuses("a counter base of 15 bytes", () => provider.sequencedCounterMode(key, new Uint8Array(15)));
  report.refuses("a key of 20 bytes", () => provider.sequencedCounterMode(new Uint8Array(20), base));
  report.refuses("a range past the end", () => mode.apply(1, buffer, 60, 5));
  report.refuses("an index above 2^48 - 1", () => mode.apply(LAST_INDEX + 1, buffer, 0, 5));
}
