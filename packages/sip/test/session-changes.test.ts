/** Changes of an established session, and what goes wrong with them. */
import { createRequest, createResponse, createVia, type SipMessage, type SipRequest, type SipResponse } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { type Party, SessionPair } from "./session-pair.ts";

/** Answers whatever is offered. */
function answering(pair: SessionPair, ...parties: Party[]): SessionPair {
  for (const party of parties) {
    party.onEvent = (event) => {
      const early = party.session?.state === "ringing";
      if ((event.type === "offer" || event.type === "offer-wanted") && !early) party.call.answer(pair.now, `answer of ${party.name}`);
    };
  }
  return pair;
}

/** A request of the caller's as it reaches the callee, with other headers or another method. */
function fromCaller(pair: SessionPair, method: string, headers: Record<string, unknown> = {}, body?: string): SipRequest {
  const dialog = pair.a.call.dialog!;
  const request = dialog.createRequest(method, { headers: Object.entries(headers), body });
  request.headers.prepend(
    "Via",
    createVia({ transport: "UDP", host: "alice.example.com", branch: `z9hG4bKx${pair.messages.length}${method}` }),
  );
  pair.b.origins.set(request, { party: pair.a, id: 999 });
  return request;
}

/** Takes the body out of messages with that ladder line. */
function withoutBody(line: string): (message: SipMessage, each: string) => void {
  return (message, each) => {
    if (each === line) message.body = new Uint8Array(0);
  };
}

const SDP = { "Content-Type": "application/sdp" };

test("RFC 3261 §14.1: re-INVITEs that meet get 491 both, and come again: the caller after 2.1 to 4 s, the callee within 2 s", () => {
  const pair = new SessionPair();
  answering(pair, pair.a, pair.b);
  pair.establish();
  const since = pair.now;
  pair.act(() => {
    pair.a.call.reinvite(pair.now, { offer: "offer of a" });
    pair.b.call.reinvite(pair.now, { offer: "offer of b" });
  }, 5000);
  expect(pair.ladder.slice(0, 4)).toEqual(["> INVITE sdp", "< INVITE sdp", "< 491 INVITE", "> 491 INVITE"]);
  const retry = (line: string): number => pair.times[pair.ladder.lastIndexOf(line)]! - since;
  expect(retry("< INVITE sdp")).toBeLessThanOrEqual(2020);
  expect(retry("< INVITE sdp") % 10).toBe(0);
  // The caller's offer was made before the callee changed the session: it is not sent again.
  expect(pair.a.last("modification-failed").statusCode).toBe(491);
  expect(pair.b.told.at(-1)).toBe("modified");
});

test("RFC 3261 §14.1: the caller comes again after 2.1 to 4 s when nothing has changed meanwhile", () => {
  for (let seed = 0; seed < 20; seed++) {
    const pair = new SessionPair({ lose: (line, before) => line === "< INVITE sdp" && before >= 1 });
    answering(pair, pair.a, pair.b);
    pair.establish();
    pair.run(seed);
    const since = pair.now;
    pair.act(() => {
      pair.a.call.reinvite(pair.now, { offer: "offer of a" });
      pair.b.call.reinvite(pair.now, { offer: "offer of b" });
    }, 4100);
    const at = pair.times[pair.ladder.lastIndexOf("> INVITE sdp")]! - since - 20;
    expect(at).toBeGreaterThanOrEqual(2100);
    expect(at).toBeLessThanOrEqual(4000);
  }
});

test("RFC 3261 §14.1: a refused re-INVITE leaves the session as it was", () => {
  const pair = new SessionPair();
  pair.establish();
  const target = pair.b.call.dialog!.remoteTarget;
  pair.b.onEvent = (event) => event.type === "offer" && pair.b.call.refuse(pair.now);
  pair.act(() => pair.a.call.reinvite(pair.now, { offer: "offer", headers: { Contact: "<sip:elsewhere@example.com>" } }));
  expect(pair.ladder).toEqual(["> INVITE sdp", "< 488 INVITE"]);
  expect(pair.a.last("modification-failed").statusCode).toBe(488);
  expect(pair.b.call.dialog!.remoteTarget).toEqual(target);
  expect([pair.a.call.state, pair.b.call.state]).toEqual(["confirmed", "confirmed"]);
  answering(pair, pair.b);
  pair.act(() => pair.a.call.reinvite(pair.now, { offer: "offer" }));
  expect(pair.a.told.at(-1)).toBe("modified");
});

