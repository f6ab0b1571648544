import { expect, test } from "vitest";
import { KeyframeRequester, KeyframeResponder } from "./keyframe-requests.ts";

/** When requests go out, asked every ms. */
const times = (requester: KeyframeRequester, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => from + i).filter((now) => requester.due(now));

test("RFC 4585 §6.3.1: a request at once, repeated with doubling waits until a keyframe comes", () => {
  const requester = new KeyframeRequester();
  expect([requester.due(0), requester.nextDue()]).toEqual([false, undefined]);
  requester.want();
  requester.want();
  expect(times(requester, 10, 12_000)).toEqual([10, 310, 910, 2110, 4510, 9310]);
  expect(requester.nextDue()).toBe(14_310);
  requester.keyframeReceived();
  expect(times(requester, 12_000, 20_000)).toEqual([]);
  requester.want();
  expect(times(requester, 20_000, 20_400)).toEqual([20_000, 20_300]);
});

test("RFC 4585 §6.3.1: no repetition within a round trip", () => {
  const requester = new KeyframeRequester();
  requester.setRoundTrip(500);
  requester.want();
  expect(times(requester, 0, 1200)).toEqual([0, 500, 1100]);
});

test("RFC 5104 §4.3.1.2: a repetition has the number of its request", () => {
  const requester = new KeyframeRequester();
  const numbers: number[] = [];
  for (let round = 0; round < 2; round++) {
    requester.want();
    for (const _ of times(requester, round * 1000, round * 1000 + 400)) numbers.push(requester.firSequenceNumber);
    requester.keyframeReceived();
  }
  expect(numbers).toEqual([0, 0, 1, 1]);
});

test("RFC 5104 §4.3.1.2: a request that brought nothing within a second is followed by a new one: its keyframe may be lost", () => {
  const requester = new KeyframeRequester();
  const responder = new KeyframeResponder();
  requester.want();
  const keyframes: number[] = [];
  for (let now = 0; now < 5000; now++) {
    if (requester.due(now)) responder.fullIntraRequest(1, requester.firSequenceNumber);
    if (responder.due(now)) keyframes.push(now);
  }
  expect(keyframes).toEqual([0, 2100, 4500]); // of requests at 0, 300, 900, 2100 and 4500
});

test("RFC 5104 §4.3.1.2: a burst of requests is one keyframe; repeated FIRs are none", () => {
  const responder = new KeyframeResponder();
  expect([responder.due(0), responder.nextDue()]).toEqual([false, undefined]);
  for (let i = 0; i < 10; i++) responder.pictureLoss();
  expect([responder.due(0), responder.due(1)]).toEqual([true, false]);
  responder.fullIntraRequest(7, 1);
  expect([responder.due(299), responder.nextDue(), responder.due(300)]).toEqual([false, 300, true]);
  responder.fullIntraRequest(7, 1);
  expect(responder.due(1000)).toBe(false);
  responder.fullIntraRequest(7, 2);
  expect(responder.due(1000)).toBe(true);
});

test("requesters are remembered up to a limit", () => {
  const responder = new KeyframeResponder({ maxRequesters: 2, minIntervalMs: 0 });
  for (const ssrc of [1, 2, 3]) responder.fullIntraRequest(ssrc, 0);
  responder.due(0);
  responder.fullIntraRequest(3, 0);
  expect(responder.due(1)).toBe(false);
  responder.fullIntraRequest(1, 0); // forgotten: it counts as new
  expect(responder.due(2)).toBe(true);
});
