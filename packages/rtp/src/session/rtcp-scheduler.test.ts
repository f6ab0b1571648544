import { InvalidStateError, type RandomSource } from "@purertc/core";
import { seededRandom } from "@purertc/simulator";
import { expect, test } from "vitest";
import { RtcpScheduler, type RtcpSchedulerOptions } from "./rtcp-scheduler.ts";

/** Always the middle of the range, so that intervals are Td / 1.21828. */
const middle: RandomSource = { fill: (out) => void out.fill(0).set([0x80]) };
const COMPENSATION = Math.E - 1.5;
const make = (options: Partial<RtcpSchedulerOptions> = {}) => new RtcpScheduler({ random: middle, rtcpBandwidth: 1000, ...options });

/** Times of what is sent until `end`, in virtual time. */
function run(scheduler: RtcpScheduler, end: number, size = 128): { at: number; what: string }[] {
  const sent: { at: number; what: string }[] = [];
  for (let at = scheduler.nextDue(); at !== undefined && at <= end; at = scheduler.nextDue()) {
    for (let what = scheduler.due(at); what !== undefined; what = scheduler.due(at)) {
      sent.push({ at, what });
      scheduler.sent(size);
    }
    const next = scheduler.nextDue();
    if (next !== undefined && next <= at) throw new Error("the timer does not move");
  }
  return sent;
}

test("RFC 3550 §6.3.1, §6.2: AVP reports after 2.5 s, then every 5 s, over e - 3/2", () => {
  const scheduler = make({ profile: "AVP" });
  scheduler.start(0);
  const times = run(scheduler, 17_000).map(({ at }) => Math.round(at));
  const [first, every] = [2500 / COMPENSATION, 5000 / COMPENSATION];
  expect(times).toEqual([first, first + every, first + 2 * every, first + 3 * every].map(Math.round));
});

test.each([
  { among: "two", pointToPoint: true, first: 256 },
  { among: "more", pointToPoint: false, first: 1000 },
])("RFC 4585 §3.4, §3.5.1: among $among, AVPF reports first after $first ms, then as the bandwidth allows", ({ pointToPoint, first }) => {
  const scheduler = make({ pointToPoint });
  scheduler.setMembers(0, 2, 2, true); // 128 octets, two senders, 1 octet per ms
  scheduler.start(0);
  const times = run(scheduler, 3000).map(({ at }) => at);
  expect(times[0]).toBeCloseTo(first / COMPENSATION);
  expect(times[1]! - times[0]!).toBeCloseTo(256 / COMPENSATION);
});

test("RFC 3550 §6.3.1: senders share a quarter of the bandwidth when they are few", () => {
  const interval = (members: number, senders: number, weSent: boolean) => {
    const scheduler = make({ profile: "AVP", rtcpBandwidth: 100 });
    scheduler.setMembers(0, members, senders, weSent);
    scheduler.start(0);
    return Math.round(scheduler.nextDue()! * COMPENSATION);
  };
  expect(interval(100, 10, true)).toBe(Math.round((128 * 10) / (0.1 * 0.25)));
  expect(interval(100, 10, false)).toBe(Math.round((128 * 90) / (0.1 * 0.75)));
  expect(interval(100, 50, true)).toBe(Math.round((128 * 100) / 0.1));
});

test("RFC 3550 §6.3.1: intervals are random from half to one and a half, over e - 3/2", () => {
  const times: number[] = [];
  for (let seed = 0; seed < 200; seed++) {
    const scheduler = make({ profile: "AVP", random: seededRandom(seed) });
    scheduler.start(0);
    times.push((scheduler.nextDue()! * COMPENSATION) / 2500);
  }
  expect([Math.min(...times) >= 0.5, Math.max(...times) < 1.5, Math.min(...times) < 0.6, Math.max(...times) > 1.4]).toEqual([
    true,
    true,
    true,
    true,
  ]);
});

test("RFC 3550 §6.3.6: when members joined meanwhile, the report waits longer", () => {
  const scheduler = make({ profile: "AVP" });
  scheduler.start(0);
  const before = scheduler.nextDue()!;
  scheduler.setMembers(10, 1000, 0, false);
  expect([scheduler.due(before), scheduler.nextDue()! > 10 * before]).toEqual([undefined, true]);
});

test("RFC 3550 §6.3.4: when members left, the report comes sooner", () => {
  const scheduler = make({ profile: "AVP", rtcpBandwidth: 100 });
  scheduler.setMembers(0, 1000, 0, false);
  scheduler.start(0);
  scheduler.due(scheduler.nextDue()!); // tells pmembers
  const [now, tn] = [0, scheduler.nextDue()!];
  scheduler.setMembers(now, 500, 0, false);
  expect(scheduler.nextDue()!).toBeLessThan(tn);
});

test("RFC 3550 §6.3.3: the average size follows what is sent and received by sixteenths", () => {
  const scheduler = make({ rtcpBandwidth: 100 });
  scheduler.start(0);
  for (let i = 0; i < 200; i++) scheduler.received(1280);
  const [first, second] = run(scheduler, 100_000, 1280).map(({ at }) => at);
  expect((second! - first!) * COMPENSATION).toBeCloseTo(1280 / (0.1 * 0.75), -2);
});