test("RFC 3261 §12.2.1.2: 481 to a request in the dialog, and no answer at all, end the session with BYE", () => {
  for (const failure of ["481", "timeout"] as const) {
    const pair = new SessionPair();
    pair.establish();
    const id = pair.a.call.reinvite(pair.now, { offer: "offer" });
    pair.drain();
    if (failure === "timeout") pair.a.call.handleRequestFailure(pair.now, id, "timeout");
    else pair.a.call.handleResponse(pair.now, id, responseTo(pair, 481));
    pair.drain();
    expect(pair.ladder).toContain("> BYE");
    expect(pair.a.last("ended")).toMatchObject({ cause: "dialog-lost", statusCode: failure === "timeout" ? 408 : 481 });
  }
});

test("RFC 5057 §5.1: a PRACK that matches nothing at the callee, and a failed transaction that was answered already, end nothing", () => {
  const pair = new SessionPair({ lose: (line) => line === "< 200 PRACK" });
  pair.invite({ offer: "offer" }).run(50);
  pair.act(() => pair.b.call.progress(pair.now, 180, { reliable: true }));
  pair.act(() => pair.b.call.accept(pair.now, { description: "answer" }));
  const [id, prack] = [...pair.a.sent].find(([, each]) => each.method === "PRACK")!;
  pair.act(() => pair.a.call.handleResponse(pair.now, id, createResponse(prack, 481)));
  expect(pair.a.call.state).toBe("confirmed");
  answering(pair, pair.b);
  const change = pair.a.call.reinvite(pair.now, { offer: "offer" });
  pair.run();
  pair.act(() => pair.a.call.handleRequestFailure(pair.now, change, "timeout"));
  expect(pair.a.call.state).toBe("confirmed");
});

test("RFC 4028 §7.3, §9: 422 within the dialog: owed for a small interval, and obeyed", () => {
  const pair = new SessionPair();
  pair.establish();
  pair.act(() => pair.b.call.handleRequest(pair.now, fromCaller(pair, "UPDATE", { Supported: "timer", "Session-Expires": 60 })));
  expect(pair.messages.at(-1)?.headers.text("Min-SE")).toBe("90");
  const id = pair.a.call.update(pair.now);
  pair.drain();
  const refused = createResponse(pair.a.sent.get(id)!, 422, { headers: { "Min-SE": 3000 } });
  pair.act(() => pair.a.call.handleResponse(pair.now, id, refused));
  expect(pair.ladder.slice(0, 3)).toEqual(["< 422 UPDATE", "> UPDATE", "> UPDATE"]);
  const again = pair.messages.findLast((each) => each.kind === "request");
  expect(again?.headers.text("Min-SE")).toBe("3000");
  expect(again?.headers.text("Session-Expires")).toBe("3000;refresher=uac");
});

test("RFC 5057 §5.1: other failures end nothing", () => {
  const pair = new SessionPair();
  pair.establish();
  for (const status of [400, 403, 486, 488, 500, 503, 606]) {
    const id = pair.a.call.request(pair.now, "OPTIONS");
    pair.drain();
    pair.a.call.handleResponse(pair.now, id, responseTo(pair, status));
  }
  expect(pair.a.call.state).toBe("confirmed");
});

test("RFC 3261 §14.2: a re-INVITE while one is pending gets 500 with Retry-After from 0 to 10, and comes again then", () => {
  const pair = new SessionPair();
  pair.establish();
  pair.act(() => pair.b.call.handleRequest(pair.now, fromCaller(pair, "INVITE", { Contact: "<sip:a@example.com>", ...SDP }, "offer")));
  pair.act(() => pair.b.call.handleRequest(pair.now, fromCaller(pair, "INVITE", { Contact: "<sip:a@example.com>", ...SDP }, "offer")));
  const refusal = pair.messages.findLast((each): each is SipResponse => each.kind === "response" && each.statusCode === 500);
  expect(refusal?.headers.get("Retry-After")?.seconds).toBeGreaterThanOrEqual(0);
  expect(refusal?.headers.get("Retry-After")?.seconds).toBeLessThanOrEqual(10);
});

