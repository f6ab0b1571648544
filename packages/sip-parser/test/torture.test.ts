import { readFileSync } from "node:fs";
import { bytesFromHex, concatBytes, Malformed, utf8FromString } from "@purertc/core";
import {
  isSipUri,
  type NameAddress,
  parseMultipart,
  parseSipMessage,
  type SipMessage,
  type SipRequest,
  SipStreamFramer,
  unescapeUri,
  type ValidateOptions,
  validateSipMessage,
  writeSipMessage,
} from "@purertc/sip-parser";
import { describe, expect, test } from "vitest";

interface Vector {
  readonly section: string;
  readonly name: string;
  readonly title: string;
  /** The RFC's verdict in words. */
  readonly rfc: string;
  /** The status owed under `with`; null: none; `"drop"`: a response that is ignored. */
  readonly answer: number | null | "drop";
  /** A second answer the RFC allows, which has to be among the faults too. */
  readonly also?: number;
  readonly with?: ValidateOptions;
  /** A header that may be ignored instead. */
  readonly ignored?: string;
  readonly text: string;
  readonly bodyHex?: string;
}

function vectors(file: string): readonly Vector[] {
  return JSON.parse(readFileSync(new URL(`../../../test-vectors/sip/${file}`, import.meta.url), "utf8")).messages;
}

function bytesOf(vector: Vector): Uint8Array {
  return concatBytes(utf8FromString(vector.text), bytesFromHex(vector.bodyHex ?? ""));
}

const all = new Map<string, Vector>();
for (const [rfc, file] of [
  ["4475", "rfc4475.json"],
  ["5118", "rfc5118.json"],
] as const) {
  describe(`RFC ${rfc}`, () => {
    for (const vector of vectors(file)) {
      all.set(vector.name, vector);
      test(`RFC ${rfc} §${vector.section}: ${vector.title} (${vector.name}): ${vector.rfc}`, () => {
        const bytes = bytesOf(vector);
        const message = parsed(vector.name);
        const faults = validateSipMessage(message, vector.with);
        if (vector.answer === null) expect(faults).toEqual([]);
        else if (vector.answer === "drop") {
          expect(message.kind).toBe("response");
          expect(faults.map((fault) => fault.statusCode)).toContain(undefined);
        } else expect(faults[0]?.statusCode).toBe(vector.answer);
        if (vector.also !== undefined) expect(faults.map((fault) => fault.statusCode)).toContain(vector.also);
        if (vector.ignored !== undefined) {
          expect(validateSipMessage(message)).toEqual([]);
          expect(message.headers.problem(vector.ignored)).toBeInstanceOf(Malformed);
        }
        // Whatever the verdict, what was framed goes out as it came.
        expect(writeSipMessage(message)).toEqual(bytes.subarray(0, bytes.length - message.surplusLength));
      });
    }
  });
}

function parsed(name: string): SipMessage {
  const message = parseSipMessage(bytesOf(all.get(name)!));
  if (message instanceof Malformed) throw new Error(`${name}: ${message.reason} at ${message.offset}`);
  return message;
}

function request(name: string): SipRequest {
  const message = parsed(name);
  if (message.kind !== "request") throw new Error(`${name} is no request`);
  return message;
}

function uriOf(address: NameAddress | "*" | undefined) {
  if (address === undefined || address === "*" || !isSipUri(address.uri)) throw new Error("not a sip address");
  return address.uri;
}

