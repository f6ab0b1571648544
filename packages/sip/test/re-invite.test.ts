/** re-INVITEs that are cancelled, or move the target before they are over (RFC 6141). */
import { createResponse, type SipRequest, SipResponse } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { SessionPair } from "./session-pair.ts";

/** A call, and a re-INVITE of the caller's that the callee has not answered. */
function reinviting(init: { readonly headers?: Record<string, string> } = {}): SessionPair {
  const pair = new SessionPair();
  pair.establish();
  pair.act(() => pair.a.call.reinvite(pair.now, { offer: "new offer", ...init }));
  return pair;
}

const MOVED = { Contact: "<sip:alice@moved.example.com>" };

test("RFC 6141 §3.8: CANCEL of a re-INVITE of ours: 487, and the session goes on as it was", () => {
  const pair = reinviting();
  pair.act(() => expect(pair.a.call.cancelReinvite(pair.now)).toBe(true));
  expect(pair.ladder).toEqual(["> INVITE sdp", "> CANCEL", "< 487 INVITE"]);
  expect(pair.a.last("modification-failed").statusCode).toBe(487);
  expect([pair.a.call.state, pair.b.call.state, pair.b.told.at(-1)]).toEqual(["confirmed", "confirmed", "offer-withdrawn"]);
  expect(pair.a.call.cancelReinvite(pair.now)).toBe(false);
  pair.act(() => pair.a.call.reinvite(pair.now, { offer: "another" }));
  expect(pair.b.told.at(-1)).toBe("offer");
});

test("RFC 6141 §3.8: a 200 that crosses the CANCEL counts", () => {
  const pair = reinviting();
  pair.act(() => {
    pair.b.call.answer(pair.now, "new answer");
    pair.a.call.cancelReinvite(pair.now);
  });
  expect(pair.a.told.at(-1)).toBe("modified");
  expect(pair.ladder.at(-1)).toBe("> ACK");
});

test("RFC 3261 §9.1: a cancelled re-INVITE without final response is over after 64*T1; a 200 after that gets its ACK and changes nothing", () => {
  const pair = new SessionPair({ lose: (line) => line === "> CANCEL" });
  pair.establish();
  pair.act(() => pair.a.call.reinvite(pair.now, { offer: "new offer" }));
  const since = pair.now;
  pair.act(() => pair.a.call.cancelReinvite(pair.now), 31_000);
  expect(pair.a.told).not.toContain("modification-failed");
  pair.run(1100);
  expect(pair.a.last("modification-failed").statusCode).toBe(487);
  expect(pair.now - since).toBeGreaterThan(32_000);
  const told = pair.a.told.length;
  pair.act(() => pair.b.call.answer(pair.now, "late"));
  expect(pair.ladder.at(-1)).toBe("> ACK");
  expect([pair.a.told.length, pair.a.call.state]).toEqual([told, "confirmed"]);
});

test("RFC 6141 §3.8: a re-INVITE that waits after a glare is not tried again; one that was cancelled is not either", () => {
  const pair = reinviting();
  pair.act(() => pair.b.call.refuse(pair.now, 491));
  pair.act(() => pair.a.call.cancelReinvite(pair.now), 5000);
  expect(pair.ladder.filter((line) => line === "> INVITE sdp")).toHaveLength(1);
  expect(pair.a.last("modification-failed").statusCode).toBe(487);
  const other = reinviting();
  other.act(() => {
    other.b.call.refuse(other.now, 491);
    other.a.call.cancelReinvite(other.now);
  }, 5000);
  expect(other.ladder.filter((line) => line === "> INVITE sdp")).toHaveLength(1);
  expect(other.a.last("modification-failed").statusCode).toBe(491);
});

test("RFC 6141 §4.6, §4.7: a reliable 1xx moves the targets of both sides, and they stay when the re-INVITE is refused", () => {
  const pair = reinviting({ headers: MOVED });
  pair.b.call.dialog!.contact = { ...pair.b.call.dialog!.contact, uri: pair.a.call.dialog!.contact.uri };
  expect(pair.b.call.dialog!.remoteTarget).toMatchObject({ host: "alice.example.com" });
  pair.act(() => pair.b.call.progress(pair.now, 183, { reliable: true }));
  expect(pair.b.call.dialog!.remoteTarget).toMatchObject({ host: "moved.example.com" });
  expect(pair.a.call.dialog!.remoteTarget).toMatchObject({ host: "alice.example.com" });
  pair.act(() => pair.b.call.refuse(pair.now, 488));
  expect(pair.b.call.dialog!.remoteTarget).toMatchObject({ host: "moved.example.com" });
});