test("RFC 3311 §5.2: an UPDATE whose offer meets ours gets 491; one before the last was answered 500 with Retry-After", () => {
  const pair = new SessionPair();
  pair.establish();
  pair.act(() => {
    pair.a.call.update(pair.now, { offer: "offer of a" });
    pair.b.call.update(pair.now, { offer: "offer of b" });
  }, 100);
  expect(pair.ladder).toEqual(["> UPDATE sdp", "< UPDATE sdp", "< 491 UPDATE", "> 491 UPDATE"]);
  const other = new SessionPair();
  other.establish();
  other.act(() => other.b.call.handleRequest(other.now, fromCaller(other, "UPDATE", SDP, "offer")));
  other.act(() => other.b.call.handleRequest(other.now, fromCaller(other, "UPDATE", SDP, "offer")));
  const refusal = other.messages.findLast((each): each is SipResponse => each.kind === "response");
  expect(refusal?.statusCode).toBe(500);
  expect(refusal?.headers.has("Retry-After")).toBe(true);
});

test("RFC 5407 §3.1.4: a re-INVITE tells that the 200 has come, when the ACK is late or lost; not when the ACK owes an answer", () => {
  const pair = new SessionPair({ lose: (line) => line === "> ACK" });
  pair.invite({ offer: "offer" }).run(50);
  pair.act(() => pair.b.call.accept(pair.now, { description: "answer" }));
  answering(pair, pair.b);
  pair.act(() => pair.a.call.reinvite(pair.now, { offer: "offer" }));
  expect(pair.b.told.filter((type) => type === "confirmed").length).toBe(1);
  expect(pair.ladder.slice(3)).toEqual(["> INVITE sdp", "< 200 INVITE sdp", "> ACK"]);
  const owing = new SessionPair({ lose: (line) => line === "> ACK sdp" });
  answering(owing, owing.a);
  owing.invite().run(50);
  owing.act(() => owing.b.call.accept(owing.now, { description: "offer" }));
  owing.act(() => owing.a.call.reinvite(owing.now, { offer: "offer" }));
  expect(owing.ladder.slice(3)).toEqual(["> INVITE sdp", "< 500 INVITE"]);
});

test("RFC 3311 §5.1, §5.2: one UPDATE at a time, even without an offer", () => {
  const pair = new SessionPair();
  pair.establish();
  pair.a.call.update(pair.now);
  expect(() => pair.a.call.update(pair.now)).toThrow("an UPDATE of ours is pending");
  pair.run();
  pair.act(() => pair.b.call.handleRequest(pair.now, fromCaller(pair, "UPDATE", SDP, "offer")));
  pair.act(() => pair.b.call.handleRequest(pair.now, fromCaller(pair, "UPDATE")));
  expect(pair.ladder).toEqual(["> UPDATE", "< 200 UPDATE", "< 500 UPDATE"]);
});

test("RFC 3261 §14.2: a re-INVITE without an offer is answered with ours", () => {
  const pair = new SessionPair();
  answering(pair, pair.a, pair.b);
  pair.establish();
  pair.act(() => pair.a.call.reinvite(pair.now));
  expect(pair.ladder).toEqual(["> INVITE", "< 200 INVITE sdp", "> ACK sdp"]);
  expect(pair.b.told.slice(-3)).toEqual(["offer-wanted", "modified", "answer"]);
  expect(pair.a.told.slice(-2)).toEqual(["offer", "modified"]);
});

test("RFC 3261 §14.2: CANCEL of a re-INVITE: 487, and the session goes on", () => {
  const pair = new SessionPair();
  pair.establish();
  const invite = fromCaller(pair, "INVITE", { Contact: "<sip:a@example.com>", ...SDP }, "offer");
  pair.act(() => pair.b.call.handleRequest(pair.now, invite));
  const cancel = createRequest({ method: "CANCEL", uri: invite.uriText });
  for (const name of ["Via", "From", "To", "Call-ID"]) cancel.headers.copyFrom(invite.headers, name);
  cancel.headers.set("CSeq", { number: invite.cseq!.number, method: "CANCEL" });
  pair.b.origins.set(cancel, { party: pair.a, id: 999 });
  pair.act(() => pair.b.call.handleRequest(pair.now, cancel));
  expect(pair.ladder).toEqual(["< 487 INVITE"]);
  expect(pair.b.told.at(-1)).toBe("offer-withdrawn");
  expect(pair.b.call.state).toBe("confirmed");
  expect(() => pair.b.call.answer(pair.now, "too late")).toThrow("no offer waits");
});

