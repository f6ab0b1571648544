/** What happens when, in virtual time: retransmissions, expiries and refreshes. */
import type { SipRequest, SipResponse } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { SessionPair } from "./session-pair.ts";

const finals = (line: string): boolean => line.endsWith("< 200 INVITE sdp");

test("RFC 3261 §13.3.1.4: a 2xx comes again from T1 to T2 until its ACK, which comes again as well", () => {
  const pair = new SessionPair({ delayMs: 0, lose: (line, before) => line === "> ACK" && before < 5 });
  pair.invite({ offer: "offer" }).run(0);
  pair.act(() => pair.b.call.accept(pair.now, { description: "answer" }), 60_000);
  expect(pair.timeline().filter(finals)).toEqual([
    "0 < 200 INVITE sdp",
    "500 < 200 INVITE sdp",
    "1500 < 200 INVITE sdp",
    "3500 < 200 INVITE sdp",
    "7500 < 200 INVITE sdp",
    "11500 < 200 INVITE sdp",
  ]);
  expect(pair.ladder.filter((line) => line === "> ACK").length).toBe(6);
  expect(pair.b.call.state).toBe("confirmed");
  expect(pair.a.told.filter((type) => type === "confirmed").length).toBe(1);
});

test("RFC 3261 §13.3.1.4: without an ACK for 64*T1 the callee ends the session with BYE", () => {
  const pair = new SessionPair({ delayMs: 0, lose: (line) => line === "> ACK" });
  pair.invite({ offer: "offer" }).run(0);
  pair.act(() => pair.b.call.accept(pair.now, { description: "answer" }), 60_000);
  expect(pair.timeline().filter(finals).length).toBe(11);
  expect(pair.timeline()).toContain("32000 < BYE");
  expect(pair.b.last("ended").cause).toBe("unacknowledged");
});

test("RFC 3261 §14.2: without an ACK to the 2xx of a re-INVITE as well", () => {
  const pair = new SessionPair({ delayMs: 0, lose: (line, before) => line === "> ACK" && before > 0 });
  pair.b.onEvent = (event) =>
    event.type === "offer" && event.in === "INVITE" && pair.b.call.state === "confirmed" && pair.b.call.answer(pair.now, "answer");
  pair.invite({ offer: "offer" }).run(0);
  pair.act(() => pair.b.call.accept(pair.now, { description: "answer" }), 0);
  pair.act(() => pair.a.call.reinvite(pair.now, { offer: "offer" }), 60_000);
  expect(pair.timeline()).toContain("32000 < BYE");
  expect(pair.b.last("ended").cause).toBe("unacknowledged");
});

test("RFC 3262 §3: a reliable response comes again at doubled intervals without a cap; the INVITE is refused after 64*T1", () => {
  const pair = new SessionPair({ delayMs: 0, lose: (line) => line === "> PRACK" });
  pair.invite({ offer: "offer" }).run(0);
  pair.act(() => pair.b.call.progress(pair.now, 183, { description: "answer" }), 60_000);
  expect(pair.timeline().filter((line) => line.includes("INVITE") || line.includes("PRACK"))).toEqual([
    "0 > INVITE sdp",
    "0 < 183 INVITE sdp",
    "0 > PRACK",
    "500 < 183 INVITE sdp",
    "1500 < 183 INVITE sdp",
    "3500 < 183 INVITE sdp",
    "7500 < 183 INVITE sdp",
    "15500 < 183 INVITE sdp",
    "31500 < 183 INVITE sdp",
    "32000 < 504 INVITE",
  ]);
  expect(pair.b.last("ended").cause).toBe("unacknowledged");
  expect(pair.a.last("ended")).toMatchObject({ cause: "rejected", statusCode: 504 });
});

test("RFC 3262 §3: the next reliable response waits for the PRACK of the one before, and is numbered one higher", () => {
  const pair = new SessionPair({ delayMs: 50 });
  pair.invite({ offer: "offer" }).run(100);
  pair.act(() => {
    pair.b.call.progress(pair.now, 183, { description: "answer" });
    pair.b.call.progress(pair.now, 180, { reliable: true });
  }, 400);
  expect(pair.timeline(100)).toEqual([
    "-100 > INVITE sdp",
    "0 < 183 INVITE sdp",
    "50 > PRACK",
    "100 < 200 PRACK",
    "100 < 180 INVITE",
    "150 > PRACK",
    "200 < 200 PRACK",
  ]);
  const numbers = pair.messages.flatMap((each) => each.headers.get("RSeq") ?? []);
  expect(numbers[1]).toBe(numbers[0]! + 1);
  const racks = pair.messages.flatMap((each) => (each.headers.get("RAck") === undefined ? [] : [each.headers.text("RAck")]));
  expect(racks).toEqual(numbers.map((number) => `${number} 1 INVITE`));
});

