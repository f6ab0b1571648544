/** What an HMAC-SHA1 keeps from one message to the next must not show in any tag. */
import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { HmacSha1 } from "./hmac-sha1.ts";

const native = (bytes: Uint8Array): string => createHash("sha1").update(bytes).digest("binary");
const expected = (key: Uint8Array, data: Uint8Array): string => createHmac("sha1", key).update(data).digest("hex");

function tagOf(mac: HmacSha1, data: Uint8Array): string {
  const out = new Uint8Array(20);
  mac.computeInto(data, 0, data.length, out, 0);
  return Buffer.from(out).toString("hex");
}

test("RFC 2104: a message as long as the one before, with a longer one by compute() between them, which moves the shared memory", () => {
  const key = new Uint8Array(20).fill(3);
  const mac = new HmacSha1(key, native);
  expect(tagOf(mac, new Uint8Array(1000).fill(1))).toBe(expected(key, new Uint8Array(1000).fill(1)));
  mac.compute(new Uint8Array(200_000));
  expect(tagOf(mac, new Uint8Array(1000).fill(2))).toBe(expected(key, new Uint8Array(1000).fill(2)));
});

test("RFC 2104: two keys in turn, messages of any length, by either method", () => {
  const keys = [new Uint8Array(20).fill(1), new Uint8Array(64).fill(2)];
  const macs = keys.map((key) => new HmacSha1(key, native));
  const step = fc.record({ who: fc.nat(1), length: fc.integer({ min: 0, max: 5000 }), into: fc.boolean(), fill: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      for (const { who, length, into, fill } of steps) {
        const data = new Uint8Array(length).fill(fill);
        const tag = into ? tagOf(macs[who]!, data) : Buffer.from(macs[who]!.compute(data)).toString("hex");
        expect(tag).toBe(expected(keys[who]!, data));
      }
    }),
  );
});

test("FIPS 180-4 §5.1.1: every length of data around the ends of words and blocks, with and without a suffix", () => {
  const key = new Uint8Array(20).fill(9);
  const data = Uint8Array.from({ length: 300 }, (_, i) => i * 7);
  const out = new Uint8Array(20);
  for (const mac of [new HmacSha1(key), new HmacSha1(key, native)]) {
    for (let length = 0; length <= 260; length++) {
      const message = data.subarray(3, 3 + length);
      mac.computeInto(data, 3, 3 + length, out, 0);
      expect(Buffer.from(out).toString("hex")).toBe(expected(key, message));
      mac.computeInto(data, 3, 3 + length, out, 0, 0xfedc_ba98);
      expect(Buffer.from(out).toString("hex")).toBe(expected(key, Uint8Array.of(...message, 0xfe, 0xdc, 0xba, 0x98)));
    }
  }
});
