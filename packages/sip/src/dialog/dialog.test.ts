import {
  createRequest,
  createResponse,
  type HeadersInit,
  nameAddress,
  type SipRequest,
  type SipResponse,
  writeUri,
} from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { Dialog } from "./dialog.ts";
import { dialogKeyOfRequest, dialogKeyOfResponse } from "./dialog-id.ts";

const contact = nameAddress("sip:me@192.0.2.1");

function invite(headers: HeadersInit = {}, uri = "sip:bob@example.com"): SipRequest {
  return createRequest({
    method: "INVITE",
    uri,
    headers: {
      Via: "SIP/2.0/UDP pc.example.com;branch=z9hG4bK1",
      From: '"Alice" <sip:alice@example.com>;tag=a',
      To: "Bob <sip:bob@example.com>",
      "Call-ID": "call",
      CSeq: "7 INVITE",
      Contact: "<sip:alice@pc.example.com>",
      ...headers,
    },
  });
}

function answer(request: SipRequest, statusCode: number, headers: HeadersInit = {}, toTag: string | undefined = "b"): SipResponse {
  return createResponse(request, statusCode, { toTag, headers: { Contact: "<sip:bob@phone.example.com>", ...headers } });
}

/** The caller's dialog, from a 200 with these routes. */
function caller(routes: readonly string[] = []): Dialog {
  const request = invite();
  return Dialog.fromResponse(request, answer(request, 200, routes.length === 0 ? {} : { "Record-Route": routes }), { contact })!;
}

test("RFC 3261 §12.1.2: the caller's dialog: tags, target and reversed routes from the response", () => {
  const dialog = caller(["<sip:p1;lr>", "<sip:p2;lr>"]);
  expect(dialog.id).toEqual({ callId: "call", localTag: "a", remoteTag: "b" });
  expect(dialog.state).toBe("confirmed");
  expect(writeUri(dialog.remoteTarget)).toBe("sip:bob@phone.example.com");
  expect(dialog.routeSet.map((each) => writeUri(each.uri))).toEqual(["sip:p2;lr", "sip:p1;lr"]);
  expect(dialog.localSequence).toBe(7);
});

test("RFC 3261 §12.1.2: 101 to 199 with a tag make an early dialog; 100, refusals and provisional responses without a tag none", () => {
  const request = invite();
  expect(Dialog.fromResponse(request, answer(request, 180), { contact })?.state).toBe("early");
  expect(Dialog.fromResponse(request, answer(request, 100), { contact })).toBeUndefined();
  expect(Dialog.fromResponse(request, answer(request, 404), { contact })).toBeUndefined();
  const untagged = createResponse(request, 180);
  expect(Dialog.fromResponse(request, untagged, { contact })).toBeUndefined();
});

test("RFC 3261 §12.1.1: the callee's dialog: routes in order; without Contact there is none", () => {
  const request = invite({ "Record-Route": "<sip:p2;lr>, <sip:p1;lr>" });
  const dialog = Dialog.fromRequest(request, "b", { contact, firstSequence: 100 })!;
  expect(dialog.id).toEqual({ callId: "call", localTag: "b", remoteTag: "a" });
  expect(dialog.routeSet.map((each) => writeUri(each.uri))).toEqual(["sip:p2;lr", "sip:p1;lr"]);
  expect(dialog.createRequest("BYE").cseq?.number).toBe(100);
  expect(Dialog.fromRequest(invite({ Contact: undefined }), "b", { contact })).toBeUndefined();
});

test("RFC 3261 §12.2.1.1: a request in the dialog, with loose routes", () => {
  const bye = caller(["<sip:p1;lr>", "<sip:p2;lr>"]).createRequest("BYE");
  expect(bye.uriText).toBe("sip:bob@phone.example.com");
  expect(bye.headers.texts("Route")).toEqual(["<sip:p2;lr>", "<sip:p1;lr>"]);
  expect(bye.headers.text("From")).toBe('"Alice" <sip:alice@example.com>;tag=a');
  expect(bye.headers.text("To")).toBe('"Bob" <sip:bob@example.com>;tag=b');
  expect(bye.headers.text("CSeq")).toBe("8 BYE");
  expect(bye.headers.has("Contact")).toBe(false);
});