test("RFC 3262 §3: no 2xx while a reliable response with a description has no PRACK", () => {
  const pair = new SessionPair({ delayMs: 0, lose: (line, before) => line === "> PRACK" && before === 0 });
  pair.invite({ offer: "offer" }).run(0);
  pair.b.call.progress(pair.now, 183, { description: "answer" });
  pair.b.call.accept(pair.now);
  pair.run(0);
  expect(pair.b.call.state).toBe("ringing");
  // The PRACK's transaction would send it again.
  const prack = pair.messages.findLast((each): each is SipRequest => each.kind === "request" && each.method === "PRACK");
  pair.b.origins.set(prack!, { party: pair.a, id: 99 });
  pair.act(() => pair.b.call.handleRequest(pair.now, prack!), 0);
  expect(pair.ladder.slice(-3)).toEqual(["< 200 PRACK", "< 200 INVITE", "> ACK"]);
});

test("RFC 3262 §3: a reliable response without a description does not hold the 2xx back, and its PRACK still gets 200", () => {
  const pair = new SessionPair({ delayMs: 20 });
  pair.invite({ offer: "offer" }).run(50);
  pair.act(() => {
    pair.b.call.progress(pair.now, 180, { reliable: true });
    pair.b.call.accept(pair.now, { description: "answer" });
  });
  expect(pair.ladder).toEqual(["> INVITE sdp", "< 180 INVITE", "< 200 INVITE sdp", "> PRACK", "> ACK", "< 200 PRACK"]);
});

test("RFC 3262 §4: reliable responses that come again or out of order are dropped", () => {
  const pair = new SessionPair({ delayMs: 0 });
  pair.invite({ offer: "offer" }).run(0);
  pair.act(() => pair.b.call.progress(pair.now, 183, { description: "answer" }), 0);
  const first = pair.messages.find((each): each is SipResponse => each.kind === "response" && each.statusCode === 183)!;
  const tooEarly = first.copy();
  tooEarly.headers.set("RSeq", first.headers.get("RSeq")! + 2);
  const before = pair.a.events.length;
  pair.act(() => pair.a.call.handleResponse(pair.now, 1, first), 0);
  pair.act(() => pair.a.call.handleResponse(pair.now, 1, tooEarly), 0);
  expect(pair.a.events.length).toBe(before);
  expect(pair.ladder.filter((line) => line === "> PRACK").length).toBe(1);
});

test("RFC 3261 §13.3.1.1: a call that rings says so every minute", () => {
  const pair = new SessionPair({ delayMs: 0 });
  pair.invite({ offer: "offer" }).run(0);
  pair.act(() => pair.b.call.progress(pair.now, 180), 150_000);
  expect(pair.timeline().filter((line) => line.includes("180"))).toEqual(["0 < 180 INVITE", "60000 < 180 INVITE", "120000 < 180 INVITE"]);
});

test("RFC 3261 §13.2.1, §13.3.1: Expires cancels at the caller, and refuses at the callee", () => {
  const pair = new SessionPair({ delayMs: 0 });
  pair.invite({ offer: "offer", headers: { Expires: 20 } }).run(0);
  pair.act(() => pair.b.call.progress(pair.now, 180), 30_000);
  expect(pair.timeline().slice(2)).toEqual(["20000 > CANCEL", "20000 < 487 INVITE"]);
  const silent = new SessionPair({ delayMs: 0, lose: (line) => line === "> CANCEL" });
  silent.invite({ offer: "offer", headers: { Expires: 20 } }).run(30_000);
  expect(silent.timeline()).toContain("20000 < 487 INVITE");
  expect(silent.b.last("ended").cause).toBe("cancelled");
});

test("RFC 3261 §9.1: no final response 64*T1 after CANCEL: cancelled all the same, and a late 200 is ended by BYE", () => {
  const pair = new SessionPair({ delayMs: 0, lose: (line) => line === "> CANCEL" });
  pair.invite({ offer: "offer" }).run(0);
  pair.act(() => pair.b.call.progress(pair.now, 180), 0);
  const early = pair.a.call.dialog;
  pair.act(() => pair.a.call.end(pair.now), 32_000);
  expect(pair.a.last("ended").cause).toBe("cancelled");
  pair.act(() => pair.b.call.accept(pair.now, { description: "answer" }), 0);
  expect(pair.ladder.slice(-4)).toEqual(["< 200 INVITE sdp", "> ACK", "> BYE", "< 200 BYE"]);
  expect(early?.state).toBe("terminated");
});

