import { expect, test } from "vitest";
import { Timeline, testRequest } from "../../test/transaction-timeline.ts";

function sent(transport: "UDP" | "TCP" = "UDP"): Timeline {
  const timeline = new Timeline(transport);
  timeline.at(0, () => timeline.layer.request(0, testRequest("OPTIONS"), timeline.flow));
  return timeline;
}

test("RFC 3261 §17.1.2.2: over UDP, intervals double up to T2 (timer E), and the request times out after 32 s (timer F)", () => {
  expect(sent().run(100_000).log).toEqual([
    "0 send OPTIONS",
    "500 send OPTIONS",
    "1500 send OPTIONS",
    "3500 send OPTIONS",
    "7500 send OPTIONS",
    "11500 send OPTIONS",
    "15500 send OPTIONS",
    "19500 send OPTIONS",
    "23500 send OPTIONS",
    "27500 send OPTIONS",
    "31500 send OPTIONS",
    "32000 timeout",
    "32000 terminated",
  ]);
});

test("RFC 3261 §17.1.2.2: over TCP, the request is sent once", () => {
  expect(sent("TCP").run(100_000).log).toEqual(["0 send OPTIONS", "32000 timeout", "32000 terminated"]);
});

test("RFC 3261 §17.1.2.2: after a provisional response, timer E is T2, and timer F still runs", () => {
  const timeline = sent();
  timeline.at(600, () => timeline.reply(100));
  expect(timeline.run(100_000).log).toEqual([
    "0 send OPTIONS",
    "500 send OPTIONS",
    "600 response 100",
    "1500 send OPTIONS",
    "5500 send OPTIONS",
    "9500 send OPTIONS",
    "13500 send OPTIONS",
    "17500 send OPTIONS",
    "21500 send OPTIONS",
    "25500 send OPTIONS",
    "29500 send OPTIONS",
    "32000 timeout",
    "32000 terminated",
  ]);
});

test("RFC 3261 §17.1.2.2: the final response is told once; its retransmissions are absorbed for T4 (timer K)", () => {
  const timeline = sent();
  timeline.at(100, () => timeline.reply(200));
  timeline.at(5000, () => timeline.reply(200));
  timeline.at(5101, () => timeline.reply(200));
  expect(timeline.log).toEqual(["0 send OPTIONS", "100 response 200", "5100 terminated", "5101 stray-response 200"]);
});

test("RFC 3261 §17.1.2.2: over TCP timer K is zero", () => {
  const timeline = sent("TCP");
  timeline.at(100, () => timeline.reply(404));
  expect(timeline.log).toEqual(["0 send OPTIONS", "100 response 404", "100 terminated"]);
});

test("RFC 3261 §17.1.4: a failed flow ends the transaction, once", () => {
  const timeline = sent("TCP");
  timeline.at(5, () => timeline.layer.flowFailed(5, timeline.flow, "connection reset"));
  timeline.at(6, () => timeline.layer.flowFailed(6, timeline.flow, "connection reset"));
  expect(timeline.log).toEqual(["0 send OPTIONS", "5 transport-error", "5 terminated"]);
});