test("RFC 3261 §12.2.1.2, §12.2.2: a successful re-INVITE moves the target of either side", () => {
  const pair = new SessionPair();
  answering(pair, pair.b);
  pair.establish();
  pair.act(() => pair.a.call.reinvite(pair.now, { offer: "offer", headers: { Contact: "<sip:alice@elsewhere.example.com>" } }));
  expect(pair.b.call.dialog!.remoteTarget).toMatchObject({ host: "elsewhere.example.com" });
});

test("RFC 3261 §22.2, §22.3: requests that are challenged come again with credentials and the next number; the ACK has them too", () => {
  const authorize = (request: SipRequest): SipRequest | undefined => {
    if (request.headers.has("Authorization")) return undefined;
    const authorized = request.copy();
    authorized.headers.append("Authorization", 'Digest username="alice"');
    return authorized;
  };
  const pair = new SessionPair({ a: { authorize } });
  pair.invite({ offer: "offer" }).run(50);
  pair.act(() => pair.b.call.reject(pair.now, 401));
  pair.act(() => pair.b.call.accept(pair.now, { description: "answer" }));
  expect(pair.ladder).toEqual(["> INVITE sdp", "< 401 INVITE", "> INVITE sdp", "< 200 INVITE sdp", "> ACK"]);
  expect(pair.messages.map((each) => each.cseq?.number)).toEqual([1, 1, 2, 2, 2]);
  expect(pair.messages.at(-1)!.headers.text("Authorization")).toBe('Digest username="alice"');
  const id = pair.a.call.request(pair.now, "MESSAGE", { body: "hello" });
  pair.drain();
  pair.a.call.handleResponse(pair.now, id, responseTo(pair, 407));
  pair.drain();
  expect(pair.messages.at(-1)!.headers.has("Authorization")).toBe(true);
  expect(pair.messages.at(-1)!.cseq?.number).toBe(4);
});

test("RFC 3261 §22.2: a server that challenges for ever is given up", () => {
  const authorize = (request: SipRequest): SipRequest => request.copy();
  const pair = new SessionPair({ a: { authorize } });
  pair.b.onEvent = (event) => event.type === "offer" && pair.b.call.reject(pair.now, 401);
  pair.invite({ offer: "offer" }).run(5000);
  expect(pair.ladder.filter((line) => line === "> INVITE sdp").length).toBe(6);
  expect(pair.a.last("ended")).toMatchObject({ cause: "rejected", statusCode: 401 });
});

test("RFC 3261 §13.2.1: a 2xx without the answer it owes gets ACK and BYE", () => {
  const pair = new SessionPair({ alter: withoutBody("< 200 INVITE sdp") });
  pair.invite({ offer: "offer" }).run(50);
  pair.act(() => pair.b.call.accept(pair.now, { description: "answer" }));
  expect(pair.ladder.slice(2)).toEqual(["> ACK", "> BYE", "< 200 BYE"]);
  expect(pair.a.last("ended").cause).toBe("missing-description");
});

test("RFC 3261 §13.2.1: an ACK without the answer it owes ends the session with BYE", () => {
  const pair = new SessionPair({ alter: withoutBody("> ACK sdp") });
  answering(pair, pair.a);
  pair.invite().run(50);
  pair.act(() => pair.b.call.accept(pair.now, { description: "offer" }));
  expect(pair.ladder.slice(3)).toEqual(["< BYE", "> 200 BYE"]);
  expect(pair.b.last("ended").cause).toBe("missing-description");
});

test("RFC 3261 §13.2.1: the answer is previewed in a 183, and not told again with the 200", () => {
  const pair = new SessionPair({ a: { reliableProvisional: "off" } });
  pair.invite({ offer: "offer" }).run(50);
  pair.act(() => pair.b.call.progress(pair.now, 183, { description: "answer" }));
  pair.act(() => pair.b.call.accept(pair.now, { description: "answer" }));
  expect(pair.ladder).toEqual(["> INVITE sdp", "< 183 INVITE sdp", "< 200 INVITE sdp", "> ACK"]);
  expect(pair.a.told).toEqual(["progress", "answer", "accepted", "confirmed"]);
  expect(pair.a.last("answer").preview).toBe(true);
});

