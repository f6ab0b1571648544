/** Whatever a peer sends: no throw, no spin, no growth, and not more than linear time. */
import { Malformed, utf8FromString } from "@purertc/core";
import { createResponse, parseSipMessage, type SipMessage } from "@purertc/sip-parser";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ServerTransaction } from "../src/transaction/transaction.ts";
import { TransactionLayer } from "../src/transaction/transaction-layer.ts";
import { testFlow, testRandom, testRequest } from "./transaction-timeline.ts";

const METHODS = ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "x"];
const VIAS = [
  "SIP/2.0/UDP a;branch=z9hG4bK1",
  "SIP/2.0/UDP a;branch=z9hG4bK2",
  "SIP/2.0/UDP b;branch=z9hG4bK1",
  "SIP/2.0/UDP a",
  "SIP/2.0/UDP a;branch=1",
  "SIP/2.0/UDP a;branch=z9hG4bK",
  "nonsense",
];
const TAGS = ["", ";tag=1", ";tag=2"];

/** A message that is nearly one of a few transactions. */
const request = fc.record({
  method: fc.constantFrom(...METHODS),
  via: fc.constantFrom(...VIAS),
  tag: fc.constantFrom(...TAGS),
  cseq: fc.nat(2),
  broken: fc.boolean(),
});
const step = fc.oneof(
  fc.record({ kind: fc.constant("request" as const), message: request }),
  fc.record({ kind: fc.constant("respond" as const), index: fc.nat(20), statusCode: fc.constantFrom(100, 180, 200, 302, 486, 699) }),
  fc.record({ kind: fc.constant("send" as const), method: fc.constantFrom("INVITE", "OPTIONS") }),
  fc.record({
    kind: fc.constant("reply" as const),
    index: fc.nat(20),
    statusCode: fc.constantFrom(99, 100, 180, 200, 302, 486, 700),
    cseq: fc.constantFrom("INVITE", "OPTIONS", "CANCEL", "ACK"),
  }),
  fc.record({ kind: fc.constant("cancel" as const), index: fc.nat(20) }),
  fc.record({ kind: fc.constant("fail" as const) }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(0, 1, 500, 4000, 33_000) }),
);

function parsed(text: string): SipMessage | undefined {
  const message = parseSipMessage(utf8FromString(text));
  return message instanceof Malformed ? undefined : message;
}

test("any order of messages, answers, cancellations and failures: no throw, no spin, nothing left", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, reliable) => {
      const layer = new TransactionLayer({ random: testRandom(), sentBy: () => ({ host: "me" }), maxServerTransactions: 10 });
      const flow = testFlow(reliable ? "TCP" : "UDP");
      const servers: ServerTransaction[] = [];
      const clients: ReturnType<TransactionLayer["request"]>[] = [];
      let now = 0;
      const drain = (): void => {
        for (let out = layer.pollTransmit(); out !== undefined; out = layer.pollTransmit()) expect(out.bytes.length).toBeGreaterThan(0);
        for (let event = layer.pollEvent(); event !== undefined; event = layer.pollEvent())
          if (event.type === "request") servers.push(event.transaction);
        expect(layer.pollTimeout() ?? Number.POSITIVE_INFINITY).toBeGreaterThan(now);
        expect(layer.size.servers).toBeLessThanOrEqual(10 + 10); // each INVITE may have a CANCEL more
      };
      const pass = (ms: number): void => {
        const until = now + ms;
        for (let next = layer.pollTimeout(); next !== undefined && next <= until; next = layer.pollTimeout()) {
          now = next;
          layer.handleTimeout(now);
          drain();
        }
        now = until;
      };
      for (const each of steps) {
        if (each.kind === "request") {
          const { method, via, tag, cseq, broken } = each.message;
          const from = broken ? "" : "From: <sip:a@b>;tag=f\r\nCall-ID: 1\r\n";
          const message = parsed(
            `${method} sip:b SIP/2.0\r\nVia: ${via}\r\n${from}To: <sip:b@c>${tag}\r\nCSeq: ${cseq} ${method}\r\nContent-Length: 0\r\n\r\n`,
          );
          if (message !== undefined) layer.receive(now, message, flow);
        } else if (each.kind === "respond") {
          const transaction = servers[each.index];
          const { request } = transaction ?? {};
          if (transaction !== undefined)
            layer.respond(now, transaction, createResponse(request ?? testRequest("OPTIONS", { via: VIAS[0]! }), each.statusCode));
        } else if (each.kind === "send") clients.push(layer.request(now, testRequest(each.method), flow));
        else if (each.kind === "reply") {
          const client = clients[each.index];
          if (client !== undefined)
            layer.receive(now, createResponse(client.request, each.statusCode, { toTag: "t", headers: { CSeq: `1 ${each.cseq}` } }), flow);
        } else if (each.kind === "cancel") {
          const client = clients[each.index];
          if (client?.request.method === "INVITE") layer.cancel(now, client);
        } else if (each.kind === "fail") layer.flowFailed(now, flow, "gone");
        else pass(each.ms);
        drain();
      }
      // What waits for our answer waits for ever, as does a call that rings; everything else is over in time.
      for (const transaction of servers)
        if (transaction.request !== undefined) layer.respond(now, transaction, createResponse(transaction.request, 486, { toTag: "e" }));
      for (const client of clients) if (client.state === "proceeding" && client.request.method === "INVITE") layer.cancel(now, client);
      drain();
      pass(200_000);
      expect(layer.size).toEqual({ clients: 0, servers: 0 });
      expect(layer.pollTimeout()).toBeUndefined();
    }),
    { numRuns: 300 },
  );
});

/** Microseconds of processor time for each of `count` messages. */
function cost(count: number, text: (index: number) => string): number {
  const layer = new TransactionLayer({ random: testRandom(), sentBy: () => ({ host: "me" }) });
  const flow = testFlow();
  const messages = Array.from({ length: count }, (_, index) => parsed(text(index))!);
  const before = process.cpuUsage();
  for (const message of messages) {
    layer.receive(0, message, flow);
    while (layer.pollTransmit() !== undefined);
    while (layer.pollEvent() !== undefined);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

test("one branch for everybody, one host for every branch: time stays linear", () => {
  const message = (method: string, via: string): string =>
    `${method} sip:b SIP/2.0\r\nVia: SIP/2.0/UDP ${via}\r\nFrom: <sip:a@b>;tag=f\r\nTo: <sip:b@c>\r\nCall-ID: 1\r\nCSeq: 1 ${method}\r\nContent-Length: 0\r\n\r\n`;
  const floods: ((index: number) => string)[] = [
    (index) => message("OPTIONS", `h${index};branch=z9hG4bKsame`),
    (index) => message("OPTIONS", `h;branch=z9hG4bK${index}`),
    (index) => message(`M${index}`, "h;branch=z9hG4bKsame"),
    (index) => message("OPTIONS", `h;branch=${index}`),
    (index) => message("CANCEL", `h;branch=z9hG4bK${index}`),
  ];
  for (const flood of floods) {
    cost(1000, flood);
    expect(cost(8000, flood)).toBeLessThan(100); // quadratic would be thousands
  }
});