test("RFC 4475 §3.1.1.1: the tortuous INVITE reads as what it means", () => {
  const invite = request("wsinv");
  expect(invite.toTag).toBe("1918181833n");
  expect(invite.from?.displayName).toBe('J Rosenberg \\"');
  expect(invite.fromTag).toBe("98asjd8");
  expect(invite.maxForwards).toBe(68);
  expect(invite.cseq).toEqual({ number: 9, method: "INVITE" });
  expect(invite.headers.get("Subject")).toBe("");
  expect(invite.headers.text("newfangledheader")).toBe("newfangled value continued newfangled value");
  expect(invite.headers.text("UnknownHeaderWithUnusualValue")).toBe(";;,,;;,;");
  const vias = invite.headers.all("Via");
  expect(vias.map((via) => `${via.protocol}/${via.version}/${via.transport} ${via.host} ${via.parameters.get("branch")}`)).toEqual([
    "SIP/2.0/UDP 192.0.2.2 390skdjuw",
    "SIP/2.0/TCP spindle.example.com z9hG4bK9ikj8",
    "SIP/2.0/UDP 192.168.255.111 z9hG4bK30239",
  ]);
  const contact = invite.headers.get("Contact");
  if (contact === undefined || contact === "*") throw new Error("no contact");
  expect(contact.displayName).toBe('Quoted string ""');
  expect([...contact.parameters]).toEqual([
    ["newparam", "newvalue"],
    ["secondparam", undefined],
    ["q", "0.33"],
  ]);
  const route = uriOf(invite.headers.get("Route"));
  expect([route.parameters.has("lr"), route.parameters.get("unknownwith"), route.parameters.has("unknown-no-value")]).toEqual([
    true,
    "value",
    true,
  ]);
  const { uri } = invite;
  expect(!(uri instanceof Malformed) && isSipUri(uri) && uri.parameters.has("unknownparam")).toBe(true);
  expect(invite.body.length).toBe(150);
});

test("RFC 4475 §3.1.1.2: every character that may stand somewhere does", () => {
  const message = request("intmeth");
  expect(message.method).toBe("!interesting-Method0123456789_*+`.%indeed'~");
  const { uri } = message;
  if (uri instanceof Malformed || !isSipUri(uri)) throw new Error("bad URI");
  expect(uri).toMatchObject({
    user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
    password: "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)",
    host: "example.com",
  });
  expect(message.to?.displayName).toBe("BEL:\x07 NUL:\x00 DEL:\x7f");
  expect(message.from?.displayName).toBe("token1~` token2'+_ token3*%!.-");
  expect(message.from?.parameters.get("fromParam''~+*_!.-%")).toBe("работающий");
  expect(message.callId).toBe("intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{");
  expect(message.headers.text("extensionHeader-!.%*+_`'~")).toBe("\ufeff大停電");
});

test("RFC 4475 §3.1.1.3-5: escapes mean what they mean in URIs, and nothing elsewhere", () => {
  const escaped = request("esc01");
  const { uri } = escaped;
  if (uri instanceof Malformed || !isSipUri(uri)) throw new Error("bad URI");
  expect([unescapeUri(uri.user!), uri.host]).toEqual(["sips:user@example.com", "example.net"]);
  expect(unescapeUri(uriOf(escaped.from).user!)).toBe("I have spaces");
  const contact = uriOf(escaped.headers.get("Contact"));
  expect([...contact.parameters].map(([name, value]) => [unescapeUri(name), value && unescapeUri(value)])).toEqual([
    ["lr", undefined],
    ["name", "value%41"],
  ]);
  expect(
    request("escnull")
      .headers.all("Contact")
      .map((each) => unescapeUri(uriOf(each).user!)),
  ).toEqual(["\0", "\0\0"]);
  const notEscaped = request("esc02");
  expect(notEscaped.method).toBe("RE%47IST%45R");
  expect(notEscaped.headers.all("Contact").map((each) => uriOf(each).user)).toEqual(["alias1", "alias3"]);
  expect(notEscaped.to?.displayName).toBe("%Z%45");
});

test("RFC 4475 §3.1.1.7-9: long values, trailing octets, semicolons in the user part", () => {
  const long = request("longreq");
  expect(long.headers.all("Via").length).toBe(34);
  expect(long.branch).toBeUndefined();
  expect(long.headers.all("Via").at(-1)?.parameters.get("branch")?.length).toBe(215);
  expect(long.fromTag?.length).toBe(155);
  const register = request("dblreq");
  expect([register.method, register.body.length, register.surplusLength > 400]).toEqual(["REGISTER", 0, true]);
  const { uri } = request("semiuri");
  if (uri instanceof Malformed || !isSipUri(uri)) throw new Error("bad URI");
  expect([unescapeUri(uri.user!), uri.host, uri.parameters.size]).toEqual(["user;par=u@example.net", "example.com", 0]);
  expect(request("semiuri").headers.all("Accept").length).toBe(6);
});