test("RFC 3261 §12.2.1.1: a strict router takes the Request-URI, and the target goes to the end of Route", () => {
  const dialog = caller(["<sip:p1;lr>", "<sip:strict.example.com;transport=tcp;method=INVITE>"]);
  const info = dialog.createRequest("INFO");
  expect(info.uriText).toBe("sip:strict.example.com;transport=tcp");
  expect(info.headers.texts("Route")).toEqual(["<sip:p1;lr>", "<sip:bob@phone.example.com>"]);
  expect(writeUri(dialog.nextHop)).toBe("sip:strict.example.com;transport=tcp;method=INVITE");
});

test("RFC 3261 §19.1.1: the target's headers and method parameter do not get into the Request-URI", () => {
  const request = invite();
  const response = answer(request, 200, { Contact: "<sip:bob@phone.example.com;method=INVITE;transport=tcp?Subject=x>" });
  expect(Dialog.fromResponse(request, response, { contact })!.createRequest("BYE").uriText).toBe("sip:bob@phone.example.com;transport=tcp");
});

test("RFC 3261 §12.2.1.1: what refreshes the target has our Contact, nothing else", () => {
  const dialog = caller();
  for (const method of ["INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER"]) {
    expect(dialog.createRequest(method).headers.text("Contact")).toBe("<sip:me@192.0.2.1>");
  }
  for (const method of ["BYE", "INFO", "PRACK", "MESSAGE", "OPTIONS"])
    expect(dialog.createRequest(method).headers.has("Contact")).toBe(false);
});

test("RFC 3261 §13.2.2.4, §22.1: the ACK has the INVITE's number and credentials", () => {
  const request = invite({ Authorization: 'Digest username="alice"', "Proxy-Authorization": 'Digest username="alice"' });
  const dialog = Dialog.fromResponse(request, answer(request, 200), { contact })!;
  dialog.createRequest("INFO");
  const ack = dialog.createAck(request);
  expect(ack.headers.text("CSeq")).toBe("7 ACK");
  expect(ack.headers.has("Authorization")).toBe(true);
  expect(ack.headers.has("Proxy-Authorization")).toBe(true);
  dialog.terminate();
  expect(dialog.createAck(request).method).toBe("ACK");
  expect(() => dialog.createRequest("BYE")).toThrow("has ended");
});

/** A request of the callee's, as the caller gets it. */
function fromCallee(method: string, number: number, headers: HeadersInit = {}): SipRequest {
  return createRequest({
    method,
    uri: "sip:alice@pc.example.com",
    headers: { From: "<sip:bob@example.com>;tag=b", To: "<sip:alice@example.com>;tag=a", "Call-ID": "call", CSeq: number, ...headers },
  });
}

test("RFC 3261 §12.2.2: CSeq numbers go up, by one or more; those that do not get 500", () => {
  const dialog = caller();
  expect(dialog.receiveRequest(fromCallee("INFO", 5))).toBe("ok");
  expect(dialog.receiveRequest(fromCallee("INFO", 9))).toBe("ok");
  expect(dialog.receiveRequest(fromCallee("INFO", 9))).toEqual({ statusCode: 500 });
  expect(dialog.receiveRequest(fromCallee("INFO", 8))).toEqual({ statusCode: 500 });
  expect(dialog.receiveRequest(fromCallee("ACK", 5))).toBe("ok");
  expect(dialog.remoteSequence).toBe(9);
});

test("RFC 3261 §12.2.2: requests of other dialogs, and those after the end, get 481 and change nothing", () => {
  const dialog = caller();
  expect(dialog.receiveRequest(fromCallee("INFO", 5, { From: "<sip:bob@example.com>;tag=x" }))).toEqual({ statusCode: 481 });
  expect(dialog.receiveRequest(fromCallee("INFO", 5, { To: "<sip:alice@example.com>;tag=x" }))).toEqual({ statusCode: 481 });
  expect(dialog.receiveRequest(fromCallee("INFO", 5, { "Call-ID": "other" }))).toEqual({ statusCode: 481 });
  expect(dialog.remoteSequence).toBeUndefined();
  dialog.terminate();
  expect(dialog.receiveRequest(fromCallee("INFO", 5))).toEqual({ statusCode: 481 });
});

