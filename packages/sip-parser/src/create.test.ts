import { InvalidArgumentError, Malformed, stringFromUtf8, utf8FromString } from "@purertc/core";
import { expect, test } from "vitest";
import { createAck, createBareResponse, createCancel, createRequest, createResponse } from "./create.ts";
import { nameAddress } from "./headers/name-address.ts";
import { createVia } from "./headers/via.ts";
import type { SipMessage, SipRequest } from "./message.ts";
import { parseSipMessage } from "./parse.ts";
import { sipUri } from "./uri.ts";
import { writeSipMessage } from "./write.ts";

function text(message: SipMessage): string {
  return stringFromUtf8(writeSipMessage(message));
}

function invite(): SipRequest {
  return createRequest({
    method: "INVITE",
    uri: sipUri({ user: "bob", host: "example.com" }),
    headers: {
      Via: [createVia({ transport: "UDP", host: "192.0.2.1", branch: "z9hG4bK1" }), "SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK0"],
      "Record-Route": "<sip:p1;lr>",
      Route: ["<sip:p2;lr>", "<sip:p3;lr>"],
      From: nameAddress("sip:alice@example.com", { tag: "a1" }, "Alice"),
      To: "<sip:bob@example.com>",
      "Call-ID": "c1@192.0.2.1",
      CSeq: 7,
      Timestamp: "54",
      "Content-Type": "text/plain",
    },
    body: "hé",
  });
}

test("RFC 3261 §8.1.1: what is omitted is computed: Max-Forwards, Content-Length in octets, the method of CSeq", () => {
  expect(text(invite())).toBe(
    [
      "INVITE sip:bob@example.com SIP/2.0",
      "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
      "Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK0",
      "Record-Route: <sip:p1;lr>",
      "Route: <sip:p2;lr>",
      "Route: <sip:p3;lr>",
      'From: "Alice" <sip:alice@example.com>;tag=a1',
      "To: <sip:bob@example.com>",
      "Call-ID: c1@192.0.2.1",
      "CSeq: 7 INVITE",
      "Timestamp: 54",
      "Content-Type: text/plain",
      "Max-Forwards: 70",
      "Content-Length: 3",
      "",
      "hé",
    ].join("\r\n"),
  );
});

test("RFC 4475 §3.1.2: what is stated is obeyed, however wrong", () => {
  const lie = createRequest({
    method: "B%D",
    uri: "<not a uri>",
    version: "SIP/7.0",
    headers: [
      ["Content-Length", -999],
      ["CSeq", "x"],
      ["cseq", "1 OTHER"],
      ["Max-Forwards", 300],
      ["Unused", undefined],
    ],
    body: "abc",
  });
  lie.headers.addRaw("no colon\r\n");
  expect(text(lie)).toBe(
    "B%D <not a uri> SIP/7.0\r\nContent-Length: -999\r\nCSeq: x\r\ncseq: 1 OTHER\r\nMax-Forwards: 300\r\nno colon\r\n\r\nabc",
  );
  lie.headers.remove("Content-Length");
  expect(text(lie)).not.toContain("Content-Length");
  expect(() => createRequest({ method: "A\r\nVia: x", uri: "sip:a" })).toThrow(InvalidArgumentError);
  expect(() => nameAddress("not a uri")).toThrow(SyntaxError);
});

test("RFC 3261 §8.2.6: a response copies Via, From, To, Call-ID and CSeq, and adds the tag", () => {
  const response = createResponse(invite(), 200, { toTag: "b1", headers: { Contact: "<sip:bob@192.0.2.9>" } });
  expect(text(response)).toBe(
    [
      "SIP/2.0 200 OK",
      "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
      "Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK0",
      'From: "Alice" <sip:alice@example.com>;tag=a1',
      "To: <sip:bob@example.com>;tag=b1",
      "Call-ID: c1@192.0.2.1",
      "CSeq: 7 INVITE",
      "Record-Route: <sip:p1;lr>",
      "Contact: <sip:bob@192.0.2.9>",
      "Content-Length: 0",
      "",
      "",
    ].join("\r\n"),
  );
  const trying = createResponse(invite(), 100);
  expect([trying.headers.text("Timestamp"), trying.headers.has("Record-Route"), trying.toTag]).toEqual(["54", false, undefined]);
  // §12.1.1: no dialog comes of a final refusal, and none of an OPTIONS; a tag that is there stays.
  const busy = createResponse(invite(), 486, { toTag: "x", reasonPhrase: "Busy" });
  expect([busy.headers.has("Record-Route"), busy.headers.has("Timestamp"), busy.reasonPhrase]).toEqual([false, false, "Busy"]);
  const inDialog = invite();
  inDialog.headers.set("To", "<sip:bob@example.com>;tag=kept");
  expect(createResponse(inDialog, 200, { toTag: "x" }).toTag).toBe("kept");
  expect(text(createBareResponse(299, { body: "x" }))).toBe("SIP/2.0 299 OK\r\nContent-Length: 1\r\n\r\nx");
});

test("RFC 3261 §17.1.1.3: an ACK has one Via, the response's To, the INVITE's Route and number", () => {
  const request = invite();
  const ack = createAck(request, createResponse(request, 486, { toTag: "b1" }));
  expect(text(ack)).toBe(
    [
      "ACK sip:bob@example.com SIP/2.0",
      "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
      "Max-Forwards: 70",
      "Route: <sip:p2;lr>",
      "Route: <sip:p3;lr>",
      'From: "Alice" <sip:alice@example.com>;tag=a1',
      "Call-ID: c1@192.0.2.1",
      "CSeq: 7 ACK",
      "Content-Length: 0",
      "To: <sip:bob@example.com>;tag=b1",
      "",
      "",
    ].join("\r\n"),
  );
});

test("RFC 3261 §9.1: a CANCEL has the request's To, topmost Via and number", () => {
  const cancel = createCancel(invite());
  expect([
    cancel.method,
    cancel.toTag,
    cancel.branch,
    cancel.headers.all("Via").length,
    cancel.cseq,
    cancel.headers.texts("Route").length,
  ]).toEqual(["CANCEL", undefined, "z9hG4bK1", 1, { number: 7, method: "CANCEL" }, 2]);
});

test("RFC 3261 §7: what is edited in a parsed message is written, the rest keeps its bytes", () => {
  const source = "INVITE sip:a@b SIP/2.0\r\nv : SIP/2.0/UDP h ;branch = x\r\nUnknown:\t?\r\nl:3\r\n\r\nabc";
  const message = parseSipMessage(utf8FromString(source));
  if (message instanceof Malformed || message.kind !== "request") throw new Error("no request");
  message.uri = sipUri({ user: "c", host: "d" });
  message.method = "MESSAGE";
  message.body = utf8FromString("abcd");
  expect(text(message)).toBe("MESSAGE sip:c@d SIP/2.0\r\nv : SIP/2.0/UDP h ;branch = x\r\nUnknown:\t?\r\nContent-Length: 4\r\n\r\nabcd");
  const response = createResponse(message, 200);
  response.statusCode = 180;
  response.reasonPhrase = "";
  expect(text(response).startsWith("SIP/2.0 180 \r\n")).toBe(true);
  const out = new Uint8Array(500).fill(1);
  const length = writeSipMessage(message, out);
  expect([stringFromUtf8(out.subarray(0, length)), out[length]]).toEqual([text(message), 1]);
  expect(() => writeSipMessage(message, new Uint8Array(length - 1))).toThrow(InvalidArgumentError);
});