test("RFC 4028 §7.1, §9, §10: refreshed at half the interval by the side that was agreed on, by UPDATE", () => {
  const pair = new SessionPair({ delayMs: 0, a: { sessionTimer: { expires: 1000 } } });
  pair.establish();
  expect(pair.messages.find((each) => each.kind === "response" && each.statusCode === 200)?.headers.text("Session-Expires")).toBe(
    "1000;refresher=uac",
  );
  const since = pair.now - 200;
  pair.run(1_700_000);
  expect(pair.timeline(since)).toEqual([
    "500000 > UPDATE",
    "500000 < 200 UPDATE",
    "1000000 > UPDATE",
    "1000000 < 200 UPDATE",
    "1500000 > UPDATE",
    "1500000 < 200 UPDATE",
  ]);
  expect(pair.a.call.state).toBe("confirmed");
});

test("RFC 4028 §7.4: the roles stay when the callee refreshes; by re-INVITE to a peer that does not allow UPDATE", () => {
  const allow = ["INVITE", "ACK", "CANCEL", "BYE"];
  const pair = new SessionPair({ delayMs: 0, a: { sessionTimer: { expires: 1000, refresher: "remote" }, allow } });
  pair.a.onEvent = (event) => event.type === "offer" && pair.a.call.answer(pair.now, "answer");
  pair.establish();
  const since = pair.now - 200;
  pair.run(1_100_000);
  expect(pair.timeline(since)).toEqual([
    "500000 < INVITE sdp",
    "500000 > 200 INVITE sdp",
    "500000 < ACK",
    "1000000 < INVITE sdp",
    "1000000 > 200 INVITE sdp",
    "1000000 < ACK",
  ]);
  const expires = pair.messages.slice(-3).map((each) => each.headers.text("Session-Expires"));
  expect(expires).toEqual(["1000;refresher=uac", "1000;refresher=uac", undefined]);
});

test("RFC 4028 §10: without a refresh, BYE before the end: by 32 s or a third of the interval", () => {
  const pair = new SessionPair({ delayMs: 0, a: { sessionTimer: { expires: 1000 } }, lose: (line) => line === "> UPDATE" });
  pair.establish();
  const since = pair.now - 200;
  pair.run(1_000_000);
  expect(pair.timeline(since).toSorted()).toEqual(
    ["500000 > UPDATE", "968000 < BYE", "968000 > BYE", "968000 > 200 BYE", "968000 < 200 BYE"].toSorted(),
  );
});

test("RFC 4028 §7.3, §9: an interval below the callee's minimum gets 422, and the INVITE comes again with it", () => {
  const pair = new SessionPair({ delayMs: 0, a: { sessionTimer: { expires: 100 } }, b: { sessionTimer: { minExpires: 600 } } });
  pair.invite({ offer: "offer" }).run(100);
  pair.act(() => pair.b.call.accept(pair.now, { description: "answer" }));
  expect(pair.ladder).toEqual(["> INVITE sdp", "< 422 INVITE", "> INVITE sdp", "< 200 INVITE sdp", "> ACK"]);
  expect(pair.messages[1]!.headers.text("Min-SE")).toBe("600");
  expect(pair.messages[2]!.headers.text("Min-SE")).toBe("600");
  expect(pair.messages[2]!.headers.text("Session-Expires")).toBe("600");
  expect(pair.messages[2]!.cseq?.number).toBe(2);
  expect(pair.messages[2]!.callId).toBe(pair.messages[0]!.callId);
});

test("RFC 4028 §7.2: a peer without timers: no expiry, nothing is refreshed", () => {
  const pair = new SessionPair({ b: { sessionTimer: false } });
  pair.establish().run(4_000_000);
  expect(pair.ladder).toEqual([]);
});

test("RFC 3515 §2.4.7: NOTIFYs that never come end the subscription after Timer N", () => {
  const pair = new SessionPair({ delayMs: 0, lose: (line) => line === "< NOTIFY" });
  pair.establish();
  pair.b.onEvent = (event) => event.type === "refer" && event.refer.accept(pair.now);
  const refer = pair.a.call.refer(pair.now, "sip:carol@example.com");
  pair.run(31_999);
  expect(refer.state).toBe("accepted");
  pair.run(1);
  expect(refer.state).toBe("finished");
  expect(pair.a.last("refer-progress")).toMatchObject({ statusCode: 408, final: true });
});
