import { absSendTimeFromMs } from "@purertc/rtp";
import { expect, test } from "vitest";
import { ReceiverEstimate } from "./receiver-estimate.ts";

/** Packets of 1200 octets, `spacingMs` apart, over a path that takes `bitsPerSecond`; what the peer is told, and when. */
function told(spacingMs: number, bitsPerSecond: number, forMs: number): { readonly at: number; readonly bitRate: number }[] {
  const estimate = new ReceiverEstimate({ initial: 2_000_000, min: 50_000, max: 10_000_000 });
  const said: { readonly at: number; readonly bitRate: number }[] = [];
  let free = 0;
  for (let i = 0; i * spacingMs < forMs; i++) {
    const sentAt = 60_000 + i * spacingMs; // the 64 seconds of the field end in the middle
    free = Math.max(free, sentAt) + (1200 * 8000) / bitsPerSecond;
    const due = estimate.nextDue();
    if (due !== undefined && due <= free) {
      const bitRate = estimate.takeDue(due);
      if (bitRate !== undefined) said.push({ at: due - 60_000, bitRate });
    }
    estimate.receive(free, absSendTimeFromMs(sentAt), i & 0xffff, 1200);
  }
  return said;
}

test("draft-alvestrand-rmcat-remb-03 §2: a path with room is told about once a second, and the estimate grows", () => {
  const said = told(10, 100_000_000, 10_000);
  expect(said.length).toBeGreaterThanOrEqual(9);
  expect(said.length).toBeLessThanOrEqual(12);
  expect(said.at(-1)!.bitRate).toBeGreaterThanOrEqual(said[0]!.bitRate);
});

test("draft-alvestrand-rmcat-remb-03 §2: a queue that grows is told at once, with less than what was sent", () => {
  const said = told(5, 1_000_000, 6000); // 1.92 Mbit/s into 1
  const fallen = said.find(({ bitRate }) => bitRate < 1_100_000);
  expect(fallen?.at).toBeLessThan(2500);
  expect(said.at(-1)!.bitRate).toBeLessThan(1_200_000);
});
