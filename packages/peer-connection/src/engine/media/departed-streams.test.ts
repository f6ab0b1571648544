import { expect, test } from "vitest";
import { DepartedStreams } from "./departed-streams.ts";

test("RFC 3550 §6.2.1: stragglers for a quarter of a second, then the stream is back", () => {
  const departed = new DepartedStreams();
  departed.add(7, 1000);
  departed.add(8);
  expect([departed.isStraggler(1249, 7), departed.isStraggler(1000, 8), departed.isStraggler(1000, 9)]).toEqual([true, false, false]);
  expect([departed.isStraggler(1250, 7), departed.has(7), departed.has(8)]).toEqual([false, false, false]);
});

test("the oldest is forgotten beyond a limit", () => {
  const departed = new DepartedStreams();
  const forgotten = Array.from({ length: 70 }, (_, ssrc) => departed.add(ssrc)).filter((ssrc) => ssrc !== undefined);
  expect(forgotten).toEqual([0, 1, 2, 3, 4, 5]);
});
