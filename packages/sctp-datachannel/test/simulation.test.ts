import { equalBytes } from "@purertc/core";
import { type LinkOptions, simulationSeeds } from "@purertc/simulator";
import { expect, test } from "vitest";
import { type connectedChannels, type PairSettings, pattern, RELIABLE, startedChannels } from "./two-ends.ts";

const seeds = simulationSeeds(process.env.SIMULATION_SEED, [1, 2, 3]);

const WEATHERS: readonly (readonly [string, LinkOptions, number])[] = [
  ["nothing wrong", { delayMs: 5 }, 200],
  ["30 % loss", { lossRate: 0.3, delayMs: 20 }, 25],
  ["10 % loss, 100 ms", { lossRate: 0.1, delayMs: 100, jitterMs: 30 }, 40],
  ["500 ms", { delayMs: 500, jitterMs: 50 }, 60],
  ["reordering", { delayMs: 10, reorderRate: 0.4, reorderMs: 60 }, 100],
  ["duplication", { delayMs: 10, duplicateRate: 0.5 }, 100],
  [
    "everything",
    { lossRate: 0.15, delayMs: 60, jitterMs: 40, duplicateRate: 0.2, reorderRate: 0.3, reorderMs: 100, corruptRate: 0.05 },
    30,
  ],
  ["a slow line with a short queue", { delayMs: 30, rateBitsPerSecond: 4_000_000, queueBytes: 40_000 }, 60],
];

/** Sends `count` messages of many sizes each way on three channels and checks that all came once and in order. */
function exchange(settings: PairSettings, count: number): ReturnType<typeof connectedChannels> {
  const pair = startedChannels({ ...settings, mtu: 1163 });
  const sizes = [1, 10, 1000, 1147, 1148, 5000, 0, 20_000];
  const received = { a: new Map<number, Uint8Array[]>(), b: new Map<number, Uint8Array[]>() };
  const sent = { a: new Map<number, Uint8Array[]>(), b: new Map<number, Uint8Array[]>() };
  const ids = [20, 21, 22];
  const handles = {
    a: ids.map((id) => pair.a.call((a, now) => a.open(now, { ...RELIABLE, negotiated: true, id }))),
    b: ids.map((id) => pair.b.call((b, now) => b.open(now, { ...RELIABLE, negotiated: true, id }))),
  };
  for (const side of ["a", "b"] as const) {
    pair[side].onEvent((event) => {
      if (event.type === "message") {
        const list = received[side].get(event.channel) ?? [];
        list.push(event.data);
        received[side].set(event.channel, list);
      } else if (event.type === "connected") {
        for (let i = 0; i < count; i++) {
          const which = i % ids.length;
          const data = pattern(sizes[(i * 7) % sizes.length]!, i * 2 + (side === "a" ? 0 : 1));
          const list = sent[side].get(which) ?? [];
          list.push(data);
          sent[side].set(which, list);
          pair.at(pair.now + i, () => pair[side].call((end, now) => end.send(now, handles[side][which]!, "binary", data)));
        }
      }
    });
  }
  const total = (side: "a" | "b") => [...received[side].values()].reduce((sum, list) => sum + list.length, 0);
  pair.run(() => total("a") === count && total("b") === count, { limitMs: 1_800_000 });
  pair.runFor(30_000);
  for (const [side, other] of [["a", "b"] as const, ["b", "a"] as const]) {
    ids.forEach((_, which) => {
      const expected = sent[side].get(which) ?? [];
      const got = received[other].get(handles[other][which]!) ?? [];
      expect(got.length).toBe(expected.length);
      expect(got.every((data, i) => equalBytes(data, expected[i]!))).toBe(true);
    });
  }
  expect(pair.a.protocol.state).toBe("connected");
  return pair;
}

for (const interleaving of [true, false]) {
  for (const [name, link, count] of WEATHERS) {
    test.each(seeds)(`RFC 9260 §6: every message once and in order, ${name}, ${interleaving ? "I-DATA" : "DATA"}, seed %i`, (seed) => {
      exchange({ seed, link, a: { interleaving } }, count);
    });
  }
}

test.each(seeds)("RFC 9260 §8.1: an outage of 20 s in the middle loses nothing, seed %i", (seed) => {
  exchange({ seed, link: { delayMs: 20, outages: [{ from: 100, to: 20_100 }] } }, 100);
});

test.each(seeds)("RFC 9260 §5.1: an outage of 20 s at the start only delays, seed %i", (seed) => {
  exchange({ seed, link: { delayMs: 20, outages: [{ from: 0, to: 20_000 }] } }, 20);
});

test("the same seed gives the same bytes", () => {
  const run = () => exchange({ seed: 5, link: { lossRate: 0.2, delayMs: 30, reorderRate: 0.2 } }, 20).trace.hash;
  expect(run()).toEqual(run());
});
