import { expect, test } from "vitest";
import { StunTransaction } from "./transaction.ts";

function timeline(transaction: StunTransaction): string[] {
  const lines: string[] = [];
  for (;;) {
    const now = transaction.nextAt;
    const due = transaction.handleTimeout(now);
    lines.push(`${now} ${due}`);
    if (due === "failed") return lines;
  }
}

test("RFC 8489 §6.2.1: seven requests, then failure at 39.5 s", () => {
  expect(timeline(new StunTransaction(0))).toEqual([
    "0 send",
    "500 send",
    "1500 send",
    "3500 send",
    "7500 send",
    "15500 send",
    "31500 send",
    "39500 failed",
  ]);
});

test("RFC 8489 §6.2.1: RTO, Rc and Rm are configurable", () => {
  expect(timeline(new StunTransaction(10, { rtoMs: 100, maxRequests: 3, lastWaitFactor: 4 }))).toEqual([
    "10 send",
    "110 send",
    "310 send",
    "710 failed",
  ]);
  expect(timeline(new StunTransaction(0, { rtoMs: 30_000, maxRequests: 1, lastWaitFactor: 1 }))).toEqual(["0 send", "30000 failed"]);
});

test("Sans-I/O contract: early calls do nothing; late ones do not make up for lost time", () => {
  const transaction = new StunTransaction(0);
  expect(transaction.handleTimeout(0)).toBe("send");
  expect(transaction.handleTimeout(499)).toBeUndefined();
  expect(transaction.handleTimeout(5_000)).toBe("send");
  expect(transaction.handleTimeout(5_000)).toBeUndefined();
  expect(transaction.nextAt).toBe(6_000);
  expect(transaction.requestsSent).toBe(2);
});
