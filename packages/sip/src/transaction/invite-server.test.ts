import { createAck, createCancel, createResponse, type SipRequest } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { peerVia, Timeline, testFlow, testRequest } from "../../test/transaction-timeline.ts";
import type { ServerTransaction } from "./transaction.ts";

const INVITE = testRequest("INVITE", { via: peerVia() });

/** An INVITE that came at 0. */
function called(transport: "UDP" | "TCP" = "UDP"): { timeline: Timeline; invite: SipRequest; transaction: ServerTransaction } {
  const timeline = new Timeline(transport);
  const invite = INVITE;
  timeline.at(0, () => timeline.receive(invite));
  const event = timeline.events[0];
  if (event?.type !== "request") throw new Error("no request");
  return { timeline, invite, transaction: event.transaction };
}

function answer(timeline: Timeline, transaction: ServerTransaction, statusCode: number): void {
  timeline.layer.respond(timeline.now, transaction, createResponse(INVITE, statusCode, { toTag: "8321234356" }));
}

test("RFC 3261 §17.2.1: 100 is sent after 200 ms, unless the user answered before", () => {
  expect(called().timeline.run(100_000).log).toEqual(["0 request INVITE", "200 send 100"]);
  const { timeline, transaction } = called();
  timeline.at(150, () => answer(timeline, transaction, 180));
  expect(timeline.run(100_000).log).toEqual(["0 request INVITE", "150 send 180"]);
});

test("RFC 3261 §17.2.1: in proceeding, a retransmitted INVITE is answered with the last provisional response", () => {
  const { timeline, invite, transaction } = called();
  timeline.at(100, () => timeline.receive(invite)); // nothing said yet
  timeline.at(500, () => timeline.receive(invite));
  timeline.at(600, () => answer(timeline, transaction, 180));
  timeline.at(1500, () => timeline.receive(invite));
  expect(timeline.log).toEqual(["0 request INVITE", "200 send 100", "500 send 100", "600 send 180", "1500 send 180"]);
});

test("RFC 3261 §17.2.1: over UDP a failure is retransmitted up to T2 (timer G) until timer H gives up", () => {
  const { timeline, transaction } = called();
  timeline.at(100, () => answer(timeline, transaction, 486));
  expect(timeline.run(100_000).log).toEqual([
    "0 request INVITE",
    "100 send 486",
    "600 send 486",
    "1600 send 486",
    "3600 send 486",
    "7600 send 486",
    "11600 send 486",
    "15600 send 486",
    "19600 send 486",
    "23600 send 486",
    "27600 send 486",
    "31600 send 486",
    "32100 timeout",
    "32100 terminated",
  ]);
});

test("RFC 3261 §17.2.1: over TCP a failure is sent once, and timer H still waits for the ACK", () => {
  const { timeline, transaction } = called("TCP");
  timeline.at(100, () => answer(timeline, transaction, 486));
  expect(timeline.run(100_000).log).toEqual(["0 request INVITE", "100 send 486", "32100 timeout", "32100 terminated"]);
});

test("RFC 3261 §17.2.1: the ACK ends retransmission; it and the INVITE are absorbed for T4 (timer I)", () => {
  const { timeline, invite, transaction } = called();
  timeline.at(100, () => answer(timeline, transaction, 486));
  timeline.at(150, () => timeline.receive(invite));
  const ack = createAck(invite, transaction.lastResponse!);
  timeline.at(200, () => timeline.receive(ack));
  timeline.at(300, () => timeline.receive(ack));
  timeline.at(400, () => timeline.receive(invite));
  expect(timeline.run(100_000).log).toEqual(["0 request INVITE", "100 send 486", "150 send 486", "200 acknowledged", "5200 terminated"]);
});

test("RFC 3261 §17.2.1: over TCP timer I is zero", () => {
  const { timeline, invite, transaction } = called("TCP");
  timeline.at(100, () => answer(timeline, transaction, 486));
  timeline.at(200, () => timeline.receive(createAck(invite, transaction.lastResponse!)));
  expect(timeline.log).toEqual(["0 request INVITE", "100 send 486", "200 acknowledged", "200 terminated"]);
});

