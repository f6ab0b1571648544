import { transportAddress } from "@purertc/core";
import { expect, test } from "vitest";
import { Admission, sourceOf } from "./admission.ts";

/** How many places a source gets when it asks for all of them. */
function take(admission: Admission, source: string): number {
  let taken = 0;
  while (admission.admit(source)) taken += 1;
  return taken;
}

test("a flooding source gets half of the table, the next ones a fair part of the rest, and a newcomer always something", () => {
  const admission = new Admission(1000);
  expect(take(admission, "a")).toBe(500);
  expect(take(admission, "b")).toBe(250);
  expect(take(admission, "c")).toBe(125);
  expect(admission.admit("newcomer")).toBe(true);
  expect(admission.admit("a")).toBe(false);
});

test("places given back are free again, also for who held them", () => {
  const admission = new Admission(10);
  expect(take(admission, "a")).toBe(5);
  for (let i = 0; i < 5; i++) admission.release("a");
  expect(admission.total).toBe(0);
  expect(take(admission, "b")).toBe(5);
});

test("RFC 3261 §9.2: a CANCEL has its place even in a full table", () => {
  const admission = new Admission(2);
  admission.admit("a");
  expect(admission.admit("a")).toBe(false);
  admission.admitAlways("a");
  expect(admission.total).toBe(2);
  expect(admission.admit("b")).toBe(false);
});

test("RFC 4291 §2.5.4: an IPv6 source is its first 64 bits; an IPv4 source its address, whatever the port", () => {
  const source = (ip: string, port: number): string => sourceOf(transportAddress(ip, port)!);
  expect(source("2001:db8::1", 1)).toBe(source("2001:db8:0:0:ffff::2", 2));
  expect(source("2001:db8::1", 1)).not.toBe(source("2001:db8:0:1::1", 1));
  expect(source("192.0.2.1", 1)).toBe(source("192.0.2.1", 2));
  expect(source("192.0.2.1", 1)).not.toBe(source("192.0.2.2", 1));
});
