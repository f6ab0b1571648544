import { InvalidArgumentError } from "@purertc/core";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createLink, type LinkOptions } from "./link.ts";
import { seededRandom } from "./seeded-random.ts";

const PACKET = Uint8Array.from({ length: 1000 }, (_, i) => i);

/** Arrival times of `count` datagrams sent every millisecond; the first byte is the number of the datagram. */
function arrivals(
  options: LinkOptions,
  count: number,
  seed = 1,
): { readonly number: number; readonly sentAt: number; readonly at: number }[] {
  const link = createLink({ ...options, random: seededRandom(seed) });
  const all = [];
  for (let i = 0; i < count; i++) {
    const datagram = Uint8Array.of(i >> 8, i);
    for (const { at, datagram: got } of link.send(i, datagram)) all.push({ number: (got[0]! << 8) | got[1]!, sentAt: i, at });
  }
  return all.sort((a, b) => a.at - b.at);
}

test("an empty object is a perfect link of 1 ms", () => {
  const link = createLink({});
  expect(link.send(5, PACKET)).toEqual([{ at: 6, datagram: PACKET }]);
  expect(link.send(5, new Uint8Array(0))).toEqual([{ at: 6, datagram: new Uint8Array(0) }]);
});

test("the receiver gets copies of its own", () => {
  const [first, second] = createLink({ duplicateRate: 1 }).send(0, PACKET);
  expect(first!.datagram.buffer).not.toBe(PACKET.buffer);
  expect(second!.datagram.buffer).not.toBe(first!.datagram.buffer);
});

test("loss is as often as asked, and the same datagrams whatever else is on", () => {
  const alone = arrivals({ lossRate: 0.2 }, 5000).map(({ number }) => number);
  expect(alone.length).toBeGreaterThan(3850);
  expect(alone.length).toBeLessThan(4150);
  const withCorruption = arrivals({ lossRate: 0.2, jitterMs: 5, reorderRate: 0.1 }, 5000).map(({ number }) => number);
  expect(withCorruption.sort((a, b) => a - b)).toEqual(alone);
  expect(arrivals({ lossRate: 1 }, 100)).toEqual([]);
});

test("burst loss: bursts of the asked length, at the asked rate", () => {
  const options = { burstLoss: { enterRate: 0.02, leaveRate: 0.25 } };
  const got = new Set(arrivals(options, 20_000).map(({ number }) => number));
  let bursts = 0;
  let lost = 0;
  for (let i = 0; i < 20_000; i++) {
    if (got.has(i)) continue;
    lost += 1;
    if (i === 0 || got.has(i - 1)) bursts += 1;
  }
  expect(lost / 20_000).toBeCloseTo(0.02 / 0.27, 1); // Gilbert: enter / (enter + leave)
  expect(lost / bursts).toBeGreaterThan(3.5);
  expect(lost / bursts).toBeLessThan(4.5);
});

test("jitter delays by up to its value and keeps the order", () => {
  const all = arrivals({ delayMs: 50, jitterMs: 20 }, 2000);
  expect(all.map(({ number }) => number)).toEqual(Array.from({ length: 2000 }, (_, i) => i));
  const waits = all.map(({ at, sentAt }) => at - sentAt);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(50);
  expect(Math.max(...waits)).toBeLessThanOrEqual(70);
  expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(15);
});

test("reordering: held datagrams are overtaken, nothing is lost", () => {
  const all = arrivals({ delayMs: 10, reorderRate: 0.1, reorderMs: 30 }, 2000);
  expect(all.length).toBe(2000);
  let overtaken = 0;
  for (let i = 1; i < all.length; i++) if (all[i]!.number < all[i - 1]!.number) overtaken += 1;
  expect(overtaken).toBeGreaterThan(100);
  expect(Math.max(...all.map(({ at, sentAt }) => at - sentAt))).toBeLessThanOrEqual(40);
});

test("duplicates: each as often as asked", () => {
  const all = arrivals({ duplicateRate: 0.3 }, 2000);
  expect(all.length).toBeGreaterThan(2500);
  expect(all.length).toBeLessThan(2700);
  expect(new Set(all.map(({ number }) => number)).size).toBe(2000);
});