test("RFC 4475 §3.1.1.11: the binary part of a multipart body is whole", () => {
  const message = request("mpart01");
  const type = message.headers.get("Content-Type")!;
  const parts = parseMultipart(message.body, type);
  if (parts instanceof Malformed) throw new Error(parts.reason);
  expect(parts.map((part) => [part.headers.get("Content-Type")?.subtype, part.body.length])).toEqual([
    ["plain", 5],
    ["octet-stream", 342],
  ]);
});

test("RFC 4475 §3.1.1.12-13: reason phrases of any UTF-8, or none", () => {
  const unusual = parsed("unreason");
  if (unusual.kind !== "response") throw new Error("no response");
  expect(unusual.reasonPhrase).toBe("= 2**3 * 5**2 но сто девяносто девять - простое");
  const none = parsed("noreason");
  if (none.kind !== "response") throw new Error("no response");
  expect([none.statusCode, none.reasonPhrase]).toEqual([100, ""]);
});

test("RFC 4475 §3.1.2.2-3, §3.3.9: Content-Length that cannot frame ends a stream, after the head was told", () => {
  for (const [name, reason] of [
    ["ncl", "bad-content-length"],
    ["mcl01", "bad-content-length"],
    ["inv2543", "missing-content-length"],
  ] as const) {
    const framer = new SipStreamFramer();
    framer.push(bytesOf(all.get(name)!));
    const item = framer.next();
    expect(item).toMatchObject({ type: "failed", reason });
    expect(item?.type === "failed" && item.message?.topVia?.host).toBeTypeOf("string");
    expect(framer.next()).toBeUndefined();
  }
  const waiting = new SipStreamFramer();
  waiting.push(bytesOf(all.get("clerr")!));
  expect(waiting.next()).toBeUndefined();
  expect(waiting.failed).toBe(false);
});

test("RFC 4475 §3.3.5: Unsupported is told the option tags, for each role its own", () => {
  const message = request("bext01");
  expect(validateSipMessage(message, { extensions: [] })[0]?.unsupported).toEqual(["nothingSupportsThis", "nothingSupportsThisEither"]);
  expect(validateSipMessage(message, { extensions: [], role: "proxy" })[0]?.unsupported).toEqual([
    "noProxiesSupportThis",
    "norDoAnyProxiesSupportThis",
  ]);
});

test("RFC 4475 §3.3.12-14: whose parameter it is", () => {
  const parameter = request("cparam01").headers.get("Contact");
  const inUri = request("cparam02").headers.get("Contact");
  const header = request("regescrt").headers.get("Contact");
  if (parameter === undefined || parameter === "*" || inUri === undefined || inUri === "*") throw new Error("no contact");
  expect([parameter.parameters.has("unknownparam"), uriOf(parameter).parameters.size]).toEqual([true, 0]);
  expect([inUri.parameters.size, uriOf(inUri).parameters.has("unknownparam")]).toEqual([0, true]);
  expect(uriOf(header).headers).toEqual([["Route", "%3Csip:sip.example.com%3E"]]);
});

test("RFC 5118 §4.3-4.5: ports and received addresses", () => {
  const host = (name: string) => {
    const { uri } = request(name);
    return uri instanceof Malformed || !isSipUri(uri) ? undefined : [uri.host, uri.port];
  };
  expect(host("port-ambiguous")).toEqual(["[2001:db8::10:5070]", undefined]);
  expect(host("port-unambiguous")).toEqual(["[2001:db8::10]", 5070]);
  expect(request("via-received-param-with-delim").topVia?.parameters.get("received")).toBe("[2001:db8::9:255]");
  expect(request("via-received-param-no-delim").topVia?.parameters.get("received")).toBe("2001:db8::9:255");
  expect(request("ipv4-mapped-ipv6").topVia).toMatchObject({ host: "[::ffff:192.0.2.10]", port: 19823 });
});
