import fc from "fast-check";
import { expect, test } from "vitest";
import { PacketIndex } from "./packet-index.ts";

test("RFC 3711 §3.3.1: sequence numbers within 2^15 of the highest find their rollover counter", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1, 5, 2 ** 31, 2 ** 32 - 2),
      fc.integer({ min: 0, max: 65_535 }),
      fc.array(fc.integer({ min: -32_767, max: 32_767 }), { maxLength: 40 }),
      (rolloverCounter, first, moves) => {
        const position = new PacketIndex(rolloverCounter);
        let highest = rolloverCounter * 65_536 + first;
        position.commit(rolloverCounter, first);
        for (const move of moves) {
          const index = highest + move;
          if (index < 0 || index >= 2 ** 48) continue;
          const estimated = position.estimate(index % 65_536);
          expect(estimated).toBe(Math.floor(index / 65_536));
          position.commit(estimated, index % 65_536);
          highest = Math.max(highest, index);
          expect(position.rolloverCounter).toBe(Math.floor(highest / 65_536));
        }
      },
    ),
  );
});

test("RFC 3711 §3.3.1: the algorithm of appendix A, word for word", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(65_535), fc.nat(65_535), (roc, highest, seq) => {
      const position = new PacketIndex(roc);
      position.commit(roc, highest);
      let expected: number;
      if (highest < 32_768) expected = seq - highest > 32_768 ? roc - 1 : roc;
      else expected = highest - 32_768 > seq ? roc + 1 : roc;
      expect(position.estimate(seq)).toBe(expected);
    }),
  );
});

test("RFC 3711 §3.3.1: before the first wrap there is nothing to be behind of, so a far sequence number is ahead", () => {
  const position = new PacketIndex(0);
  position.commit(0, 10);
  expect(position.estimate(65_535)).toBe(0);
});

test("RFC 3711 §3.3.1: after the last wrap the estimate is 2^32, which no packet can have", () => {
  const position = new PacketIndex(2 ** 32 - 1);
  position.commit(2 ** 32 - 1, 65_535);
  expect(position.estimate(3)).toBe(2 ** 32);
});

test("RFC 3711 §3.3.1: estimating changes nothing, and a packet from before a wrap does not move it", () => {
  const position = new PacketIndex(0);
  position.commit(0, 65_530);
  position.commit(1, 4);
  expect(position.estimate(65_531)).toBe(0);
  position.commit(0, 65_531);
  expect(position.rolloverCounter).toBe(1);
  expect(position.estimate(5)).toBe(1);
});
