import { InvalidArgumentError } from "@purertc/core";
import { seededRandom } from "@purertc/simulator";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DelayEstimator } from "./delay-estimator.ts";
import { type BufferedPacket, JitterBuffer, type JitterBufferOptions } from "./jitter-buffer.ts";

const audio: JitterBufferOptions = { clockRate: 48_000, release: "playout" };
const bytes = (n: number) => Uint8Array.of(n, n >> 8);

function pollAll(buffer: JitterBuffer, now: number): BufferedPacket[] {
  const packets: BufferedPacket[] = [];
  for (let one = buffer.poll(now); one !== undefined; one = buffer.poll(now)) packets.push(one);
  return packets;
}

/** Packets of 20 ms in virtual time; `arrival` says when each comes, undefined: never. */
function play(
  buffer: JitterBuffer,
  count: number,
  arrival: (i: number) => number | undefined,
): { i: number; at: number; missingBefore: number }[] {
  const arrivals = Array.from({ length: count }, (_, i) => ({ i, at: arrival(i) })).filter(
    (one): one is { i: number; at: number } => one.at !== undefined,
  );
  arrivals.sort((a, b) => a.at - b.at);
  const played: { i: number; at: number; missingBefore: number }[] = [];
  let first: number | undefined;
  const drain = (now: number) => {
    for (const { sequenceNumber, missingBefore } of pollAll(buffer, now)) {
      first ??= sequenceNumber;
      played.push({ i: sequenceNumber - first, at: now, missingBefore });
    }
  };
  for (const { i, at } of arrivals) {
    for (let due = buffer.nextDue(); due !== undefined && due <= at; due = buffer.nextDue()) drain(due);
    buffer.push(at, (65_530 + i) & 0xffff, (0xffff_0000 + i * 960) >>> 0, bytes(i));
    drain(at);
  }
  for (let due = buffer.nextDue(); due !== undefined; due = buffer.nextDue()) drain(due);
  return played;
}

test("RFC 3550 §6.4.1: a steady stream is played in order, 20 ms apart, soon after it arrives", () => {
  const played = play(new JitterBuffer(audio), 200, (i) => 1000 + i * 20);
  expect(played.map(({ i }) => i)).toEqual(Array.from({ length: 200 }, (_, i) => i));
  for (const { i, at } of played) expect(at - (1000 + i * 20)).toBeLessThanOrEqual(5);
});

test("jitter makes the delay grow until nearly all packets are played, and shrinks it when it is over", () => {
  const random = seededRandom(5);
  const buffer = new JitterBuffer(audio);
  const played = play(buffer, 3000, (i) => 1000 + i * 20 + (i < 1500 ? random.next() * 80 : 0));
  const rough = played.filter(({ i }) => i >= 300 && i < 1500);
  expect(rough.length).toBeGreaterThan(1200 * 0.95);
  const delays = (from: number, to: number) => played.filter(({ i }) => i >= from && i < to).map(({ i, at }) => at - (1000 + i * 20));
  expect(Math.max(...delays(300, 1500))).toBeLessThan(120);
  expect(Math.min(...delays(1000, 1500))).toBeGreaterThan(50);
  expect(Math.max(...delays(2800, 3000))).toBeLessThan(60);
});

test("a lost packet is waited for until the next is due, then counted as missing", () => {
  const played = play(new JitterBuffer({ ...audio, minDelayMs: 60 }), 50, (i) => (i === 20 || i === 21 ? undefined : 1000 + i * 20));
  expect(played.find(({ i }) => i === 22)).toMatchObject({ missingBefore: 2, at: 1000 + 22 * 20 + 60 });
  expect(played.filter(({ missingBefore }) => missingBefore > 0).length).toBe(1);
});

test("in order: packets come out at once, and those behind a hole when it is filled or its time is over", () => {
  const repaired = play(
    new JitterBuffer({ clockRate: 48_000, release: "in-order", minDelayMs: 100 }),
    50,
    (i) => 1000 + i * 20 + (i === 20 ? 50 : 0),
  );
  expect(repaired.filter(({ at, i }) => i > 10 && at - (1000 + i * 20) > 0).map(({ i, at }) => [i, at])).toEqual([
    [20, 1450],
    [21, 1450],
    [22, 1450],
  ]);
  const lost = play(new JitterBuffer({ clockRate: 48_000, release: "in-order", minDelayMs: 100 }), 50, (i) =>
    i === 20 ? undefined : 1000 + i * 20,
  );
  expect(lost.find(({ i }) => i === 21)).toMatchObject({ at: 1000 + 21 * 20 + 100, missingBefore: 1 });
});

test("each packet comes out once and in order, whatever comes in, as an obvious list has it", () => {
  const operation = fc.record({ step: fc.oneof(fc.constant(1), fc.integer({ min: -6, max: 8 })), wait: fc.nat(40), poll: fc.boolean() });
  fc.assert(
    fc.property(fc.nat(0xffff), fc.array(operation, { maxLength: 100 }), (first, operations) => {
      const buffer = new JitterBuffer({ clockRate: 1000, release: "playout", capacity: 64, maxDelayMs: 200 });
      const held = new Set<number>();
      let next: number | undefined; // the model's own unwrapped numbers
      let out = false;
      let at = 0;
      let highest = 0;
      let now = 0;
      let shift: number | undefined;
      for (const { step, wait, poll } of operations) {
        now += wait;
        at = highest + step;
        highest = Math.max(highest, at);
        const refusal = buffer.push(now, (first + at) & 0xffff, now, bytes(at & 0xff));
        if (next === undefined || (!out && at < next)) next = at;
        if (at < next) expect(refusal).toBe("late");
        else if (held.has(at)) expect(refusal).toBe("duplicate");
        else {
          expect(refusal).toBeUndefined();
          held.add(at);
        }
        expect(buffer.length).toBe(held.size);
        if (!poll) continue;
        for (const packet of pollAll(buffer, now)) {
          const expected = Math.min(...held);
          shift ??= packet.sequenceNumber - expected;
          expect([packet.sequenceNumber - shift, packet.missingBefore]).toEqual([expected, expected - next]);
          held.delete(expected);
          next = expected + 1;
          out = true;
        }
        const due = buffer.nextDue();
        if (due !== undefined) expect(due).toBeGreaterThan(now);
        if (due !== undefined) expect(due - now).toBeLessThanOrEqual(200);
      }
    }),
    { numRuns: 300 },
  );
});