test("RFC 6026 §8.5: after a 2xx the INVITE is absorbed for 64 T1 (timer L); the user retransmits the 2xx", () => {
  const { timeline, invite, transaction } = called();
  timeline.at(100, () => answer(timeline, transaction, 200));
  expect(transaction.state).toBe("accepted");
  timeline.at(500, () => timeline.receive(invite));
  timeline.at(600, () => answer(timeline, transaction, 200));
  timeline.at(700, () => answer(timeline, transaction, 486)); // too late for that
  timeline.at(32_099, () => timeline.receive(invite));
  timeline.at(32_101, () => timeline.receive(invite));
  expect(timeline.log).toEqual(["0 request INVITE", "100 send 200", "600 send 200", "32100 terminated", "32101 request INVITE"]);
});

test("RFC 6026 §8.7: an ACK to the 2xx with the INVITE's branch is told with its transaction; the usual one, with its own, without", () => {
  const { timeline, invite, transaction } = called();
  timeline.at(100, () => answer(timeline, transaction, 200));
  timeline.at(200, () => timeline.receive(createAck(invite, createResponse(invite, 200, { toTag: "8321234356" }))));
  timeline.at(300, () => timeline.receive(testRequest("ACK", { via: peerVia("z9hG4bKother"), toTag: "8321234356" })));
  expect(timeline.log.slice(2)).toEqual(["200 ack", "300 ack"]);
  expect(timeline.events.slice(1)).toMatchObject([{ transaction }, {}]);
  expect(timeline.events[2]).not.toHaveProperty("transaction");
});

test("RFC 3261 §17.2.1: an ACK before any final response is ignored", () => {
  const { timeline, invite } = called();
  timeline.at(100, () => timeline.receive(createAck(invite, createResponse(invite, 180, { toTag: "1" }))));
  expect(timeline.log).toEqual(["0 request INVITE"]);
});

test("RFC 3261 §9.2: CANCEL is a transaction of its own that names what it cancels", () => {
  const { timeline, invite, transaction } = called();
  timeline.at(50, () => timeline.receive(createCancel(invite)));
  timeline.at(60, () => timeline.receive(createCancel(invite)));
  const cancel = timeline.events[1];
  expect(cancel).toMatchObject({ type: "request", cancels: transaction });
  if (cancel?.type !== "request") throw new Error("no CANCEL");
  timeline.at(70, () => timeline.layer.respond(70, cancel.transaction, createResponse(cancel.request, 200, { toTag: "1" })));
  timeline.at(70, () => answer(timeline, transaction, 487));
  expect(timeline.log).toEqual(["0 request INVITE", "50 request CANCEL", "70 send 200", "70 send 487"]);
});

test("RFC 3261 §9.2: a CANCEL for nothing known names nothing", () => {
  const timeline = new Timeline();
  timeline.at(0, () => timeline.receive(testRequest("CANCEL", { via: peerVia() })));
  expect(timeline.events[0]).not.toHaveProperty("cancels");
});

test("RFC 6026 §8.8: a failed flow is told, the state stays, and the response can take another flow (§18.2.2)", () => {
  const { timeline, invite, transaction } = called("TCP");
  timeline.at(10, () => timeline.layer.flowFailed(10, timeline.flow, "connection reset"));
  expect(transaction.state).toBe("proceeding");
  timeline.at(100, () => answer(timeline, transaction, 486));
  const other = testFlow("TCP");
  timeline.at(110, () => timeline.layer.moveTo(110, transaction, other));
  expect(timeline.sent.map(({ flow }) => flow)).toEqual([timeline.flow, other]);
  timeline.at(120, () => timeline.receive(createAck(invite, transaction.lastResponse!), other));
  expect(timeline.log).toEqual([
    "0 request INVITE",
    "10 transport-error",
    "100 send 486",
    "110 send 486",
    "120 acknowledged",
    "120 terminated",
  ]);
});
