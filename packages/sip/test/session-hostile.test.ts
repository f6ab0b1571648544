/** What a peer may send to a session: nothing of it throws, and nothing grows without bound. */
import { Malformed } from "@purertc/core";
import { seededRandom } from "@purertc/simulator";
import { createRequest, createResponse, parseSipMessage, SipRequest, SipResponse, writeSipMessage } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { SessionPair } from "./session-pair.ts";

const METHODS = ["INVITE", "ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "INFO", "REFER", "NOTIFY", "SUBSCRIBE", "MESSAGE", "OPTIONS", "FOO"];
const HEADERS: readonly (readonly [string, string])[] = [
  ["Session-Expires", "0"],
  ["Session-Expires", "4294967295;refresher=x"],
  ["Min-SE", "4294967295"],
  ["Supported", "timer, 100rel"],
  ["Require", "100rel"],
  ["RSeq", "4294967295"],
  ["RAck", "4294967295 2147483647 INVITE"],
  ["RAck", "nonsense"],
  ["Refer-To", "<sip:x@y?Replaces=%0d%0a>"],
  ["Refer-To", "nonsense"],
  ["Event", "refer;id=4294967296"],
  ["Event", "refer"],
  ["Subscription-State", "active;expires=99999999999"],
  ["Subscription-State", "terminated"],
  ["Expires", "4294967295"],
  ["Expires", "0"],
  ["Content-Type", "application/sdp"],
  ["Content-Type", "multipart/mixed;boundary=x"],
  ["Content-Type", "message/sipfrag"],
  ["Contact", "*"],
  ["Contact", "<tel:+1>"],
  ["Replaces", "a;to-tag=b;from-tag=c"],
  ["Info-Package", "x"],
  ["Recv-Info", ""],
  ["Reason", "SIP;cause=x"],
  ["Retry-After", "4294967295"],
  ["Record-Route", "<sip:p;lr>"],
];

test("RFC 3261 §12.2.2, §13: no request of the peer's makes a session throw, in any state", () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = seededRandom(seed);
    const pair = new SessionPair();
    pair.invite(random.chance(0.5) ? { offer: "offer" } : {}).run(50);
    const stage = random.integer(0, 3);
    if (stage > 0) pair.act(() => pair.b.call.progress(pair.now, 180), 100);
    if (stage > 1) pair.act(() => pair.b.call.accept(pair.now, { description: "described" }), 100);
    if (stage > 2) pair.act(() => pair.a.call.end(pair.now), 100);
    const { b } = pair;
    for (let i = 0; i < 30; i++) {
      const method = random.pick(METHODS);
      const request = createRequest({
        method,
        uri: "sip:bob@example.com",
        headers: [
          ["Via", `SIP/2.0/UDP x;branch=z9hG4bK${random.integer(0, 3)}`],
          ["From", `<sip:alice@example.com>;tag=${random.chance(0.8) ? pair.a.call.localTag : "x"}`],
          ["To", `<sip:bob@example.com>;tag=${random.chance(0.9) ? b.call.localTag : "x"}`],
          ["Call-ID", b.call.callId],
          ["CSeq", `${random.pick([0, 1, 2, i + 2, i + 3, 2_147_483_647])} ${method}`],
          ...Array.from({ length: random.integer(0, 4) }, () => random.pick(HEADERS)),
        ],
        body: random.pick([undefined, "v=0\r\n", "SIP/2.0 200 OK\r\n", "SIP/2.0 9", "--x\r\n"]),
      });
      const parsed = parseSipMessage(writeSipMessage(request).slice());
      if (parsed instanceof Malformed || !(parsed instanceof SipRequest)) throw new Error("not a request");
      pair.b.origins.set(parsed, { party: pair.a, id: 999 });
      b.call.handleRequest(pair.now, parsed);
      pair.run(random.pick([0, 20, 5000]));
    }
    pair.run(200_000);
  }
});

test("RFC 3261 §8.1.3, §13.2.2: no response makes a session throw, whatever it says", () => {
  for (let seed = 0; seed < 100; seed++) {
    const random = seededRandom(seed);
    const pair = new SessionPair({ lose: (line) => line.startsWith("<") });
    pair.invite({ ...(random.chance(0.5) && { offer: "offer" }), maxRedirects: 3 });
    for (let i = 0; i < 30; i++) {
      const id = random.integer(1, 4);
      const request = pair.a.sent.get(id) ?? pair.a.sent.get(1)!;
      const response = createResponse(
        request,
        random.pick([100, 180, 183, 199, 200, 202, 300, 302, 401, 408, 422, 481, 487, 491, 500, 503, 600]),
        {
          toTag: random.pick(["x", "y", "z"]),
          headers: Array.from({ length: random.integer(0, 4) }, () => random.pick(HEADERS)),
          body: random.pick([undefined, "v=0\r\n"]),
        },
      );
      const parsed = parseSipMessage(writeSipMessage(response).slice());
      if (!(parsed instanceof SipResponse)) throw new Error("not a response");
      pair.a.call.handleResponse(pair.now, id, parsed);
      pair.run(random.pick([0, 20, 5000]));
      if (random.chance(0.1)) pair.a.call.end(pair.now);
    }
    pair.run(200_000);
  }
});

test("RFC 3261 §13.2.2.4: made-up forks are not remembered beyond a bound", () => {
  const pair = new SessionPair();
  pair.invite({ offer: "offer" });
  const invite = pair.a.sent.get(1)!;
  for (let i = 0; i < 1000; i++) {
    pair.a.call.handleResponse(pair.now, 1, createResponse(invite, 180, { toTag: `tag${i}`, headers: { Contact: "<sip:x@y>" } }));
  }
  expect(pair.a.call.dialogs.length).toBe(32);
});

test("RFC 3261 §8.2: requests that nobody answers are refused beyond a bound", () => {
  const pair = new SessionPair();
  pair.establish();
  for (let i = 0; i < 100; i++) pair.a.call.request(pair.now, "MESSAGE", { body: "x" });
  for (let i = 0; i < 30; i++) pair.a.call.refer(pair.now, "sip:c@example.com");
  pair.run();
  expect(pair.ladder.filter((line) => line === "< 503 MESSAGE").length).toBe(36);
  expect(pair.ladder.filter((line) => line === "< 503 REFER").length).toBe(14);
  expect(pair.messages.find((each) => each instanceof SipResponse && each.statusCode === 503)?.headers.has("Retry-After")).toBe(true);
});
