import { Malformed, utf8FromString } from "@purertc/core";
import { describe, expect, test } from "vitest";
import { createRequest, createResponse } from "./create.ts";
import type { SipMessage, SipRequest } from "./message.ts";
import { parseSipMessage } from "./parse.ts";
import { type ValidateOptions, validateSipMessage } from "./validate.ts";

/** A sound request with some headers changed; undefined removes one. */
function request(
  changes: { readonly [name: string]: string | undefined } = {},
  method = "INVITE",
  uri = "sip:bob@example.com",
  body = "",
): SipRequest {
  const made = createRequest({
    method,
    uri,
    headers: {
      Via: "SIP/2.0/UDP a;branch=z9hG4bK1",
      From: "<sip:a@b>;tag=1",
      To: "<sip:c@d>",
      "Call-ID": "x",
      CSeq: 1,
      Contact: "<sip:a@b>",
    },
    body,
  });
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) made.headers.remove(name);
    else made.headers.set(name, value);
  }
  return made;
}

function parsed(text: string): SipMessage {
  const message = parseSipMessage(utf8FromString(text));
  if (message instanceof Malformed) throw new Error(message.reason);
  return message;
}

function verdict(message: SipMessage, options?: ValidateOptions): string[] {
  return validateSipMessage(message, options).map(({ statusCode, reason, header }) =>
    [statusCode, reason, header].filter((each) => each !== undefined).join(" "),
  );
}

test("RFC 3261 §8.1.1: a request with its six headers has no fault", () => {
  expect(verdict(request())).toEqual([]);
  expect(verdict(createResponse(request(), 200, { toTag: "x" }))).toEqual([]);
  // §16.3 item 3: Max-Forwards may be missing.
  expect(verdict(request({ "Max-Forwards": undefined }))).toEqual([]);
});

describe("RFC 3261 §8.1.1, §7.3: 400", () => {
  for (const name of ["Via", "From", "To", "Call-ID", "CSeq"]) {
    test(`§8.1.1: without ${name}`, () => expect(verdict(request({ [name]: undefined }))).toEqual([`400 missing-header ${name}`]));
  }
  for (const [name, value] of [
    ["Via", "UDP a"],
    ["From", "<sip:a"],
    ["To", '"x'],
    ["Call-ID", "a b"],
    ["CSeq", "2147483648 INVITE"],
    ["Max-Forwards", "256"],
    ["Contact", "sip:a?b=c"],
    ["Route", "sip:a"],
    ["Record-Route", "<sip:a>,"],
    ["Require", ""],
    ["Content-Length", "-1"],
    ["Content-Type", "text"],
    ["Replaces", "x;to-tag=1"],
    ["Session-Expires", "x"],
    ["Authorization", "Digest"],
  ] as const) {
    test(`§7.3: ${name}: ${value}`, () => expect(verdict(request({ [name]: value }))).toContain(`400 bad-header ${name}`));
  }
  test("§7.3.1: a header that stands once, twice", () => {
    const message = request();
    message.headers.addRaw("f: <sip:x>;tag=2\r\n");
    expect(verdict(message)).toEqual(["400 repeated-header From"]);
  });
  test("§7.3.1: a line that is no header", () =>
    expect(verdict(parsed(`OPTIONS sip:a SIP/2.0\r\nwhat\r\n\r\n`))).toContain("400 bad-header"));
  test("§8.2.2: malformed headers that nobody needs are ignored, unless strict", () => {
    const message = request({ Date: "today", Expires: "x", Subject: "fine" });
    expect(verdict(message)).toEqual([]);
    expect(verdict(message, { strict: true })).toEqual(["400 bad-header Date", "400 bad-header Expires"]);
  });
  test("§8.1.1.5: the method of CSeq", () => expect(verdict(request({ CSeq: "1 BYE" }))).toEqual(["400 cseq-method-mismatch CSeq"]));
  test("§19.1.1: headers in a Request-URI", () => expect(verdict(request({}, "INVITE", "sip:a?b=c"))).toEqual(["400 bad-request-uri"]));
  test("§18.3: a body cut short", () => {
    const message = parsed("INVITE sip:a SIP/2.0\r\nv:SIP/2.0/UDP a\r\nf:<sip:a>\r\nt:<sip:a>\r\ni:a\r\nCSeq:1 INVITE\r\nl:4\r\n\r\nabc");
    expect([verdict(message), message.missingBodyLength, message.body.length]).toEqual([["400 body-truncated Content-Length"], 1, 3]);
  });
});

