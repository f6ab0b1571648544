import { createResponse } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { peerVia, Timeline, testRequest } from "../../test/transaction-timeline.ts";
import type { ServerTransaction } from "./transaction.ts";

const REQUEST = testRequest("OPTIONS", { via: peerVia() });

function asked(transport: "UDP" | "TCP" = "UDP"): { timeline: Timeline; transaction: ServerTransaction } {
  const timeline = new Timeline(transport);
  timeline.at(0, () => timeline.receive(REQUEST));
  const event = timeline.events[0];
  if (event?.type !== "request") throw new Error("no request");
  return { timeline, transaction: event.transaction };
}

function answer(timeline: Timeline, transaction: ServerTransaction, statusCode: number): void {
  timeline.layer.respond(timeline.now, transaction, createResponse(REQUEST, statusCode, { toTag: "1" }));
}

test("RFC 3261 §17.2.2: in trying, retransmissions are absorbed silently", () => {
  const { timeline } = asked();
  timeline.at(500, () => timeline.receive(REQUEST));
  expect(timeline.log).toEqual(["0 request OPTIONS"]);
});

test("RFC 4320 §4.1: a 100 goes out when the client's timer E has come to T2, over any transport", () => {
  expect(asked().timeline.run(60_000).log).toEqual(["0 request OPTIONS", "3500 send 100"]);
  expect(asked("TCP").timeline.run(60_000).log).toEqual(["0 request OPTIONS", "3500 send 100"]);
});

test("RFC 3261 §17.2.2: in proceeding and completed, a retransmission is answered with the last response, until timer J", () => {
  const { timeline, transaction } = asked();
  timeline.at(100, () => answer(timeline, transaction, 100));
  timeline.at(500, () => timeline.receive(REQUEST));
  timeline.at(600, () => answer(timeline, transaction, 200));
  timeline.at(700, () => answer(timeline, transaction, 404)); // §17.2.2: discarded
  timeline.at(1500, () => timeline.receive(REQUEST));
  timeline.at(32_599, () => timeline.receive(REQUEST));
  timeline.at(32_601, () => timeline.receive(REQUEST));
  expect(timeline.log).toEqual([
    "0 request OPTIONS",
    "100 send 100",
    "500 send 100",
    "600 send 200",
    "1500 send 200",
    "32599 send 200",
    "32600 terminated",
    "32601 request OPTIONS",
  ]);
});

test("RFC 3261 §17.2.2: over TCP timer J is zero", () => {
  const { timeline, transaction } = asked("TCP");
  timeline.at(100, () => answer(timeline, transaction, 200));
  expect(timeline.log).toEqual(["0 request OPTIONS", "100 send 200", "100 terminated"]);
  timeline.at(200, () => answer(timeline, transaction, 200)); // says nothing more
  expect(timeline.log).toHaveLength(3);
});
