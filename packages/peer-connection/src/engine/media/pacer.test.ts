import { expect, test } from "vitest";
import { Pacer } from "./pacer.ts";

/** Octets let go in each of `ms` milliseconds, with always more waiting. */
function letGo(bitsPerSecond: number, ms: number, queued: number): number[] {
  const pacer = new Pacer();
  return Array.from({ length: ms }, (_, now) => {
    let octets = 0;
    for (;;) {
      pacer.update(now, bitsPerSecond, queued);
      if (!pacer.open) return octets;
      pacer.spend(1200);
      octets += 1200;
    }
  });
}

test("RFC 8834 §7: no burst is longer than ten packets, and the pace is two and a half times the estimate", () => {
  const each = letGo(1_000_000, 1000, 0);
  expect(Math.max(...each)).toBeLessThanOrEqual(12_000);
  const rate = (each.reduce((sum, one) => sum + one, 0) - 12_000) * 8;
  expect(rate).toBeGreaterThan(2_400_000);
  expect(rate).toBeLessThan(2_600_000);
});

test("RFC 8834 §7: what waits leaves within half a second", () => {
  const each = letGo(100_000, 500, 500_000);
  expect(each.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(490_000);
});