test("RFC 3262 §3: 100rel that one side requires: 420 where it is off, 421 where the caller does not know it", () => {
  const refused = new SessionPair({ a: { reliableProvisional: "required" }, b: { reliableProvisional: "off" } });
  refused.invite({ offer: "offer" }).run(100);
  expect(refused.ladder).toEqual(["> INVITE sdp", "< 420 INVITE"]);
  const demanded = new SessionPair({ a: { reliableProvisional: "off" }, b: { reliableProvisional: "required" } });
  demanded.invite({ offer: "offer" }).run(100);
  expect(demanded.ladder).toEqual(["> INVITE sdp", "< 421 INVITE"]);
  expect(demanded.messages[1]!.headers.text("Require")).toBe("100rel");
  const agreed = new SessionPair({ a: { reliableProvisional: "required" } });
  agreed.invite({ offer: "offer" }).run(100);
  agreed.act(() => agreed.b.call.progress(agreed.now, 180));
  expect(agreed.ladder).toEqual(["> INVITE sdp", "< 180 INVITE", "> PRACK", "< 200 PRACK"]);
});

test("RFC 3261 §12.1.1: an INVITE without Contact gets 400", () => {
  const pair = new SessionPair({ alter: (message) => message.headers.remove("Contact") });
  pair.invite({ offer: "offer" }).run(100);
  expect(pair.ladder).toEqual(["> INVITE sdp", "< 400 INVITE"]);
});

test("RFC 3262 §3: a PRACK that acknowledges nothing gets 481, one without the answer it owes 400", () => {
  const pair = new SessionPair({ alter: withoutBody("> PRACK sdp") });
  answering(pair, pair.a);
  pair.invite().run(50);
  pair.act(() => pair.b.call.progress(pair.now, 183, { description: "offer" }), 100);
  expect(pair.ladder).toEqual(["> INVITE", "< 183 INVITE sdp", "> PRACK sdp", "< 400 PRACK"]);
  const other = new SessionPair();
  other.invite().run(50);
  other.act(() => other.b.call.handleRequest(other.now, stray(other)));
  expect(other.ladder).toEqual(["> INVITE", "< 481 PRACK"]);
});

test("RFC 6337 §2.3: only an offer in INVITE or UPDATE can be refused", () => {
  const pair = new SessionPair();
  pair.invite().run(50);
  pair.act(() => pair.b.call.accept(pair.now, { description: "offer" }));
  expect(() => pair.a.call.refuse(pair.now)).toThrow("RFC 6337");
  // Hanging up instead: the ACK goes first, without an answer.
  pair.act(() => pair.a.call.end(pair.now), 100);
  expect(pair.ladder.slice(2, 4)).toEqual(["> ACK", "> BYE"]);
});

test("RFC 3261 §12.2.2: lower CSeq numbers get 500, tags of other dialogs 481", () => {
  const pair = new SessionPair();
  pair.establish();
  const first = fromCaller(pair, "MESSAGE", {}, "1");
  const second = fromCaller(pair, "MESSAGE", {}, "2");
  pair.act(() => pair.b.call.handleRequest(pair.now, second));
  pair.act(() => pair.b.call.handleRequest(pair.now, first));
  expect(pair.ladder).toEqual(["< 500 MESSAGE"]);
  const other = fromCaller(pair, "BYE");
  other.headers.set("From", "<sip:alice@example.com>;tag=other");
  pair.b.origins.set(other, { party: pair.a, id: 999 });
  pair.act(() => pair.b.call.handleRequest(pair.now, other));
  expect(pair.ladder).toEqual(["< 500 MESSAGE", "< 481 BYE"]);
  expect(pair.b.call.state).toBe("confirmed");
});

test("RFC 4488 §4: a REFER without subscription: 200, and no NOTIFY", () => {
  const pair = new SessionPair();
  pair.establish();
  pair.b.onEvent = (event) => event.type === "refer" && event.refer.accept(pair.now);
  pair.act(() => pair.a.call.refer(pair.now, "sip:carol@example.com", { subscribe: false }));
  expect(pair.ladder).toEqual(["> REFER", "< 200 REFER"]);
  expect(pair.a.last("refer-progress")).toMatchObject({ statusCode: 200, final: true });
});