test("RFC 6141 §4.6: an unreliable 1xx moves nothing", () => {
  const pair = reinviting({ headers: MOVED });
  pair.act(() => pair.b.call.progress(pair.now, 180));
  pair.act(() => pair.b.call.refuse(pair.now, 488));
  expect(pair.b.call.dialog!.remoteTarget).toMatchObject({ host: "alice.example.com" });
});

test("RFC 6141 §3.3, §3.8: a re-INVITE that has changed the session already is not undone by CANCEL: it gets 200", () => {
  const pair = reinviting();
  pair.act(() => pair.b.call.progress(pair.now, 183, { description: "new answer" }));
  pair.act(() => pair.a.call.cancelReinvite(pair.now));
  expect(pair.ladder.slice(-3)).toEqual(["> CANCEL", "< 200 INVITE", "> ACK"]);
  expect([pair.a.told.at(-1), pair.b.told.at(-1)]).toEqual(["modified", "modified"]);
});

test("RFC 3262 §3: the 200 to a re-INVITE waits for the PRACK of the answer in a reliable 183, and repeats no answer", () => {
  let first = true;
  const pair = new SessionPair({ lose: (line) => line === "> PRACK" && first });
  pair.establish();
  pair.act(() => pair.a.call.reinvite(pair.now, { offer: "new offer" }));
  pair.act(() => pair.b.call.progress(pair.now, 183, { description: "new answer" }));
  pair.act(() => pair.b.call.answer(pair.now, "new answer"));
  expect(pair.ladder).not.toContain("< 200 INVITE");
  first = false;
  const prack = pair.messages.findLast((each) => each.kind === "request" && each.method === "PRACK") as SipRequest;
  pair.b.origins.set(prack, { party: pair.a, id: -1 });
  pair.act(() => pair.b.call.handleRequest(pair.now, prack));
  expect(pair.ladder.slice(-3)).toEqual(["< 200 PRACK", "< 200 INVITE", "> ACK"]);
});

test("RFC 3261 §13.2.2.4: a 2xx of a fork beyond the bound gets ACK and BYE too, and is not remembered", () => {
  const pair = new SessionPair();
  pair.invite({ offer: "offer" });
  const invite = pair.a.sent.get(1)!;
  for (let i = 0; i < 40; i++) {
    const headers = { Contact: `<sip:fork${i}@example.com>`, "Content-Type": "application/sdp" };
    pair.a.call.handleResponse(pair.now, 1, createResponse(invite, 200, { toTag: `tag${i}`, headers, body: "answer" }));
  }
  pair.drain();
  const count = (method: string): number =>
    new Set(pair.messages.flatMap((each) => (each.cseq?.method === method ? [each.toTag] : []))).size;
  expect([count("ACK"), count("BYE")]).toEqual([40, 39]);
  expect(pair.a.call.dialogs.length).toBe(1);
  for (let i = 0; i < 1000; i++) {
    pair.a.call.handleResponse(pair.now, 1, createResponse(invite, 200, { toTag: `more${i}`, headers: { Contact: "<sip:x@y>" } }));
  }
  pair.drain();
  expect(count("BYE")).toBe(64);
});

test("RFC 3261 §9.1: a call that was cancelled ends with 487, also when a 200 crosses the CANCEL", () => {
  const pair = new SessionPair();
  pair.invite({ offer: "offer" }).run(50);
  pair.act(() => {
    pair.b.call.accept(pair.now, { description: "answer" });
    pair.a.call.end(pair.now);
  });
  expect(pair.a.last("ended")).toMatchObject({ cause: "cancelled", statusCode: 487 });
  expect(pair.messages.findLast((each) => each instanceof SipResponse)?.cseq?.method).toBe("BYE");
});

test("RFC 3261 §8.1.3.4: a sips call is redirected to sips only, and no call to what is no SIP URI", () => {
  const targets = (target: string, contacts: string): string[] => {
    const pair = new SessionPair();
    pair.invite({ target, offer: "offer", maxRedirects: 5 }).run(50);
    pair.act(() => pair.b.call.reject(pair.now, 302, { headers: { Contact: contacts } }));
    return pair.messages.flatMap((each) => (each.kind === "request" && each.method === "INVITE" ? [each.uriText] : []));
  };
  const contacts = "<mailto:bob@example.com>, <tel:+1>, <sip:insecure@example.com>, <sips:secure@example.com>;q=0.5";
  expect(targets("sips:bob@example.com", contacts)).toEqual(["sips:bob@example.com", "sips:secure@example.com"]);
  expect(targets("sip:bob@example.com", contacts)).toEqual(["sip:bob@example.com", "sip:insecure@example.com"]);
  expect(targets("sip:bob@example.com", "<mailto:bob@example.com>")).toEqual(["sip:bob@example.com"]);
});
