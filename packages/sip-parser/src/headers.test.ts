import { InvalidArgumentError, Malformed, stringFromUtf8, utf8FromString } from "@purertc/core";
import { expect, test } from "vitest";
import { headerDefinition } from "./header-definition.ts";
import { COMPACT_FORMS, HEADER_GRAMMARS } from "./headers/index.ts";
import { parameterized } from "./headers/token-with-parameters.ts";
import { createVia } from "./headers/via.ts";
import { SipHeaders } from "./headers.ts";
import { parseSipMessage } from "./parse.ts";

function headers(...lines: string[]): SipHeaders {
  const list = new SipHeaders();
  for (const line of lines) list.addRaw(`${line}\r\n`);
  return list;
}

function lines(list: SipHeaders): string[] {
  return list.fields.map((field) => stringFromUtf8(field.bytes).trimEnd());
}

test("RFC 3261 §7.3.1: names are found in any case, long or compact; values of several fields are one list", () => {
  const list = headers("v: SIP/2.0/UDP a;branch=1, SIP/2.0/TCP b", "X-One: 1", "VIA: SIP/2.0/TLS c", "x-one: 2");
  expect(list.all("Via").map((via) => via.host)).toEqual(["a", "b", "c"]);
  expect(list.all("v")).toEqual(list.all("Via"));
  expect(list.get("via")).toBe(list.get("Via"));
  expect(list.texts("X-ONE")).toEqual(["1", "2"]);
  expect([list.has("Route"), list.get("Route"), list.all("Route"), list.text("Route")]).toEqual([false, undefined, [], undefined]);
});

test("RFC 3261 §16.6 item 8, §16.12: a proxy adds and removes its Via and Route, other bytes stay", () => {
  const list = headers("To: <sip:b>", "Via:SIP/2.0/UDP a;branch=1", "Route: <sip:me;lr>, <sip:next;lr>;x=1", "Max-Forwards: 70");
  list.prepend("Via", createVia({ transport: "UDP", host: "proxy", port: 5060, branch: "z9hG4bK1" }));
  expect(list.removeFirst("Route")?.uri).toMatchObject({ host: "me" });
  list.set("Max-Forwards", 69);
  expect(lines(list)).toEqual([
    "To: <sip:b>",
    "Via: SIP/2.0/UDP proxy:5060;branch=z9hG4bK1",
    "Via:SIP/2.0/UDP a;branch=1",
    "Route: <sip:next;lr>;x=1",
    "Max-Forwards: 69",
  ]);
  expect(list.removeFirst("Route")?.uri).toMatchObject({ host: "next" });
  expect(list.has("Route")).toBe(false);
  expect(list.removeFirst("Route")).toBeUndefined();
});

test("RFC 3261 §18.2.1, RFC 3581 §4: received and rport go into the topmost Via alone", () => {
  const list = headers("Via: SIP/2.0/UDP a;rport;branch=1, SIP/2.0/TCP b;branch=2", "Via: SIP/2.0/TLS c");
  const via = list.get("Via")!;
  expect(list.replaceFirst("Via", { ...via, parameters: via.parameters.with("received", "192.0.2.1").with("rport", 5080) })).toBe(true);
  expect(lines(list)).toEqual(["Via: SIP/2.0/UDP a;rport=5080;branch=1;received=192.0.2.1, SIP/2.0/TCP b;branch=2", "Via: SIP/2.0/TLS c"]);
  expect(headers().replaceFirst("Via", via)).toBe(false);
});

test("RFC 3261 §7.3: set replaces where the first stood, append goes behind the last, remove takes all", () => {
  const list = headers("Contact: <sip:a>", "X: 1", "m: <sip:b>", "Y: 2");
  list.set("Contact", ["<sip:c>", "<sip:d>"]);
  expect(lines(list)).toEqual(["Contact: <sip:c>", "Contact: <sip:d>", "X: 1", "Y: 2"]);
  list.append("Contact", "*").append("New", "n");
  expect(lines(list)).toEqual(["Contact: <sip:c>", "Contact: <sip:d>", "Contact: *", "X: 1", "Y: 2", "New: n"]);
  expect(list.remove("m")).toBe(3);
  list.set("X", []);
  list.set("Reason", parameterized("SIP", { cause: 200, text: '"Call completed elsewhere"' }));
  expect(lines(list)).toEqual(["Y: 2", "New: n", 'Reason: SIP;cause=200;text="Call completed elsewhere"']);
});

