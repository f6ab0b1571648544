import { createResponse } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { Timeline, testRequest } from "../../test/transaction-timeline.ts";

/** Sends an INVITE at 0. */
function invited(transport: "UDP" | "TCP" = "UDP"): { timeline: Timeline; transaction: ReturnType<Timeline["layer"]["request"]> } {
  const timeline = new Timeline(transport);
  const transaction = timeline.at(0, () => timeline.layer.request(0, testRequest("INVITE"), timeline.flow));
  return { timeline, transaction };
}

test("RFC 3261 §17.1.1.2: over UDP, an INVITE is sent seven times at doubling intervals, and times out after 32 s", () => {
  const { timeline } = invited();
  expect(timeline.run(100_000).log).toEqual([
    "0 send INVITE",
    "500 send INVITE",
    "1500 send INVITE",
    "3500 send INVITE",
    "7500 send INVITE",
    "15500 send INVITE",
    "31500 send INVITE",
    "32000 timeout",
    "32000 terminated",
  ]);
});

test("RFC 3261 §17.1.1.2: over TCP, an INVITE is sent once, and times out after 32 s", () => {
  const { timeline } = invited("TCP");
  expect(timeline.run(100_000).log).toEqual(["0 send INVITE", "32000 timeout", "32000 terminated"]);
});

test("RFC 3261 §17.1.1.2: a provisional response ends retransmission, and then there is no limit", () => {
  const { timeline, transaction } = invited();
  timeline.at(700, () => timeline.reply(180));
  timeline.run(600_000);
  expect(timeline.log).toEqual(["0 send INVITE", "500 send INVITE", "700 response 180"]);
  expect(transaction.state).toBe("proceeding");
  expect(timeline.layer.pollTimeout()).toBeUndefined();
});

test("RFC 3261 §17.1.1.2: a failure is acknowledged each time it comes, told once, and absorbed for 32 s (timer D)", () => {
  const { timeline } = invited();
  timeline.at(100, () => timeline.reply(100));
  timeline.at(200, () => timeline.reply(486));
  timeline.at(700, () => timeline.reply(486));
  timeline.at(32_199, () => timeline.reply(486));
  timeline.at(32_201, () => timeline.reply(486));
  expect(timeline.log).toEqual([
    "0 send INVITE",
    "100 response 100",
    "200 send ACK",
    "200 response 486",
    "700 send ACK",
    "32199 send ACK",
    "32200 terminated",
    "32201 stray-response 486",
  ]);
});

test("RFC 3261 §17.1.1.2: over TCP timer D is zero", () => {
  const { timeline } = invited("TCP");
  timeline.at(100, () => timeline.reply(404));
  expect(timeline.log).toEqual(["0 send INVITE", "100 send ACK", "100 response 404", "100 terminated"]);
});

test("RFC 3261 §17.1.1.3: the ACK of a failure has the INVITE's branch, Route and CSeq number, and the response's To tag", () => {
  const timeline = new Timeline();
  const request = testRequest("INVITE", { cseq: 42 });
  request.headers.set("Route", ["<sip:p1.example.com;lr>", "<sip:p2.example.com;lr>"]);
  timeline.at(0, () => timeline.layer.request(0, request, timeline.flow));
  timeline.at(10, () => timeline.reply(503, "77"));
  const [invite, ack] = timeline.sent.map(({ message }) => message);
  expect(ack?.headers.texts("Via")).toEqual(invite?.headers.texts("Via"));
  expect(ack?.headers.texts("Route")).toEqual(invite?.headers.texts("Route"));
  expect(ack?.cseq).toMatchObject({ number: 42, method: "ACK" });
  expect(ack?.toTag).toBe("77");
  expect(ack?.kind === "request" && ack.uriText).toBe("sip:bob@biloxi.example.com");
});