test("corruption flips 1 to 4 bits and leaves the length", () => {
  const link = createLink({ corruptRate: 1, random: seededRandom(3) });
  for (let i = 0; i < 200; i++) {
    const { datagram } = link.send(i, PACKET)[0]!;
    let flipped = 0;
    for (const [at, byte] of datagram.entries()) for (let x = byte ^ PACKET[at]!; x !== 0; x &= x - 1) flipped += 1;
    expect(datagram.length).toBe(1000);
    expect(flipped).toBeLessThanOrEqual(4);
  }
  expect(link.send(0, new Uint8Array(0))[0]!.datagram.length).toBe(0);
  expect(link.counts.corrupted).toBe(200);
});

test("a rate spaces datagrams out, and its queue drops what does not fit", () => {
  // 8 Mbit/s is 1000 bytes a millisecond.
  const link = createLink({ delayMs: 0, rateBitsPerSecond: 8_000_000, queueBytes: 3000 });
  const at = Array.from({ length: 5 }, () => link.send(0, PACKET)[0]?.at);
  expect(at).toEqual([1, 2, 3, undefined, undefined]);
  expect(link.counts.queueFull).toBe(2);
  expect(link.send(1, PACKET)[0]?.at).toBe(4); // room for one again
  expect(link.send(100, PACKET)[0]?.at).toBe(101); // idle in between: no credit is saved up
});

test("the MTU drops what is larger, an outage everything", () => {
  const link = createLink({ mtu: 999, outages: [{ from: 10, to: 20 }] });
  expect(link.send(0, PACKET)).toEqual([]);
  expect(link.send(9, PACKET.subarray(1)).length).toBe(1);
  expect(link.send(10, PACKET.subarray(1))).toEqual([]);
  expect(link.send(19.9, PACKET.subarray(1))).toEqual([]);
  expect(link.send(20, PACKET.subarray(1)).length).toBe(1);
  expect(link.counts).toMatchObject({ sent: 5, delivered: 2, tooBig: 1, lostInOutage: 2 });
});

test("change() takes effect from then on and keeps the rest", () => {
  const link = createLink({ delayMs: 30, mtu: 10 });
  link.change({ lossRate: 1 });
  expect(link.send(0, Uint8Array.of(1))).toEqual([]);
  link.change({ lossRate: 0, mtu: undefined });
  expect(link.send(0, PACKET)[0]?.at).toBe(30);
  link.change({ burstLoss: { enterRate: 1, leaveRate: 0 } });
  expect(link.send(0, PACKET)).toEqual([]);
  link.change({ burstLoss: undefined });
  expect(link.send(0, PACKET).length).toBe(1);
});

test("whatever the options, every datagram is accounted for and none comes before its delay", () => {
  const rate = fc.double({ min: 0, max: 1, noNaN: true });
  const options = fc.record({
    delayMs: fc.double({ min: 0, max: 500, noNaN: true }),
    jitterMs: fc.double({ min: 0, max: 100, noNaN: true }),
    lossRate: rate,
    duplicateRate: rate,
    reorderRate: rate,
    corruptRate: rate,
    rateBitsPerSecond: fc.option(fc.integer({ min: 1000, max: 1e9 }), { nil: undefined }),
    queueBytes: fc.option(fc.integer({ min: 0, max: 10_000 }), { nil: undefined }),
    mtu: fc.option(fc.integer({ min: 0, max: 1500 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(options, fc.array(fc.nat(1500), { maxLength: 50 }), fc.integer(), (choice, sizes, seed) => {
      const link = createLink({ ...choice, random: seededRandom(seed) });
      let arrived = 0;
      for (const [now, size] of sizes.entries()) {
        for (const { at, datagram } of link.send(now, new Uint8Array(size))) {
          arrived += 1;
          expect(datagram.length).toBe(size);
          expect(at).toBeGreaterThanOrEqual(now + choice.delayMs);
        }
      }
      const { sent, delivered, lost, lostInOutage, queueFull, tooBig, duplicated } = link.counts;
      expect(sent).toBe(sizes.length);
      expect(delivered + lost + lostInOutage + queueFull + tooBig).toBe(sent);
      expect(arrived).toBe(delivered + duplicated);
    }),
  );
});

test.each<LinkOptions>([
  { lossRate: 1.5 },
  { lossRate: Number.NaN },
  { delayMs: -1 },
  { delayMs: Number.POSITIVE_INFINITY },
  { rateBitsPerSecond: 0 },
  { burstLoss: { enterRate: 2, leaveRate: 0 } },
])("%o is refused", (options) => {
  expect(() => createLink(options)).toThrow(InvalidArgumentError);
});
