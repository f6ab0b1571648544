import { seededRandom } from "@purertc/simulator";
import { expect, test } from "vitest";
import { StunKeepAlive } from "./stun-keep-alive.ts";

function runUntilFailure(machine: StunKeepAlive): string[] {
  const timeline: string[] = [];
  for (let now = machine.next(); now !== undefined; now = machine.next()) {
    const datagram = machine.takeDatagram(now);
    timeline.push(datagram === undefined ? `${now - 90} ${machine.failure}` : `${now - 90} request`);
  }
  return timeline;
}

/** 90 % of the interval, whatever is asked for. */
const middle = { fill: (out: Uint8Array): void => void out.fill(128) };

test("RFC 5626 §4.4.2, RFC 8489 §6.2.1: seven requests without an answer, and the flow has failed at 39.5 s", () => {
  expect(runUntilFailure(new StunKeepAlive(0, 100, middle))).toEqual([
    "0 request",
    "500 request",
    "1500 request",
    "3500 request",
    "7500 request",
    "15500 request",
    "31500 request",
    "39500 keep-alive-timeout",
  ]);
});

test("RFC 5626 §4.4.1: requests come after 80 % to 100 % of the interval", () => {
  const random = seededRandom(7);
  for (let i = 0; i < 100; i++) {
    const at = new StunKeepAlive(0, 1000, random).next()!;
    expect(at >= 800 && at <= 1000).toBe(true);
  }
});

test("RFC 5626 §4.4.2: an answer begins the next interval, and another mapped address ends the flow", () => {
  const machine = new StunKeepAlive(0, 100, middle);
  const answer = (now: number, mapped: string | undefined): boolean => {
    const request = machine.takeDatagram(now)!;
    return machine.answered(now, { transactionId: request.slice(8, 20), mapped });
  };
  expect(answer(90, "192.0.2.1 1")).toBe(true);
  expect(machine.next()).toBe(180);
  expect(answer(180, undefined)).toBe(true);
  expect(answer(270, "192.0.2.1 1")).toBe(true);
  expect(machine.failure).toBeUndefined();
  expect(answer(360, "192.0.2.1 2")).toBe(true);
  expect(machine.failure).toBe("mapped-address-changed");
  expect(machine.takeDatagram(1000)).toBeUndefined();
});

test("RFC 8489 §6.3.3: an answer to something else is no answer", () => {
  const machine = new StunKeepAlive(0, 100, middle);
  machine.takeDatagram(90);
  expect(machine.answered(91, { transactionId: new Uint8Array(12), mapped: "192.0.2.1 1" })).toBe(false);
  expect(machine.next()).toBe(590);
});