test("memory is bounded: what waits when there is no more room comes out, or is dropped if nobody asks for it", () => {
  const options: JitterBufferOptions = { ...audio, capacity: 16, maxDelayMs: 100_000, minDelayMs: 100_000 };
  const asked = new JitterBuffer(options);
  const out: number[] = [];
  for (let i = 0; i < 100; i++) {
    expect(asked.push(i * 20, i, i * 960, bytes(i))).toBeUndefined();
    expect(asked.length).toBeLessThanOrEqual(16);
    for (const { packet, missingBefore } of pollAll(asked, i * 20)) out.push(packet[0]!, missingBefore);
  }
  expect(out).toEqual(Array.from({ length: 85 }, (_, i) => [i, 0]).flat());
  const unasked = new JitterBuffer(options);
  for (let i = 0; i < 100; i++) {
    expect(unasked.push(i * 20, i, i * 960, bytes(i))).toBeUndefined();
    expect(unasked.length).toBeLessThanOrEqual(16);
  }
  expect(unasked.poll(2000)).toMatchObject({ packet: bytes(84), missingBefore: 84 });
  expect(unasked.push(2000, 100, 0, bytes(100))).toBeUndefined();
  unasked.clear();
  expect([unasked.length, unasked.nextDue()]).toEqual([0, undefined]);
  for (const capacity of [1, 3, 0x8000]) expect(() => new JitterBuffer({ ...audio, capacity })).toThrow(InvalidArgumentError);
});

test("RFC 3550 A.1: one packet from far away changes nothing; two in sequence start the buffer anew, with both", () => {
  for (const far of [40_000, 5000, 100 - 64 + 0x1_0000 - 1000]) {
    const buffer = new JitterBuffer({ ...audio, capacity: 64, release: "in-order" });
    for (let i = 90; i < 100; i++) expect(buffer.push(i * 20, i, i * 960, bytes(i))).toBeUndefined();
    expect(pollAll(buffer, 5000)).toHaveLength(10);
    expect(buffer.push(5000, far & 0xffff, 7, bytes(1))).toBe("stray");
    expect(buffer.push(5000, 101, 101 * 960, bytes(101))).toBeUndefined();
    expect(buffer.push(5000, (far + 1) & 0xffff, 7, bytes(2)), "not in a row").toBe("stray");
    expect(buffer.push(5000, (far + 5) & 0xffff, 7, bytes(3)), "not in sequence").toBe("stray");
    expect(buffer.push(5000, 100, 100 * 960, bytes(100))).toBeUndefined();
    expect(pollAll(buffer, 5000).map(({ packet }) => packet[0])).toEqual([100, 101]);
    buffer.push(5000, (far + 8) & 0xffff, 9, bytes(8));
    expect(buffer.push(5010, (far + 9) & 0xffff, 9, bytes(9))).toBeUndefined();
    expect(buffer.push(5010, (far + 10) & 0xffff, 9, bytes(10))).toBeUndefined();
    expect(pollAll(buffer, 7000).map(({ packet, arrivedAt }) => [packet[0], arrivedAt])).toEqual([
      [8, 5000],
      [9, 5010],
      [10, 5010],
    ]);
  }
});

test("repeats say nothing about the delay: it stays as short as it was", () => {
  const buffer = new JitterBuffer(audio);
  for (let i = 0; i < 500; i++) {
    buffer.push(i * 20, i, i * 960, bytes(i));
    if (i >= 20) for (let n = 0; n < 3; n++) buffer.push(i * 20, i, i * 960, bytes(i));
  }
  expect(buffer.targetDelayMs).toBe(5);
  for (let i = 400; i < 500; i++) expect(buffer.push(12_000, i, i * 960, bytes(i))).toBe("duplicate");
  expect(buffer.targetDelayMs).toBe(5);
});

test("timestamps that jump do not hold packets back for longer than the largest delay", () => {
  const buffer = new JitterBuffer({ ...audio, maxDelayMs: 300 });
  const random = seededRandom(3);
  for (let i = 0; i < 500; i++) {
    buffer.push(i * 20, i, random.integer(0, 0xffff_ffff), bytes(i));
    pollAll(buffer, i * 20);
    expect(buffer.length).toBeLessThan(300 / 20 + 2);
  }
});

test("the estimator follows a clock that drifts and one that jumps", () => {
  const estimator = new DelayEstimator({ clockRate: 48_000 });
  for (let i = 0; i < 5000; i++) estimator.receive(i * 20.02, i * 960); // 1000 ppm
  expect(estimator.delayMs).toBeLessThanOrEqual(30);
  const before = estimator.baseTransitMs;
  for (let i = 0; i < 10; i++) estimator.receive(100_100 + i * 20, 1_000_000_000 + i * 960);
  expect(Math.abs(estimator.baseTransitMs - before)).toBeGreaterThan(1_000_000);
  expect(estimator.delayMs).toBeLessThanOrEqual(30);
});
