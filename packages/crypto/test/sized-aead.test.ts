import { nobleCrypto } from "@purertc/crypto/noble";
import { createNodeCrypto, nodeCrypto } from "@purertc/crypto/node";
import { expect, test } from "vitest";

const SIZES = [0, 1, 1200, 8191, 8192, 16_384, 100, 16_000, 1163, 65_536];

function someBytes(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Math.imul(i + 1, 0x9e37_79b1 + 2 * seed) >>> 24);
}

test.each(["aes-128-gcm", "aes-256-gcm"] as const)(
  "RFC 5116 §5: %s of short and long packets in one stream is the same everywhere",
  (name) => {
    const key = someBytes(name === "aes-128-gcm" ? 16 : 32, 1);
    const nonceBase = someBytes(12, 2);
    const aad = someBytes(13, 3);
    const [sender, receiver] = [nodeCrypto, nodeCrypto].map((crypto) => crypto.sequencedAead(name, key, nonceBase));
    const others = [nobleCrypto, createNodeCrypto({ constantTime: true })].map((crypto) => crypto.sequencedAead(name, key, nonceBase));
    const [stream, otherStream] = [sender!, others[0]!].map((aead) => aead.forStream(new Uint8Array(12).fill(7)));
    for (const [index, length] of SIZES.entries()) {
      const data = someBytes(length, index);
      const sealed = new Uint8Array(length + 16);
      sealed.set(data);
      const again = sealed.slice();
      sender!.seal(index, aad, sealed, 0, length);
      for (const aead of [receiver!, ...others]) {
        const out = new Uint8Array(length);
        expect(aead.open(index, aad, sealed, 0, length + 16, out, 0)).toBe(true);
        expect(Buffer.compare(out, data)).toBe(0);
      }
      const forged = sealed.slice();
      forged[length >> 1]! ^= 1;
      expect(receiver!.open(index, aad, forged, 0, length + 16, new Uint8Array(length), 0)).toBe(false);
      stream!.seal(index, aad, again, 0, length);
      expect(otherStream!.open(index, aad, again, 0, length + 16, new Uint8Array(length), 0)).toBe(true);
    }
  },
);

test("RFC 5116 §3.1: an index is not sealed twice, once short and once long", () => {
  const aead = nodeCrypto.sequencedAead("aes-128-gcm", new Uint8Array(16), new Uint8Array(12));
  const [short, long] = [100, 10_000];
  const buffer = new Uint8Array(10_016);
  aead.seal(5, new Uint8Array(0), buffer, 0, short);
  expect(() => aead.seal(5, new Uint8Array(0), buffer, 0, long)).toThrow(expect.objectContaining({ code: "AEAD_INDEX_REUSED" }));
  aead.seal(6, new Uint8Array(0), buffer, 0, long);
  expect(() => aead.seal(6, new Uint8Array(0), buffer, 0, short)).toThrow(expect.objectContaining({ code: "AEAD_INDEX_REUSED" }));
});
