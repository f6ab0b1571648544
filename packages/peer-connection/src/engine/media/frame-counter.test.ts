import fc from "fast-check";
import { expect, test } from "vitest";
import { FrameCounter } from "./frame-counter.ts";
import { SeenPackets } from "./seen-packets.ts";

/** Packets by number, from `first` on, of frames of so many packets each. */
function packetsOf(
  first: number,
  lengths: readonly number[],
): { readonly number: number; readonly marker: boolean; readonly frame: number }[] {
  let next = first;
  return lengths.flatMap((length, frame) =>
    Array.from({ length }, (_, i) => ({ number: next++ & 0xffff, marker: i === length - 1, frame })),
  );
}

function counted(packets: readonly { readonly number: number; readonly marker: boolean }[]): number {
  const seen = new SeenPackets();
  const counter = new FrameCounter(seen);
  for (const { number, marker } of packets) if (seen.add(number, marker)) counter.added(number);
  return counter.frames;
}

test("webrtc-stats dom-rtcinboundrtpstreamstats-framesreceived: a frame counts once, when its last missing packet is there", () => {
  const seen = new SeenPackets();
  const counter = new FrameCounter(seen);
  const after = (number: number, marker: boolean): number => {
    if (seen.add(number, marker)) counter.added(number);
    return counter.frames;
  };
  expect([after(65_534, false), after(65_535, true)]).toEqual([0, 1]);
  expect([after(0, false), after(2, true), after(3, true), after(1, false), after(1, false)]).toEqual([1, 1, 2, 3, 3]);
  expect([after(6, true), after(5, false), after(4, true)], "an end that was missing completes what is behind it").toEqual([3, 3, 5]);
  seen.clear();
  counter.restart();
  expect(after(40_000, true)).toBe(6);
});

test("webrtc-stats dom-rtcinboundrtpstreamstats-framesreceived: in any order, all that have all their packets, whose place is known", () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(
      lengths,
      fc.integer({ min: 0, max: 65_535 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      (sizes, first, chance) => {
        const all = packetsOf(first, sizes);
        const [head, ...rest] = all;
        const kept = rest.filter(() => (chance.next().value ?? 0) > 0.1);
        // Repeated, and up to a few places late.
        const order = kept
          .flatMap((packet, at) =>
            (chance.next().value ?? 0) > 0.9
              ? [
                  { packet, at },
                  { packet, at: at + 3 },
                ]
              : [{ packet, at: at + 4 * (chance.next().value ?? 0) }],
          )
          .sort((a, b) => a.at - b.at)
          .map(({ packet }) => packet);
        const there = new Set([head!, ...kept].map(({ number }) => number));
        const whole = sizes.filter((_, frame) => {
          const mine = all.filter((packet) => packet.frame === frame);
          const before = all.filter((packet) => packet.frame === frame - 1).at(-1);
          return mine.every(({ number }) => there.has(number)) && (before === undefined || there.has(before.number));
        });
        expect(counted([head!, ...order])).toBe(whole.length);
      },
    ),
  );
});