test("RFC 3323 §4.2: Privacy values keep their semicolons when the first goes", () => {
  const list = headers("Privacy: id;critical;header");
  list.removeFirst("Privacy");
  expect(lines(list)).toEqual(["Privacy: critical;header"]);
});

test("RFC 3261 §7.3.1: a copy is edited alone", () => {
  const original = headers("A: 1", "B: 2");
  const copy = original.copy();
  copy.set("A", "3").remove("B");
  expect([lines(original), lines(copy)]).toEqual([["A: 1", "B: 2"], ["A: 3"]]);
});

test("RFC 3261 §7.3.1: text with a line break never becomes a second header, unless it is a fold or raw", () => {
  const list = new SipHeaders();
  for (const text of ["a\r\nEvil: 1", "a\nEvil: 1", "a\rEvil: 1", "a\r\n"]) {
    expect(() => list.set("Subject", text)).toThrow(InvalidArgumentError);
    expect(() => list.append("Subject", text)).toThrow(InvalidArgumentError);
    expect(() => list.prepend("Subject", text)).toThrow(InvalidArgumentError);
  }
  expect(() => list.append("A: b\r\nEvil", "c")).toThrow(InvalidArgumentError);
  expect(() => list.append("X-Unknown", Symbol.for("x") as never)).toThrow(InvalidArgumentError);
  list.set("Subject", "a\r\n b").addRaw("Evil: 1\r\n");
  expect(list.text("Subject")).toBe("a b");
  expect(list.fields.length).toBe(2);
});

test("RFC 3261 §7.3.1: problems are told apart: malformed, repeated, none", () => {
  const list = headers("CSeq: 1", "To: <sip:a>", "To: <sip:b>", "Via: SIP/2.0/UDP a", "Via: x");
  expect(list.problem("CSeq")).toMatchObject({ reason: "bad-header-value", offset: 7 });
  expect(list.problem("To")).toMatchObject({ reason: "repeated-header" });
  expect(list.problem("Via")).toMatchObject({ reason: "bad-header-value" });
  expect([list.problem("Route"), list.get("CSeq"), list.all("Via").length]).toEqual([undefined, undefined, 1]);
  const message = parseSipMessage(utf8FromString("OPTIONS sip:a SIP/2.0\r\nno colon here\r\nBad Name: x\r\n: y\r\n\r\n"));
  if (message instanceof Malformed) throw new Error(message.reason);
  expect(message.headers.fields.map((field) => [field.name, field.text, field.values instanceof Malformed])).toEqual([
    ["", "no colon here", true],
    ["", "Bad Name: x", true],
    ["", ": y", true],
  ]);
});

test("RFC 3261 §7.3.1: no byte but a hyphen is one in a name, and every header is known in any case", () => {
  expect(parseSipMessage(utf8FromString("OPTIONS sip:a SIP/2.0\r\nCall\rID: x\r\n\r\n"))).toMatchObject({
    reason: "bare-line-break",
    offset: 27,
  });
  const names = [...Object.keys(HEADER_GRAMMARS), ...Object.keys(COMPACT_FORMS)];
  for (const name of names) {
    const canonical = COMPACT_FORMS[name] ?? name;
    for (const spelled of [name, name.toUpperCase(), name.toLowerCase(), `${name} `, `${name}\t`]) {
      const message = parseSipMessage(utf8FromString(`OPTIONS sip:a SIP/2.0\r\n${spelled}:x\r\n\r\n`));
      expect(message instanceof Malformed ? message.reason : message.headers.fields[0]?.canonicalName).toBe(canonical);
      expect(headerDefinition(spelled.trim())?.name).toBe(canonical);
    }
    for (const other of [`${name}x`, name.length > 3 ? name.slice(0, -2) : `${name}_`]) {
      const message = parseSipMessage(utf8FromString(`OPTIONS sip:a SIP/2.0\r\n${other}:x\r\n\r\n`));
      if (message instanceof Malformed) throw new Error(message.reason);
      expect([message.headers.fields[0]?.definition, message.headers.text(other)]).toEqual([undefined, "x"]);
    }
  }
});

test("RFC 3261 §7.3: a field made twice is one field, in whatever message, and editing one message leaves the other", () => {
  const [one, other] = [new SipHeaders().set("Supported", "timer"), new SipHeaders().set("Supported", "timer")];
  expect(other.fields[0]).toBe(one.fields[0]);
  one.set("Supported", "path");
  expect(other.text("Supported")).toBe("timer");
  expect(new SipHeaders().set("supported", "path").fields[0]?.name).toBe("supported");
});
