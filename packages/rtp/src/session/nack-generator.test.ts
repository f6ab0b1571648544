import fc from "fast-check";
import { expect, test } from "vitest";
import { NackGenerator } from "./nack-generator.ts";

test("RFC 4585 §6.2.1: asks for what is missing after the reorder time, then once per round trip", () => {
  const nack = new NackGenerator();
  nack.setRoundTrip(50);
  for (const sequenceNumber of [0xfffe, 0xffff, 2]) expect(nack.receive(0, sequenceNumber)).toBe(false);
  expect([nack.nextDue(), nack.due(4), nack.due(5), nack.due(6), nack.nextDue(), nack.due(55)]).toEqual([5, [], [0, 1], [], 55, [0, 1]]);
  expect(nack.receive(60, 0)).toBe(true);
  expect(nack.receive(60, 0)).toBe(false);
  expect([nack.due(105), nack.missing]).toEqual([[1], 1]);
});

test("RFC 4585 §6.2.1: gives up after so many requests or so long, and says so once", () => {
  const nack = new NackGenerator({ maxRequests: 2, minIntervalMs: 10 });
  nack.setRoundTrip(0);
  nack.receive(0, 1);
  nack.receive(0, 3);
  expect([nack.due(5), nack.due(15), nack.due(25), nack.takeGaveUp(), nack.takeGaveUp(), nack.nextDue()]).toEqual([
    [2],
    [2],
    [],
    true,
    false,
    undefined,
  ]);
  const old = new NackGenerator({ maxAgeMs: 100 });
  old.receive(0, 1);
  old.receive(0, 3);
  expect([old.due(101), old.takeGaveUp()]).toEqual([[], true]);
});

test("a hole larger than the limit is given up at once", () => {
  const nack = new NackGenerator({ maxMissing: 10 });
  nack.receive(0, 0);
  nack.receive(0, 11);
  expect(nack.missing).toBe(10);
  nack.receive(0, 13);
  expect([nack.missing, nack.takeGaveUp(), nack.receive(0, 30_000), nack.missing, nack.due(100)]).toEqual([0, true, false, 0, []]);
});

test("RFC 3550 A.1: one packet from far away changes nothing; after two in sequence the count goes on from there", () => {
  for (const far of [40_000, 10_000, 1000 - 3010 + 0x1_0000]) {
    const nack = new NackGenerator();
    for (const sequenceNumber of [999, 1000, 1002, far, 1003, far + 1, far + 3]) nack.receive(0, sequenceNumber & 0xffff);
    expect([nack.missing, nack.takeGaveUp(), nack.due(10)]).toEqual([1, false, [1001]]);
    for (const sequenceNumber of [far + 4, far + 6, far + 7]) nack.receive(20, sequenceNumber & 0xffff);
    expect([nack.missing, nack.takeGaveUp(), nack.due(30)]).toEqual([1, true, [(far + 5) & 0xffff]]);
  }
});

test("what is before a keyframe need not be asked for", () => {
  const nack = new NackGenerator();
  nack.forgetBefore(3);
  nack.receive(0, 0);
  nack.receive(0, 6);
  nack.forgetBefore(4);
  expect(nack.due(10)).toEqual([4, 5]);
});

test("RFC 4585 §6.2.1: missing is what was skipped and has not come, as an obvious set has it", () => {
  fc.assert(
    fc.property(
      fc.nat(0xffff),
      fc.array(fc.oneof(fc.integer({ min: -20, max: 20 }), fc.constant(1)), { maxLength: 80 }),
      (first, steps) => {
        const nack = new NackGenerator({ reorderMs: 0, maxMissing: 10_000 });
        const missing = new Set<number>();
        let highest = 0;
        nack.receive(0, first);
        for (const step of steps) {
          const at = highest + step;
          for (let one = highest + 1; one < at; one++) missing.add(one);
          expect(nack.receive(0, (first + at) & 0xffff)).toBe(missing.delete(at));
          highest = Math.max(highest, at);
        }
        expect(nack.missing).toBe(missing.size);
        expect(nack.due(0)).toEqual([...missing].map((one) => (first + one) & 0xffff));
      },
    ),
  );
});
