import { expect, test } from "vitest";
import { createLog } from "../log.ts";

test("a flood of what strangers can cause does not fill the log, and is counted; the rest is written", () => {
  const lines: string[] = [];
  let now = 5000;
  const log = createLog(
    (line) => lines.push(line),
    () => now,
  );
  for (let i = 0; i < 1000; i++) log("malformed", { reason: "not-sip" });
  for (let i = 0; i < 100; i++) log("invite", { call: i });
  expect(lines).toHaveLength(150);
  now += 1000;
  log("malformed", { reason: "not-sip" });
  expect(lines.slice(150)).toEqual([
    "1970-01-01T00:00:06.000Z left-out lines=950 of=malformed",
    "1970-01-01T00:00:06.000Z malformed reason=not-sip",
  ]);
});

test("nobody forges a line of the log, or makes one long", () => {
  const lines: string[] = [];
  createLog((line) => lines.push(line))("refused", { from: "a\r\nb c", method: "x".repeat(1000) });
  expect(lines[0]).toMatch(/ refused from=a\?\?b\?c method=x{97}\.\.\.$/);
});
