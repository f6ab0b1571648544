/** Call flows as the standards draw them: one test for each figure, message by message. */
import { nameAddress, SipRequest, type SipResponse } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { SessionPair } from "./session-pair.ts";

test("RFC 3665 §3.1: a call that is answered and ended by the callee", () => {
  const pair = new SessionPair();
  pair.invite({ offer: "offer" }).run(50);
  pair.act(() => pair.b.call.progress(pair.now, 180));
  expect(pair.a.call.state).toBe("early");
  pair.act(() => pair.b.call.accept(pair.now, { description: "answer" }));
  expect([pair.a.call.state, pair.b.call.state]).toEqual(["confirmed", "confirmed"]);
  pair.act(() => pair.b.call.end(pair.now));
  expect(pair.ladder).toEqual(["> INVITE sdp", "< 180 INVITE", "< 200 INVITE sdp", "> ACK", "< BYE", "> 200 BYE"]);
  expect(pair.a.told).toEqual(["progress", "accepted", "answer", "confirmed", "ended"]);
  expect(pair.b.told).toEqual(["offer", "accepted", "confirmed", "ended"]);
  expect(pair.a.last("ended").cause).toBe("remote-bye");
  expect(pair.b.last("ended").cause).toBe("local-bye");
  pair.run(40_000);
  expect([pair.a.call.finished, pair.b.call.finished]).toEqual([true, true]);
});

test("RFC 3261 §15.1.2: a callee whose caller hangs up is done at once; who has called, or has hung up, waits for what comes again", () => {
  const pair = new SessionPair();
  pair.invite({ offer: "offer" }).run(50);
  pair.act(() => pair.b.call.accept(pair.now, { description: "answer" }));
  pair.act(() => pair.a.call.end(pair.now));
  pair.run(50);
  expect([pair.a.call.finished, pair.b.call.finished]).toEqual([false, true]);
  pair.run(40_000);
  expect(pair.a.call.finished).toBe(true);
});

test("RFC 3665 §3.8, §3.9: no answer, and busy", () => {
  const pair = new SessionPair();
  pair.invite({ offer: "offer" }).run(50);
  pair.act(() => pair.b.call.progress(pair.now, 180));
  pair.act(() => pair.a.call.end(pair.now, { reason: 'SIP;cause=200;text="Call completed elsewhere"' }));
  expect(pair.ladder).toEqual(["> INVITE sdp", "< 180 INVITE", "> CANCEL", "< 487 INVITE"]);
  expect(pair.a.last("ended")).toMatchObject({ cause: "cancelled", statusCode: 487 });
  expect(pair.b.last("ended").cause).toBe("cancelled");
  expect(pair.b.last("ended").reasons[0]?.parameters.get("text")).toBe("Call completed elsewhere");
  const busy = new SessionPair();
  busy.invite({ offer: "offer" }).run(50);
  busy.act(() => busy.b.call.reject(busy.now, 486));
  expect(busy.a.last("ended")).toMatchObject({ cause: "rejected", statusCode: 486 });
});

test("RFC 3261 §13.2.1: an INVITE without an offer is answered with one, and the ACK brings the answer", () => {
  const pair = new SessionPair();
  pair.a.onEvent = (event) => event.type === "offer" && pair.a.call.answer(pair.now, "answer");
  pair.invite().run(50);
  pair.act(() => pair.b.call.accept(pair.now, { description: "offer" }));
  expect(pair.ladder).toEqual(["> INVITE", "< 200 INVITE sdp", "> ACK sdp"]);
  expect(pair.b.last("answer").in).toBe("ACK");
  expect(pair.b.call.state).toBe("confirmed");
});

test("RFC 3262 §5: early media, the answer in a reliable 183", () => {
  const pair = new SessionPair();
  pair.invite({ offer: "offer" }).run(50);
  pair.act(() => pair.b.call.progress(pair.now, 183, { description: "answer" }));
  pair.act(() => pair.b.call.accept(pair.now, { description: "answer" }));
  expect(pair.ladder).toEqual(["> INVITE sdp", "< 183 INVITE sdp", "> PRACK", "< 200 PRACK", "< 200 INVITE", "> ACK"]);
  expect(pair.a.told).toEqual(["progress", "answer", "accepted", "confirmed"]);
  expect(pair.a.last("answer")).toMatchObject({ in: "1xx-rel", preview: false });
  expect(pair.b.told).toEqual(["offer", "acknowledged", "accepted", "confirmed"]);
});

