import { expect, test } from "vitest";
import { ConnectionWatch } from "./connection-watch.ts";
import { DEFAULT_TIMEOUTS } from "./options.ts";

const TIMEOUTS = { ...DEFAULT_TIMEOUTS, firstMessage: 300, message: 200, drain: 400, idle: 1000, pong: 50 };
const watch = (role: "client" | "server"): ConnectionWatch => {
  const made = new ConnectionWatch(TIMEOUTS, () => 0.5);
  made.opened(0, role);
  return made;
};

test("RFC 3261 §18.3: who opens a connection and says nothing is closed", () => {
  const server = watch("server");
  expect(server.next()).toBe(300);
  expect([server.verdict(299), server.verdict(300)]).toEqual([undefined, "no-first-message"]);
  server.whole();
  expect(server.verdict(300)).toBeUndefined();
  expect(watch("client").verdict(300)).toBeUndefined();
});

test("RFC 3261 §18.3: a message has its time from its first byte; trickling gives it no more", () => {
  const made = watch("client");
  for (let now = 10; now < 200; now += 10) {
    made.active(now);
    made.partial(now);
  }
  expect([made.verdict(209), made.verdict(210)]).toEqual([undefined, "message-timeout"]);
  made.whole();
  made.partial(210);
  expect([made.verdict(409), made.verdict(410)]).toEqual([undefined, "message-timeout"]);
});

test("RFC 3261 §18: a peer that reads nothing is closed, and one that reads slowly is not", () => {
  const made = watch("client");
  made.blocked(0, true);
  made.blocked(300, true);
  expect([made.verdict(399), made.verdict(400)]).toEqual([undefined, "send-timeout"]);
  made.blocked(399, false);
  expect(made.verdict(400)).toBeUndefined();
});

test("RFC 3261 §18: a connection without a byte is closed, after a while", () => {
  const made = watch("client");
  made.active(500);
  expect([made.verdict(1499), made.verdict(1500)]).toEqual([undefined, "idle-timeout"]);
});

test("RFC 5626 §4.4.1: pings come at 80 % to 100 % of the interval, and a pong has ten seconds", () => {
  const made = watch("client");
  made.keepAlive(0, 100);
  expect(made.takePing(89)).toBe(false);
  expect(made.takePing(90)).toBe(true);
  expect(made.verdict(139)).toBeUndefined();
  expect(made.verdict(140)).toBe("keep-alive-timeout");
  made.pong();
  expect(made.verdict(140)).toBeUndefined();
  expect(made.takePing(180)).toBe(true);
  // Another ping gives the first no more time.
  made.keepAlive(180, 10);
  expect(made.takePing(189)).toBe(true);
  expect(made.verdict(230)).toBe("keep-alive-timeout");
  made.keepAlive(190, 0);
  expect(made.verdict(230)).toBeUndefined();
});
