import { expect, test } from "vitest";
import { datagramKind } from "./demultiplex.ts";

test("RFC 7983 §7: every first byte belongs to one range, an empty datagram to none", () => {
  const kinds = Array.from({ length: 256 }, (_, first) => datagramKind(Uint8Array.of(first)));
  const range = (from: number, to: number): Set<string> => new Set(kinds.slice(from, to + 1));
  expect(range(0, 3)).toEqual(new Set(["stun"]));
  expect(range(4, 19)).toEqual(new Set(["unknown"]));
  expect(range(20, 63)).toEqual(new Set(["dtls"]));
  expect(range(64, 127)).toEqual(new Set(["unknown"])); // TURN channels and what is unassigned
  expect(range(128, 191)).toEqual(new Set(["rtp"]));
  expect(range(192, 255)).toEqual(new Set(["unknown"]));
  expect(datagramKind(new Uint8Array(0))).toBe("unknown");
});
