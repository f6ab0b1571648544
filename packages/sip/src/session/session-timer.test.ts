import { createRequest, createResponse, type HeadersInit, type SipRequest } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import type { HeaderPair } from "./header-list.ts";
import { SessionTimer } from "./session-timer.ts";

function request(headers: HeadersInit): SipRequest {
  return createRequest({ method: "INVITE", uri: "sip:b@example.com", headers });
}

/** Header fields as text. */
function text(pairs: readonly HeaderPair[]): Record<string, string | undefined> {
  const made = createRequest({ method: "INVITE", uri: "sip:b@example.com", headers: pairs });
  return Object.fromEntries(pairs.map(([name]) => [name, made.headers.text(name)]));
}

const TIMER = { Supported: "timer" };

test("RFC 4028 §9, table 2: who refreshes", () => {
  const rows: readonly [supported: boolean, asked: string | undefined, preference: "local" | "remote", refresher: string][] = [
    [false, "1800", "remote", "uas"],
    [true, "1800", "remote", "uac"],
    [true, "1800", "local", "uas"],
    [true, "1800;refresher=uac", "local", "uac"],
    [true, "1800;refresher=uas", "remote", "uas"],
    [true, undefined, "remote", "uac"],
  ];
  for (const [supported, asked, refresher, expected] of rows) {
    const timer = new SessionTimer({ refresher });
    const headers = text(timer.respond(0, request({ ...(supported && TIMER), "Session-Expires": asked })));
    expect(headers["Session-Expires"]).toBe(`1800;refresher=${expected}`);
    expect(headers.Require).toBe(supported ? "timer" : undefined);
    expect(timer.weRefresh).toBe(expected === "uas");
  }
});

test("RFC 4028 §9: a caller without timers, and none asked for: no interval", () => {
  const timer = new SessionTimer();
  expect(timer.respond(0, request({}))).toEqual([]);
  expect(timer.at).toBeUndefined();
});

test("RFC 4028 §9: the interval may be lowered, but not below Min-SE, and never raised", () => {
  const timer = new SessionTimer({ expires: 600 });
  expect(text(timer.respond(0, request({ ...TIMER, "Session-Expires": 1800 })))["Session-Expires"]).toBe("600;refresher=uac");
  expect(
    text(new SessionTimer({ expires: 600 }).respond(0, request({ ...TIMER, "Session-Expires": 1800, "Min-SE": 900 })))["Session-Expires"],
  ).toBe("900;refresher=uac");
  expect(text(new SessionTimer({ expires: 1800 }).respond(0, request({ ...TIMER, "Session-Expires": 300 })))["Session-Expires"]).toBe(
    "300;refresher=uac",
  );
});

test("RFC 4028 §5, §9: below 90 seconds, or our minimum, 422; but not to a caller that would not know what it means", () => {
  expect(new SessionTimer().refusal(request({ ...TIMER, "Session-Expires": 89 }))).toBe(90);
  expect(new SessionTimer().refusal(request({ ...TIMER, "Session-Expires": 90 }))).toBeUndefined();
  expect(new SessionTimer({ minExpires: 10 }).refusal(request({ ...TIMER, "Session-Expires": 50 }))).toBe(90);
  expect(new SessionTimer({ minExpires: 200 }).refusal(request({ ...TIMER, "Session-Expires": 100 }))).toBe(200);
  expect(new SessionTimer().refusal(request({ "Session-Expires": 10 }))).toBeUndefined();
});

test("RFC 4028 §7.2: the caller refreshes unless told otherwise; no Session-Expires, no timer", () => {
  const invite = request({ From: "<sip:a@b>;tag=1", To: "<sip:b@b>", "Call-ID": "c", CSeq: 1 });
  const accepted = (expires: string | undefined): SessionTimer => {
    const timer = new SessionTimer();
    timer.accept(0, createResponse(invite, 200, { headers: { "Session-Expires": expires } }));
    return timer;
  };
  expect(accepted("600").weRefresh).toBe(true);
  expect(accepted("600;refresher=uas").weRefresh).toBe(false);
  expect(accepted(undefined).at).toBeUndefined();
});

test("RFC 4028 §7.4: a request of ours keeps the roles, whichever side makes it", () => {
  const timer = new SessionTimer();
  timer.respond(0, request({ ...TIMER, "Session-Expires": "600;refresher=uac" }));
  expect(text(timer.requestHeaders())["Session-Expires"]).toBe("600;refresher=uas");
  timer.respond(0, request({ ...TIMER, "Session-Expires": "600;refresher=uas" }));
  expect(text(timer.requestHeaders())["Session-Expires"]).toBe("600;refresher=uac");
});

test("RFC 4028 §10: refresh at half, once; expiry 32 s or a third before the end", () => {
  const timer = new SessionTimer();
  timer.respond(1000, request({ ...TIMER, "Session-Expires": "90;refresher=uas" }));
  expect(timer.at).toBe(46_000);
  expect(timer.due(45_999)).toBeUndefined();
  expect(timer.due(46_000)).toBe("refresh");
  expect(timer.due(46_000)).toBeUndefined();
  expect(timer.at).toBe(61_000);
  expect(timer.due(61_000)).toBe("expired");
  expect(timer.at).toBeUndefined();
});

test("RFC 4028 §7.3: Min-SE of a 422 is taken, and told from then on; nonsense is not", () => {
  const invite = request({ From: "<sip:a@b>;tag=1", To: "<sip:b@b>", "Call-ID": "c", CSeq: 1 });
  const refusal = (minimum: string | undefined) => createResponse(invite, 422, { headers: { "Min-SE": minimum } });
  const timer = new SessionTimer({ expires: 100 });
  expect(text(timer.requestHeaders())).toEqual({ "Session-Expires": "100" });
  expect(timer.takeMinimum(refusal(undefined))).toBe(false);
  expect(timer.takeMinimum(refusal("4000000000"))).toBe(false);
  expect(timer.takeMinimum(refusal("300"))).toBe(true);
  expect(text(timer.requestHeaders())).toEqual({ "Session-Expires": "300", "Min-SE": "300" });
  expect(text(timer.fork().requestHeaders())).toEqual({ "Session-Expires": "300", "Min-SE": "300" });
});

test("RFC 4028 §4: hidden when turned off", () => {
  const timer = new SessionTimer(false);
  expect(timer.requestHeaders()).toEqual([]);
  expect(timer.respond(0, request({ ...TIMER, "Session-Expires": 1800 }))).toEqual([]);
  expect(timer.refusal(request({ ...TIMER, "Session-Expires": 1 }))).toBeUndefined();
});