test("RFC 3262 §5: offer in a reliable 183, answer in PRACK; a further offer in the PRACK, or in UPDATE (RFC 3311 §5)", () => {
  const pair = new SessionPair();
  const answer = (who: "a" | "b") => () => pair[who].call.answer(pair.now, `answer of ${who}`);
  pair.a.onEvent = (event) => event.type === "offer" && answer("a")();
  pair.b.onEvent = (event) => event.type === "offer" && event.in === "UPDATE" && answer("b")();
  pair.invite().run(50);
  pair.act(() => pair.b.call.progress(pair.now, 183, { description: "offer" }));
  pair.act(() => pair.a.call.update(pair.now, { offer: "second offer" }));
  pair.act(() => pair.b.call.accept(pair.now));
  expect(pair.ladder).toEqual([
    "> INVITE",
    "< 183 INVITE sdp",
    "> PRACK sdp",
    "< 200 PRACK",
    "> UPDATE sdp",
    "< 200 UPDATE sdp",
    "< 200 INVITE",
    "> ACK",
  ]);
});

test("RFC 3312 §13: preconditions: PRACK with an offer, then UPDATE, before it rings", () => {
  const pair = new SessionPair({ a: { prack: "manual" } });
  pair.b.onEvent = (event) => {
    if (event.type === "offer" && event.in !== "INVITE") pair.b.call.answer(pair.now, `answer in ${event.in}`);
  };
  pair.a.onEvent = (event) => {
    if (event.type !== "progress" || !event.reliable) return;
    pair.a.call.acknowledge(pair.now, event.response, event.response.statusCode === 183 ? "second offer" : undefined);
  };
  pair.invite({ offer: "offer" }).run(50);
  pair.act(() => pair.b.call.progress(pair.now, 183, { description: "answer" }));
  pair.act(() => pair.a.call.update(pair.now, { offer: "third offer" }));
  pair.act(() => pair.b.call.progress(pair.now, 180, { reliable: true }));
  pair.act(() => pair.b.call.accept(pair.now));
  expect(pair.ladder).toEqual([
    "> INVITE sdp",
    "< 183 INVITE sdp",
    "> PRACK sdp",
    "< 200 PRACK sdp",
    "> UPDATE sdp",
    "< 200 UPDATE sdp",
    "< 180 INVITE",
    "> PRACK",
    "< 200 PRACK",
    "< 200 INVITE",
    "> ACK",
  ]);
  expect(pair.a.call.state).toBe("confirmed");
});

test("RFC 5359 §2.1: hold and back, by re-INVITE", () => {
  const pair = new SessionPair();
  pair.establish();
  pair.b.onEvent = (event) => event.type === "offer" && pair.b.call.answer(pair.now, "answer");
  pair.act(() => pair.a.call.reinvite(pair.now, { offer: "a=sendonly" }));
  pair.act(() => pair.a.call.reinvite(pair.now, { offer: "a=sendrecv" }));
  expect(pair.ladder).toEqual(["> INVITE sdp", "< 200 INVITE sdp", "> ACK", "> INVITE sdp", "< 200 INVITE sdp", "> ACK"]);
  expect(pair.a.told.slice(-4)).toEqual(["answer", "modified", "answer", "modified"]);
  expect(pair.b.told.slice(-4)).toEqual(["offer", "modified", "offer", "modified"]);
});

test("RFC 5359 §2.4: blind transfer: REFER, NOTIFY, and the BYE that need not wait for them", () => {
  const pair = new SessionPair();
  pair.establish();
  pair.b.onEvent = (event) => event.type === "refer" && event.refer.accept(pair.now);
  pair.act(() => pair.a.call.refer(pair.now, "sip:carol@example.com"));
  pair.act(() => pair.a.call.end(pair.now));
  const { refer } = pair.b.last("refer");
  expect(refer.referTo.uri).toMatchObject({ user: "carol", host: "example.com" });
  pair.act(() => refer.notify(pair.now, 180));
  pair.act(() => refer.notify(pair.now, 200));
  expect(pair.ladder).toEqual([
    "> REFER",
    "< 202 REFER",
    "< NOTIFY",
    "> 200 NOTIFY",
    "> BYE",
    "< 200 BYE",
    "< NOTIFY",
    "> 200 NOTIFY",
    "< NOTIFY",
    "> 200 NOTIFY",
  ]);
  const progress = pair.a.events.flatMap((event) => (event.type === "refer-progress" ? [[event.statusCode, event.final]] : []));
  expect(progress).toEqual([
    [202, false],
    [100, false],
    [180, false],
    [200, true],
  ]);
  const notify = pair.messages.findLast((each): each is SipRequest => each instanceof SipRequest && each.method === "NOTIFY");
  expect(notify?.headers.text("Subscription-State")).toBe("terminated;reason=noresource");
  expect(notify?.headers.text("Event")).toBe("refer;id=2");
  pair.run(40_000);
  expect([pair.a.call.finished, pair.b.call.finished]).toEqual([true, true]);
});