test("RFC 6026 §8.4: each 2xx is told for 64 T1 (timer M), from whichever branch; provisionals and failures are not", () => {
  const { timeline, transaction } = invited();
  timeline.at(100, () => timeline.reply(200, "one"));
  expect(transaction.state).toBe("accepted");
  timeline.at(600, () => timeline.reply(200, "one"));
  timeline.at(700, () => timeline.reply(200, "two"));
  timeline.at(800, () => timeline.reply(180, "three"));
  timeline.at(900, () => timeline.reply(486, "four"));
  timeline.at(32_099, () => timeline.reply(200, "one"));
  timeline.at(32_101, () => timeline.reply(200, "one"));
  expect(timeline.log).toEqual([
    "0 send INVITE",
    "100 response 200",
    "600 response 200",
    "700 response 200",
    "32099 response 200",
    "32100 terminated",
    "32101 stray-response 200",
  ]);
});

test("RFC 3261 §16.7: a 2xx after a failure is handed over as a stray response", () => {
  const { timeline } = invited();
  timeline.at(100, () => timeline.reply(486, "one"));
  timeline.at(200, () => timeline.reply(200, "two"));
  expect(timeline.log.at(-1)).toBe("200 stray-response 200");
});

test("RFC 3261 §17.1.4: a failed flow ends the transaction", () => {
  const { timeline } = invited("TCP");
  timeline.at(50, () => timeline.layer.flowFailed(50, timeline.flow, "connection reset"));
  expect(timeline.run(100_000).log).toEqual(["0 send INVITE", "50 transport-error", "50 terminated"]);
  expect(timeline.layer.size).toEqual({ clients: 0, servers: 0 });
});

test("RFC 3261 §9.1: a CANCEL waits for a provisional response, and the INVITE then has 64 T1 left", () => {
  const { timeline, transaction } = invited();
  expect(timeline.at(100, () => timeline.layer.cancel(100, transaction))).toBeUndefined();
  timeline.at(600, () => timeline.receive(response(timeline, 100)));
  timeline.at(650, () => timeline.reply(200)); // to the CANCEL
  expect(timeline.run(100_000).log).toEqual([
    "0 send INVITE",
    "500 send INVITE",
    "600 send CANCEL",
    "600 response 100",
    "650 response 200",
    "5650 terminated", // of the CANCEL: timer K
    "32600 timeout",
    "32600 terminated",
  ]);
});

test("RFC 3261 §9.1: a CANCEL goes at once when a provisional response has come; 487 ends the INVITE", () => {
  const { timeline, transaction } = invited();
  timeline.at(100, () => timeline.reply(180));
  const invite = timeline.sent[0]!.message;
  const cancel = timeline.at(200, () => timeline.layer.cancel(200, transaction, { Reason: "SIP;cause=200" }));
  expect(cancel?.request.headers.text("Reason")).toBe("SIP;cause=200");
  expect(cancel?.request.headers.texts("Via")).toEqual(invite.headers.texts("Via"));
  expect(cancel?.request.cseq).toMatchObject({ number: 1, method: "CANCEL" });
  expect(timeline.at(210, () => timeline.layer.cancel(210, transaction))).toBeUndefined(); // once is enough
  timeline.at(250, () => timeline.reply(200));
  timeline.at(260, () => timeline.receive(response(timeline, 487)));
  expect(timeline.log).toEqual([
    "0 send INVITE",
    "100 response 180",
    "200 send CANCEL",
    "250 response 200",
    "260 send ACK",
    "260 response 487",
  ]);
});

test("RFC 3261 §9.1: a CANCEL that waited is not sent when the final response comes first", () => {
  const { timeline, transaction } = invited();
  timeline.at(100, () => timeline.layer.cancel(100, transaction));
  timeline.at(200, () => timeline.reply(200));
  expect(timeline.log).toEqual(["0 send INVITE", "200 response 200"]);
  expect(timeline.at(300, () => timeline.layer.cancel(300, transaction))).toBeUndefined();
});

/** A response to the INVITE, whatever was sent last. */
function response(timeline: Timeline, statusCode: number): Parameters<Timeline["receive"]>[0] {
  const invite = timeline.sent[0]!.message;
  if (invite.kind !== "request") throw new Error("no INVITE");
  return createResponse(invite, statusCode, { toTag: "x" });
}