test("RFC 3261 §7.1, §7.2: start lines", () => {
  const head = "v:SIP/2.0/UDP a\r\nf:<sip:a>\r\nt:<sip:a>\r\ni:a\r\nCSeq:1 A\r\n\r\n";
  expect(verdict(parsed(`A sip:a sip/2.0\r\n${head}`))).toEqual([]);
  expect(verdict(parsed(`A sip:a SIP/2.1\r\n${head}`))).toEqual(["505 bad-version"]);
  expect(verdict(parsed(`A sip:a SIP/20.0\r\n${head}`))).toEqual(["505 bad-version"]);
  for (const line of ["A  sip:a SIP/2.0", "A sip:a  SIP/2.0", "A\tsip:a SIP/2.0", "A sip:a SIP/2.0 ", "A sip:a\tSIP/2.0"]) {
    expect(verdict(parsed(`${line}\r\n${head}`))).toEqual(["400 bad-start-line"]);
  }
  expect(verdict(parsed(`A@ sip:a SIP/2.0\r\n${head.replace("1 A", "1 A@")}`))).toContain("400 bad-start-line");
  for (const line of ["SIP/2.0 99 x", "SIP/2.0 700 x", "SIP/2.0 0200 x", "SIP/2.0 20x x", "SIP/2.0 200", "SIP/2.0 "]) {
    expect(validateSipMessage(parsed(`${line}\r\n${head}`))).toMatchObject([{ statusCode: undefined, reason: "bad-start-line" }]);
  }
  for (const line of ["A sip:a", "A SIP/2.0", "A sip:a HTTP/1.1", "A sip:a SIP/2", "A sip:a SIP/.0", "sip:a SIP/2.0", ""]) {
    expect(parseSipMessage(utf8FromString(`${line} \r\n${head}`)), line).toMatchObject({ reason: "not-sip" });
  }
});

test("RFC 3261 §8.2.1, §8.2.2.1, §8.2.2.3, §8.2.3: what a user agent does not understand", () => {
  expect(verdict(request({}, "FOO"), { methods: ["INVITE"] })).toEqual(["501 unsupported-method"]);
  expect(verdict(request({}, "FOO"), { methods: ["INVITE"], role: "proxy" })).toEqual([]);
  expect(verdict(request({}, "INVITE", "urn:service:sos"))).toEqual(["416 unsupported-scheme"]);
  expect(verdict(request({}, "INVITE", "urn:service:sos"), { schemes: ["urn"] })).toEqual([]);
  expect(verdict(request({}, "INVITE", "tel:+1"))).toEqual([]);
  const extended = request({ Require: "100REL, foo", "Proxy-Require": "bar" });
  expect(validateSipMessage(extended, { extensions: ["100rel"] })).toMatchObject([{ statusCode: 420, unsupported: ["foo"] }]);
  expect(validateSipMessage(extended, { extensions: ["100rel"], role: "proxy" })).toMatchObject([
    { statusCode: 420, unsupported: ["bar"] },
  ]);
  for (const method of ["ACK", "CANCEL"])
    expect(verdict(request({ Require: "foo", CSeq: `1 ${method}` }, method), { extensions: [] })).toEqual([]);
});

test("RFC 3261 §8.2.3, §20.1, §20.11: bodies and answers", () => {
  const options: ValidateOptions = { contentTypes: ["application/sdp"], answerTypes: ["application/sdp"] };
  const withBody = (changes: { readonly [name: string]: string }): SipRequest => request(changes, "INVITE", "sip:a", "x");
  expect(verdict(withBody({ "Content-Type": "Application/SDP" }), options)).toEqual([]);
  expect(verdict(withBody({ "Content-Type": "text/plain" }), options)).toEqual(["415 unsupported-media-type Content-Type"]);
  expect(verdict(withBody({ "Content-Type": "text/plain", "Content-Disposition": "render;handling=Optional" }), options)).toEqual([]);
  expect(verdict(request({ "Content-Type": "text/plain" }), options)).toEqual([]);
  // §20.15: a body has a type; §8.2.3: and perhaps a coding.
  expect(verdict(withBody({}), options)).toEqual(["400 missing-header Content-Type"]);
  expect(verdict(withBody({}))).toEqual([]);
  const compressed = withBody({ "Content-Type": "application/sdp", "Content-Encoding": "Identity, GZIP" });
  expect(validateSipMessage(compressed, options)).toMatchObject([{ statusCode: 415, header: "Content-Encoding", unsupported: ["GZIP"] }]);
  expect(verdict(compressed, { ...options, contentEncodings: ["gzip"] })).toEqual([]);
  for (const accept of ["application/sdp", "application/*;q=0.5", "text/plain, */*", "*/*;q=0, application/sdp;q=0.1"])
    expect(verdict(request({ Accept: accept }), options)).toEqual([]);
  for (const accept of ["text/plain", "text/*", "", "application/sdp;q=0", "application/sdp;q=0.000, */*", "application/*;q=0, */*"])
    expect(verdict(request({ Accept: accept }), options)).toEqual(["406 not-acceptable Accept"]);
});

test("RFC 3261 §16.3: hops, loops and size", () => {
  expect(verdict(request({ "Max-Forwards": "0" }), { role: "proxy" })).toEqual(["483 too-many-hops Max-Forwards"]);
  expect(verdict(request({ "Max-Forwards": "0" }))).toEqual([]);
  const looped = request({ Via: "SIP/2.0/UDP x;branch=1, SIP/2.0/UDP me;branch=2" });
  expect(verdict(looped, { isLoop: (via) => via.host === "me" })).toEqual(["482 loop Via"]);
  expect(verdict(looped, { isLoop: () => false })).toEqual([]);
  expect(verdict(request({}, "INVITE", "sip:a", "x".repeat(1000)), { maxLength: 1000 })).toEqual(["513 too-large"]);
});