test("RFC 5359 §2.7: call forwarding: 302 is followed, best contact first, and a failed one gives way to the next", () => {
  const pair = new SessionPair();
  pair.invite({ offer: "offer", maxRedirects: 5 }).run(50);
  const contacts = [nameAddress("sip:second@example.com", { q: "0.4" }), nameAddress("sip:first@example.com", { q: "0.9" })];
  pair.act(() => pair.b.call.redirect(pair.now, contacts));
  pair.act(() => pair.b.call.reject(pair.now, 404));
  pair.act(() => pair.b.call.accept(pair.now, { description: "answer" }));
  const targets = pair.messages.flatMap((each) => (each instanceof SipRequest && each.method === "INVITE" ? [each.uriText] : []));
  expect(targets).toEqual(["sip:bob@example.com", "sip:first@example.com", "sip:second@example.com"]);
  const invites = pair.messages.filter((each) => each instanceof SipRequest && each.method === "INVITE");
  expect(new Set(invites.map((each) => each.callId)).size).toBe(1);
  expect(invites.map((each) => each.cseq?.number)).toEqual([1, 2, 3]);
  expect(pair.a.call.state).toBe("confirmed");
});

test("RFC 3261 §8.1.3.4, §21.6: a 6xx speaks for all targets: the others are not tried", () => {
  const pair = new SessionPair();
  pair.invite({ offer: "offer", maxRedirects: 5 }).run(50);
  pair.act(() => pair.b.call.redirect(pair.now, [nameAddress("sip:first@example.com"), nameAddress("sip:second@example.com")]));
  pair.act(() => pair.b.call.reject(pair.now, 603));
  expect(pair.ladder.filter((line) => line === "> INVITE sdp").length).toBe(2);
  expect(pair.a.last("ended")).toMatchObject({ cause: "rejected", statusCode: 603 });
});

test("RFC 6228 §4: 199 ends one early dialog", () => {
  const pair = new SessionPair({ forks: 1 });
  pair.invite({ offer: "offer" }).run(50);
  const [first, second] = pair.callees;
  pair.act(() => first!.call.progress(pair.now, 180));
  pair.act(() => second!.call.progress(pair.now, 180));
  pair.act(() => first!.call.progress(pair.now, 199));
  expect(pair.a.told).toEqual(["progress", "progress", "progress", "fork-ended"]);
  expect(pair.a.call.dialogs.length).toBe(1);
});

test("RFC 3261 §8.1.3.4: redirections are not followed unless asked for", () => {
  const pair = new SessionPair();
  pair.invite({ offer: "offer" }).run(50);
  pair.act(() => pair.b.call.redirect(pair.now, [nameAddress("sip:first@example.com")]));
  expect(pair.a.last("ended")).toMatchObject({ cause: "rejected", statusCode: 302 });
  expect((pair.a.last("ended").message as SipResponse).headers.text("Contact")).toBe("<sip:first@example.com>");
});

test("RFC 3261 §13.2.2.4: of two forks that answer, the second gets ACK and BYE; a third early dialog ends 64*T1 later", () => {
  const pair = new SessionPair({ forks: 2 });
  pair.invite({ offer: "offer" }).run(50);
  const [first, second, third] = pair.callees;
  pair.act(() => third!.call.progress(pair.now, 180));
  pair.act(() => first!.call.accept(pair.now, { description: "answer" }));
  pair.act(() => second!.call.accept(pair.now, { description: "answer" }));
  expect(pair.ladder).toEqual([
    "> INVITE sdp",
    "< 180 INVITE",
    "< 200 INVITE sdp",
    "> ACK",
    "< 200 INVITE sdp",
    "> ACK",
    "> BYE",
    "< 200 BYE",
  ]);
  expect(second!.last("ended").cause).toBe("remote-bye");
  expect(pair.a.call.dialogs.length).toBe(2);
  pair.run(33_000);
  expect(pair.a.told.filter((type) => type === "fork-ended").length).toBe(2);
  expect(pair.a.call.dialogs.length).toBe(1);
  expect(pair.a.call.state).toBe("confirmed");
});

