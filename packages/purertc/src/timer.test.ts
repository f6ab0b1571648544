import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RearmableTimer } from "./timer.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A timer on the fake clock, and when it fired. */
function make() {
  const start = Date.now();
  const fired: number[] = [];
  const clock = () => Date.now() - start;
  const timer = new RearmableTimer(clock, () => fired.push(clock()));
  return { timer, fired };
}

test("runtime: the timer fires once, at its deadline", () => {
  const { timer, fired } = make();
  timer.arm(50);
  vi.advanceTimersByTime(49);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(1000);
  expect(fired).toEqual([50]);
});

test("runtime: a later deadline replaces the earlier one without a new native timer", () => {
  const { timer, fired } = make();
  timer.arm(50);
  const spy = vi.spyOn(globalThis, "setTimeout");
  for (let at = 60; at <= 500; at += 10) timer.arm(at);
  expect(spy).not.toHaveBeenCalled();
  spy.mockRestore();
  vi.advanceTimersByTime(1000);
  expect(fired).toEqual([500]);
});

test("runtime: an earlier deadline wins; undefined and close leave nothing behind", () => {
  const { timer, fired } = make();
  timer.arm(500);
  timer.arm(20);
  vi.advanceTimersByTime(100);
  expect(fired).toEqual([20]);
  timer.arm(200);
  timer.arm(undefined);
  expect(vi.getTimerCount()).toBe(0);
  timer.arm(300);
  timer.close();
  timer.arm(400);
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(1000);
  expect(fired).toEqual([20]);
});

test("runtime: it never fires before its deadline, even when the native timer does", () => {
  const fired: number[] = [];
  let now = 0;
  const timer = new RearmableTimer(
    () => now,
    () => fired.push(now),
  );
  timer.arm(10);
  now = 9.5; // the clock is behind the loop's
  vi.advanceTimersByTime(10);
  expect(fired).toEqual([]);
  now = 10.5;
  vi.advanceTimersByTime(1);
  expect(fired).toEqual([10.5]);
});

test("runtime: a deadline weeks away does not fire at once", () => {
  const { timer, fired } = make();
  const spy = vi.spyOn(globalThis, "setTimeout");
  timer.arm(2 ** 33);
  expect(spy.mock.calls[0]?.[1]).toBe(2 ** 31 - 1);
  spy.mockRestore();
  vi.advanceTimersByTime(2 ** 31);
  expect(fired).toEqual([]);
  timer.close();
});

test("runtime: a deadline in the past fires soon, but not from inside arm", () => {
  const { timer, fired } = make();
  timer.arm(-5);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(fired.length).toBe(1);
});
