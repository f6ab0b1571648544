/** A user agent and a peer that sends whatever it likes: no throw, no call disturbed, nothing kept. */
import { Malformed } from "@purertc/core";
import { parseSipMessage, type SipMessage } from "@purertc/sip-parser";
import fc from "fast-check";
import { expect, test } from "vitest";
import { SipStack } from "../src/user-agent/sip-stack.ts";
import { AgentNetwork, ANSWER, OFFER } from "./user-agent-pair.ts";

const METHODS = [
  "INVITE",
  "ACK",
  "CANCEL",
  "BYE",
  "OPTIONS",
  "PRACK",
  "UPDATE",
  "INFO",
  "REFER",
  "NOTIFY",
  "SUBSCRIBE",
  "MESSAGE",
  "REGISTER",
  "X",
];
const LINES = [
  "Via: SIP/2.0/TCP 192.0.2.66;branch=z9hG4bKa",
  "Via: SIP/2.0/TCP 192.0.2.66;branch=z9hG4bKb",
  "From: <sip:m@192.0.2.66>;tag=m",
  "From: nonsense<",
  "To: <sip:bob@192.0.2.2>",
  "To: <sip:bob@192.0.2.2>;tag=guess",
  "Call-ID: hostile",
  "CSeq: 1 INVITE",
  "CSeq: 4294967295 BYE",
  "Contact: <sip:m@192.0.2.66;transport=tcp>",
  "Contact: *",
  "Record-Route: <sip:192.0.2.2;lr>",
  "Require: 100rel",
  "Require: nothing-known",
  "Supported: 100rel, timer, replaces",
  "Session-Expires: 1",
  "Session-Expires: 90;refresher=uas",
  "Min-SE: 0",
  "Replaces: hostile;to-tag=1;from-tag=2",
  "Refer-To: <sip:bob@192.0.2.2?Replaces=x>",
  "Event: refer",
  "Event: presence",
  "Subscription-State: active",
  "RAck: 1 1 INVITE",
  "Expires: 0",
  "Content-Type: application/sdp",
  "Content-Type: multipart/mixed;boundary=x",
  "Content-Type: application/dtmf-relay",
  "Max-Forwards: 0",
];
const BODIES = ["", OFFER, "v=0\r\n", "Signal=5\r\n", "--x\r\n\r\n--x--", "\u0000\uffff"];

const hostileMessage = fc
  .record({
    method: fc.constantFrom(...METHODS),
    lines: fc.subarray(LINES, { minLength: 4 }),
    body: fc.constantFrom(...BODIES),
    status: fc.option(fc.integer({ min: 100, max: 699 })),
  })
  .map(({ method, lines, body, status }) => {
    const start = status === null ? `${method} sip:bob@192.0.2.2 SIP/2.0` : `SIP/2.0 ${status} x`;
    const headers = lines
      .filter((line) => !line.startsWith("CSeq") || status !== null)
      .concat(status === null ? [`CSeq: 1 ${method}`] : []);
    return `${start}\r\n${headers.join("\r\n")}\r\nContent-Length: ${new TextEncoder().encode(body).length}\r\n\r\n${body}`;
  });

test("a call goes on whatever somebody else sends, and nothing of that is kept", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(hostileMessage, { minLength: 1, maxLength: 12 }), async (texts) => {
      const network = new AgentNetwork();
      const [alice, bob] = [network.agent("alice"), network.agent("bob", { events: ["presence"], ringTimeoutMs: 1000 })];
      bob.addEventListener("invite", ({ call }) => {
        if (call.remoteAddress?.uri !== undefined && call.offer === OFFER) void call.accept({ answer: ANSWER });
        else call.ring();
      });
      bob.addEventListener("subscribe", ({ subscription }) => subscription.accept());
      const call = await network.until(alice.invite("sip:bob@192.0.2.2", { offer: OFFER }));
      const mallory = new SipStack({ transports: network.host("192.0.2.66"), clock: network.clock });
      const flow = await mallory.transports.flowTo({ transport: "TCP", ip: "192.0.2.2", port: 5060 });
      for (const text of texts) {
        const message: SipMessage | Malformed = parseSipMessage(new TextEncoder().encode(text));
        if (message instanceof Malformed) continue;
        mallory.send(message, flow);
        await network.clock.advance(20);
      }
      await network.clock.advance(200_000);
      expect(call.state).toBe("confirmed");
      expect((await network.until(call.message("still there"))).statusCode).toBe(200);
      await network.until(call.hangUp());
      await network.clock.advance(4_000_000); // subscriptions expire
      expect(bob.stack.transactions.size).toEqual({ clients: 0, servers: 0 });
      expect(bob.calls).toEqual([]);
    }),
    { numRuns: 60 },
  );
});