test("RFC 3261 §9.1, §15: a 200 that crosses the CANCEL is acknowledged and ended by BYE", () => {
  const pair = new SessionPair();
  pair.invite({ offer: "offer" }).run(50);
  pair.act(() => pair.b.call.progress(pair.now, 180), 100);
  pair.b.call.accept(pair.now, { description: "answer" });
  pair.act(() => pair.a.call.end(pair.now));
  expect(pair.ladder.slice(2)).toEqual(["> CANCEL", "< 200 INVITE sdp", "> ACK", "> BYE", "< 200 BYE"]);
  expect(pair.a.last("ended").cause).toBe("cancelled");
  expect(pair.b.last("ended").cause).toBe("remote-bye");
});

test("RFC 3261 §9.2: CANCEL after the 200 changes nothing at the callee", () => {
  const pair = new SessionPair();
  pair.invite({ offer: "offer" }).run(50);
  pair.act(() => pair.b.call.accept(pair.now, { description: "answer" }), 5);
  pair.act(() => pair.a.call.end(pair.now), 12);
  expect(pair.b.call.state).toBe("accepted");
});

test("RFC 5407 §3.1.2: BYE crosses BYE: both are answered 200", () => {
  const pair = new SessionPair();
  pair.establish();
  pair.act(() => {
    pair.a.call.end(pair.now);
    pair.b.call.end(pair.now);
  });
  expect(pair.ladder).toEqual(["> BYE", "< BYE", "< 200 BYE", "> 200 BYE"]);
});

test("RFC 5407 §3.1.4: what comes after the BYE finds no session: 481", () => {
  const pair = new SessionPair();
  pair.establish();
  pair.act(() => {
    pair.a.call.end(pair.now);
    pair.b.call.request(pair.now, "MESSAGE", { body: "late" });
  });
  expect(pair.ladder).toContain("> 481 MESSAGE");
});

test("RFC 3261 §15: the callee's BYE waits for the ACK", () => {
  const pair = new SessionPair();
  pair.invite({ offer: "offer" }).run(50);
  pair.b.call.accept(pair.now, { description: "answer" });
  pair.act(() => pair.b.call.end(pair.now));
  expect(pair.ladder).toEqual(["> INVITE sdp", "< 200 INVITE sdp", "> ACK", "< BYE", "> 200 BYE"]);
});

test("RFC 3891 §3: a call is picked up: the INVITE with Replaces takes the place of the other", () => {
  const pair = new SessionPair();
  pair.establish();
  pair.act(() => pair.b.call.replaced(pair.now));
  expect(pair.ladder).toEqual(["< BYE", "> 200 BYE"]);
  expect(pair.b.last("ended").cause).toBe("replaced");
});

test("RFC 6086 §4: INFO of a package that is taken, one that is not, and one of the older kind", () => {
  const pair = new SessionPair({ b: { infoPackages: ["dtmf"] } });
  pair.establish();
  pair.act(() => pair.a.call.info(pair.now, "dtmf", { headers: { "Content-Type": "application/dtmf" }, body: "5" }));
  expect(pair.b.last("info").package?.value).toBe("dtmf");
  expect(() => pair.a.call.info(pair.now, "other")).toThrow("the peer takes no INFO of other");
  pair.act(() => pair.a.call.request(pair.now, "INFO", { headers: { "Info-Package": "other" } }));
  pair.act(() => pair.a.call.request(pair.now, "INFO", { body: "Signal=5", headers: { "Content-Type": "application/dtmf-relay" } }));
  expect(pair.ladder).toEqual(["> INFO", "< 200 INFO", "> INFO", "< 469 INFO", "> INFO", "< 200 INFO"]);
  expect(pair.b.last("info").package).toBeUndefined();
});

test("RFC 3428 §7, RFC 3261 §11: MESSAGE and OPTIONS within the dialog", () => {
  const pair = new SessionPair();
  pair.establish();
  pair.b.onEvent = (event) => event.type === "request" && pair.b.call.respond(pair.now, event.request, 200);
  pair.act(() => pair.a.call.request(pair.now, "MESSAGE", { headers: { "Content-Type": "text/plain" }, body: "hello" }));
  pair.act(() => pair.a.call.request(pair.now, "OPTIONS"));
  pair.act(() => pair.a.call.request(pair.now, "PUBLISH"));
  expect(pair.ladder).toEqual(["> MESSAGE", "< 200 MESSAGE", "> OPTIONS", "< 200 OPTIONS", "> PUBLISH", "< 405 PUBLISH"]);
  expect(pair.a.last("response").response.headers.all("Allow")).toContain("UPDATE");
});