test("RFC 3261 §12.2.1.2: only what refreshes the target moves it, and only if there is a Contact", () => {
  const dialog = caller();
  dialog.refreshTarget(fromCallee("INFO", 5, { Contact: "<sip:bob@evil.example.com>" }));
  dialog.refreshTarget(fromCallee("UPDATE", 6));
  expect(writeUri(dialog.remoteTarget)).toBe("sip:bob@phone.example.com");
  dialog.refreshTarget(fromCallee("UPDATE", 7, { Contact: "<sip:bob@car.example.com>" }));
  expect(dialog.createRequest("BYE").uriText).toBe("sip:bob@car.example.com");
});

test("RFC 3261 §13.2.2.4: the 2xx replaces the routes and target of the early dialog; afterwards routes stay", () => {
  const request = invite();
  const dialog = Dialog.fromResponse(request, answer(request, 180, { "Record-Route": "<sip:early;lr>" }), { contact })!;
  dialog.confirm(answer(request, 200, { "Record-Route": "<sip:final;lr>", Contact: "<sip:bob@desk.example.com>" }));
  expect(dialog.routeSet.map((each) => writeUri(each.uri))).toEqual(["sip:final;lr"]);
  expect(writeUri(dialog.remoteTarget)).toBe("sip:bob@desk.example.com");
  dialog.confirm(answer(request, 200, { "Record-Route": "<sip:other;lr>" }));
  expect(dialog.routeSet.map((each) => writeUri(each.uri))).toEqual(["sip:final;lr"]);
});

test("RFC 3261 §12.1.1: secure when a sips Request-URI went over TLS", () => {
  const request = invite({}, "sips:bob@example.com");
  expect(Dialog.fromResponse(request, answer(request, 200), { contact })?.secure).toBe(true);
  expect(Dialog.fromResponse(request, answer(request, 200), { contact, overTls: false })?.secure).toBe(false);
  expect(caller().secure).toBe(false);
});

test("RFC 3261 §12.1.1, §12.2.1.1: a peer of RFC 2543 has no tag, and gets none", () => {
  const request = invite({ From: "<sip:alice@example.com>" });
  const dialog = Dialog.fromRequest(request, "b", { contact })!;
  expect(dialog.remoteTag).toBe("");
  expect(dialog.createRequest("BYE").headers.text("To")).toBe("<sip:alice@example.com>");
});

test("RFC 3261 §12: the same key from requests, responses and the dialog", () => {
  const dialog = caller();
  expect(dialogKeyOfRequest(fromCallee("BYE", 1))).toBe(dialog.key);
  expect(dialogKeyOfResponse(answer(dialog.createRequest("BYE"), 200))).toBe(dialog.key);
  expect(dialogKeyOfRequest(invite())).toBeUndefined();
});

test("RFC 6665 §4.4.1: a NOTIFY makes the subscriber's dialog, its routes in the order of a request", () => {
  const subscribe = createRequest({
    method: "SUBSCRIBE",
    uri: "sip:bob@example.com",
    headers: { From: "<sip:alice@example.com>;tag=a", To: "<sip:bob@example.com>", "Call-ID": "call", CSeq: 1 },
  });
  const notify = fromCallee("NOTIFY", 30, { Contact: "<sip:n@example.com>", "Record-Route": "<sip:p1;lr>, <sip:p2;lr>" });
  const dialog = Dialog.fromNotify(subscribe, notify, { contact })!;
  expect(dialog.receiveRequest(notify)).toBe("ok");
  expect(dialog.routeSet.map((each) => writeUri(each.uri))).toEqual(["sip:p1;lr", "sip:p2;lr"]);
  expect(dialog.createRequest("SUBSCRIBE").headers.text("CSeq")).toBe("2 SUBSCRIBE");
});