test("RFC 4585 §3.3: between two, feedback goes at once and moves nothing", () => {
  const scheduler = make();
  scheduler.start(0);
  const tn = scheduler.nextDue();
  for (const now of [100, 120, 140]) {
    expect(scheduler.requestFeedback(now)).toBe(now);
    expect([
      scheduler.requestFeedback(now),
      scheduler.nextTimer()?.name,
      scheduler.due(now),
      scheduler.due(now),
      scheduler.nextDue(),
    ]).toEqual([now, "early", "early", undefined, tn]);
  }
});

test("RFC 4585 §3.5.2, §3.5.3: among many, one early packet after a dither; the next feedback waits for a regular report, which is an interval later", () => {
  const scheduler = make({ pointToPoint: false, rtcpBandwidth: 100 });
  scheduler.setMembers(0, 10, 0, false);
  scheduler.start(0);
  run(scheduler, scheduler.nextDue()!);
  const tn = scheduler.nextDue()!;
  const now = tn - 15_000;
  const early = scheduler.requestFeedback(now);
  expect(early).toBeGreaterThan(now);
  expect(scheduler.due(early)).toBe("early");
  const later = scheduler.nextDue()!;
  expect(later).toBeGreaterThan(tn);
  expect(scheduler.requestFeedback(early + 1)).toBe(later);
  expect(scheduler.requestFeedback(later - 1)).toBe(later);
  expect(run(scheduler, later + 1).map(({ what }) => what)).toEqual(["regular"]);
});

test("RFC 4585 §3.5.2: the dither is up to half of T_rr, the interval computed last with its randomness", () => {
  let widest = 0;
  for (let seed = 0; seed < 400; seed++) {
    const scheduler = make({ pointToPoint: false, rtcpBandwidth: 100, random: seededRandom(seed) });
    scheduler.setMembers(0, 10, 0, false);
    scheduler.start(0);
    run(scheduler, scheduler.nextDue()!);
    const now = 1e6; // far from any report: only the dither is looked at
    scheduler.due(now);
    const interval = scheduler.nextDue()! - now;
    const dither = (scheduler.requestFeedback(now) - now) / interval;
    expect(dither).toBeLessThan(0.5);
    widest = Math.max(widest, dither);
  }
  expect(widest).toBeGreaterThan(0.49);
});

test("RFC 4585 §3.5.3 2b: feedback that goes out within T_rr_interval does not put off the next report", () => {
  const scheduler = make({ trrIntervalMs: 4000, pointToPoint: false });
  scheduler.setMembers(0, 3, 3, true);
  scheduler.start(0);
  const [full] = run(scheduler, 900);
  expect(scheduler.requestFeedback(scheduler.nextDue()! - 1)).toBe(scheduler.nextDue()); // no time for a dither
  const [feedback, next] = run(scheduler, 6000);
  expect(feedback!.at - full!.at).toBeLessThan(1000);
  expect(next!.at - full!.at).toBeGreaterThanOrEqual(4000);
  expect(next!.at - feedback!.at).toBeLessThan(4000);
});

test("RFC 4585 §3.5: AVP has no early feedback", () => {
  const scheduler = make({ profile: "AVP" });
  scheduler.start(0);
  expect(scheduler.requestFeedback(100)).toBe(scheduler.nextDue());
  expect(scheduler.due(101)).toBeUndefined();
});

test("RFC 4585 §3.5.3: T_rr_interval leaves out reports with nothing urgent, and only those", () => {
  const calm = make({ trrIntervalMs: 2000 });
  calm.start(0);
  const times = run(calm, 20_000).map(({ at }) => at);
  for (const [i, at] of times.slice(1).entries()) expect(at - times[i]!).toBeGreaterThanOrEqual(2000);
  expect(times.length).toBeGreaterThan(5);
});

test("RFC 3550 §6.3.7: BYE goes at once in a small session, after reconsideration in a large one", () => {
  const small = make();
  small.start(0);
  small.leave(100);
  expect([small.nextDue(), small.due(100), small.nextDue(), small.due(200)]).toEqual([100, "bye", undefined, undefined]);
  const large = make();
  large.setMembers(0, 1000, 0, false);
  large.start(0);
  large.leave(100, 128);
  const at = large.nextDue()!;
  expect(at).toBeGreaterThan(100);
  large.received(100); // no BYE: does not count
  expect(large.nextDue()).toBe(at);
  for (let i = 0; i < 100; i++) large.received(100, true);
  expect(large.due(at)).toBeUndefined();
  expect(run(large, 1e9)).toMatchObject([{ what: "bye" }]);
});

test("RFC 3550 §6.3.7: the wait before BYE is by the size of the BYE, not of the reports before", () => {
  const wait = (octets: number) => {
    const scheduler = make({ rtcpBandwidth: 100 });
    scheduler.setMembers(0, 100, 0, false);
    scheduler.start(0);
    for (let i = 0; i < 100; i++) scheduler.received(1280);
    scheduler.leave(0, octets);
    return scheduler.nextDue()!;
  };
  expect(wait(80) * COMPENSATION).toBeCloseTo(80 / (0.1 * 0.75));
  expect(wait(160)).toBeCloseTo(2 * wait(80));
});

test("calls out of their time are the caller's mistake", () => {
  const scheduler = make();
  expect(() => scheduler.requestFeedback(0)).toThrow(InvalidStateError);
  expect(() => scheduler.leave(0)).toThrow(InvalidStateError);
  expect(scheduler.nextDue()).toBeUndefined();
  scheduler.start(0);
  expect(() => scheduler.start(0)).toThrow(InvalidStateError);
  scheduler.leave(1);
  expect(() => scheduler.requestFeedback(1)).toThrow(InvalidStateError);
});
