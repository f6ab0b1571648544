import { expect, test } from "vitest";
import { nodeRandom } from "./random.ts";

test("nodeRandom: no bytes are handed out twice, whatever the sizes asked for", () => {
  const seen = new Set<string>();
  let count = 0;
  for (let i = 0; i < 3000; i++) {
    const out = new Uint8Array(16 + (i % 60));
    nodeRandom.fill(out);
    for (let at = 0; at + 8 <= out.length; at += 8) {
      seen.add(out.subarray(at, at + 8).join());
      count += 1;
    }
  }
  expect(seen.size).toBe(count);
});

test("nodeRandom: every byte is filled, and all values occur evenly", () => {
  const counts = new Array<number>(256).fill(0);
  for (let i = 0; i < 20_000; i++) {
    const out = new Uint8Array(1 + (i % 80));
    nodeRandom.fill(out);
    for (const byte of out) counts[byte]! += 1;
  }
  const mean = counts.reduce((sum, each) => sum + each, 0) / 256;
  for (const each of counts) expect(Math.abs(each - mean) / mean).toBeLessThan(0.15);
});