test("RFC 3515 §2.4.2, §2.4.6: REFER without Refer-To gets 400; a NOTIFY of no REFER 481; of another package 489", () => {
  const pair = new SessionPair();
  pair.establish();
  pair.act(() => pair.b.call.handleRequest(pair.now, fromCaller(pair, "REFER")));
  const state = { "Subscription-State": "active" };
  pair.act(() => pair.b.call.handleRequest(pair.now, fromCaller(pair, "NOTIFY", { Event: "refer;id=7", ...state })));
  pair.act(() => pair.b.call.handleRequest(pair.now, fromCaller(pair, "NOTIFY", { Event: "presence", ...state })));
  expect(pair.ladder).toEqual(["< 400 REFER", "< 481 NOTIFY", "< 489 NOTIFY"]);
});

test("RFC 3515 §2.4.6: with several REFERs the id says which; with one, an id that a server on the way has made wrong does not matter", () => {
  const pair = new SessionPair();
  pair.establish();
  pair.b.onEvent = (event) => event.type === "refer" && event.refer.accept(pair.now);
  const fromCallee = (id: string): void => {
    const request = pair.b.call.dialog!.createRequest("NOTIFY", {
      headers: { Event: `refer;id=${id}`, "Subscription-State": "active", "Content-Type": "message/sipfrag" },
      body: "SIP/2.0 183 Session Progress",
    });
    request.headers.prepend("Via", createVia({ transport: "UDP", host: "bob.example.com", branch: `z9hG4bK${id}` }));
    pair.a.origins.set(request, { party: pair.b, id: 997 });
    pair.act(() => pair.a.call.handleRequest(pair.now, request));
  };
  pair.act(() => pair.a.call.refer(pair.now, "sip:carol@example.com"));
  fromCallee("77");
  expect(pair.a.last("refer-progress").statusCode).toBe(183);
  pair.act(() => pair.a.call.refer(pair.now, "sip:dave@example.com"));
  pair.ladder.length = 0;
  fromCallee("78");
  fromCallee("3");
  expect(pair.ladder).toEqual(["> 481 NOTIFY", "> 200 NOTIFY"]);
  expect(pair.a.last("refer-progress").refer.request.headers.text("Refer-To")).toContain("dave");
});

test("RFC 3515 §2.4.4: SUBSCRIBE with Expires 0 ends the implicit subscription", () => {
  const pair = new SessionPair();
  pair.establish();
  pair.b.onEvent = (event) => event.type === "refer" && event.refer.accept(pair.now);
  pair.act(() => pair.a.call.refer(pair.now, "sip:carol@example.com"));
  pair.ladder.length = 0;
  pair.act(() => pair.a.call.request(pair.now, "SUBSCRIBE", { headers: { Event: "refer", Expires: 0 } }));
  expect(pair.ladder).toEqual(["> SUBSCRIBE", "< 200 SUBSCRIBE", "< NOTIFY", "> 200 NOTIFY"]);
  expect(pair.a.last("refer-progress").final).toBe(true);
});

test("RFC 3891 §4: Refer-To carries Replaces for an attended transfer", () => {
  const pair = new SessionPair();
  pair.establish();
  pair.act(() => pair.a.call.refer(pair.now, "sip:carol@example.com?Replaces=12345%40atlanta%3Bto-tag%3D34%3Bfrom-tag%3D12"));
  const { refer } = pair.b.last("refer");
  expect(refer.replaces?.callId).toBe("12345@atlanta");
  expect(refer.replaces?.parameters.get("to-tag")).toBe("34");
  pair.act(() => pair.a.call.end(pair.now));
  // Nobody answered the REFER: the end of the session does.
  expect(pair.ladder).toEqual(["> REFER", "> BYE", "< 200 BYE", "< 487 REFER"]);
});

/** A response of the callee's to the latest request of the caller's. */
function responseTo(pair: SessionPair, statusCode: number): SipResponse {
  const request = pair.messages.findLast((each): each is SipRequest => each.kind === "request")!;
  return createResponse(request, statusCode);
}

function stray(pair: SessionPair): SipRequest {
  const invite = pair.messages[0] as SipRequest;
  const prack = createRequest({ method: "PRACK", uri: invite.uriText });
  for (const name of ["From", "Call-ID"]) prack.headers.copyFrom(invite.headers, name);
  prack.headers.prepend("Via", createVia({ transport: "UDP", host: "alice.example.com", branch: "z9hG4bKstray" }));
  prack.headers.set("To", `<sip:bob@example.com>;tag=${pair.b.call.localTag}`);
  prack.headers.set("CSeq", "2 PRACK");
  prack.headers.set("RAck", "1 1 INVITE");
  pair.b.origins.set(prack, { party: pair.a, id: 998 });
  return prack;
}
