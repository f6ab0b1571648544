import { Malformed, utf8FromString } from "@purertc/core";
import { expect, test } from "vitest";
import { HeaderField } from "./header-field.ts";
import { authParameter, type Credentials, credentials } from "./headers/credentials.ts";
import { date } from "./headers/date.ts";
import { HEADER_GRAMMARS, type HeaderName } from "./headers/index.ts";
import type { NameAddress } from "./headers/name-address.ts";
import { Parameters } from "./parameters.ts";
import { tagOf } from "./tag.ts";
import { asciiTextOf, textOf } from "./text.ts";
import { quote, unquote } from "./tokens.ts";

function values(name: string, text: string): readonly unknown[] | undefined {
  const field = HeaderField.of(name, text);
  return field.values instanceof Malformed ? undefined : field.values;
}

test("RFC 3261 §20.17: dates are GMT, exist, and write back", () => {
  for (const [text, seconds] of [
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["Sat, 13 Nov 2010 23:29:00 GMT", 1289690940],
    ["Thu, 29 Feb 2024 12:00:00 GMT", 1709208000],
    ["Fri, 31 Dec 9999 23:59:59 GMT", 253402300799],
    ["Mon, 01 Jan 1900 00:00:00 GMT", -2208988800],
  ] as const) {
    expect(values("Date", text)).toEqual([{ unixSeconds: seconds }]);
    expect(date.write({ unixSeconds: seconds })).toBe(text);
  }
  for (const text of [
    "Fri, 13 Nov 2010 23:29:00 GMT",
    "Wed, 29 Feb 2023 00:00:00 GMT",
    "Sat, 13 Nov 2010 24:00:00 GMT",
    "Sat, 13 Nov 2010 23:29:00 EST",
    "Sat, 13 Nov 2010 23:29:00 GMT x",
    "13 Nov 2010",
  ]) {
    expect(values("Date", text), text).toBeUndefined();
  }
});

test("RFC 3261 §20.42: white space may stand around the slashes of a Via, and any one alone", () => {
  for (const text of ["SIP/2.0/UDP a", "SIP/2.0/ UDP a", "SIP/2.0 /UDP a", "SIP/ 2.0/UDP a", "SIP /2.0/UDP a", "SIP/2.0/\r\n UDP a"]) {
    expect(values("Via", text), text).toMatchObject([{ protocol: "SIP", version: "2.0", transport: "UDP", host: "a" }]);
  }
  expect(values("Via", "sip/2.0/udp a")).toMatchObject([{ protocol: "sip", version: "2.0", transport: "udp" }]);
  expect(values("Via", "SIP/2.00/UDP a")).toMatchObject([{ version: "2.00" }]);
  for (const text of ["SIP/2.0/", "SIP/2.0/ a", "SIP/2.0/UDP", "SIP/2.0UDP a"]) expect(values("Via", text), text).toBeUndefined();
});

test("RFC 3261 §20: values no grammar allows", () => {
  const bad: [HeaderName, string[]][] = [
    [
      "Via",
      [
        "",
        "SIP/2.0 a",
        "SIP/2.0/UDP",
        "SIP/2.0/UDPa",
        "SIP/2.0/UDP a:b",
        "SIP/2.0/UDP a:65536",
        "SIP/2.0/UDP a;",
        "SIP/2.0/UDP a,",
        ",SIP/2.0/UDP a",
        "SIP/2.0/UDP a b",
        'SIP/2.0/UDP a;b="',
      ],
    ],
    [
      "From",
      [
        "",
        "sip:a>",
        "<sip:a",
        "<sip:a> x",
        "a b sip:a",
        '"a" sip:a',
        "a, b <sip:c>",
        "<sip:a>, <sip:b>",
        "< sip:a>",
        "sip:a?b=c",
        "sip:a;",
      ],
    ],
    ["Route", ["sip:a", "<sip:a>,,<sip:b>"]],
    ["To", ['"\x01" <sip:a>', '"\x7f" <sip:a>', '"\\é" <sip:a>', '"a\\" <sip:a>', "é <sip:a>"]],
    ["Contact", ["**", "*, <sip:a>", "*;q=1"]],
    ["CSeq", ["1", "INVITE", "1INVITE", "-1 INVITE", "1 IN VITE", "2147483648 A"]],
    ["RAck", ["1 2", "1 2INVITE", "4294967296 1 A"]],
    ["RSeq", ["0", "4294967296", "x"]],
    ["From", ['"a\x01b" <sip:a@b>', '"a\x7fb" <sip:a@b>', '"a\\\x80" <sip:a@b>', '"a', '"a\\', '"a" sip:a@b']],
    ["Call-ID", ["", "a@", "@a", "a@b@c", "a,b"]],
    ["Max-Forwards", ["", "256", "1 2", "+1"]],
    ["Content-Type", ["text", "text/", "/plain", "text/plain;"]],
    ["Require", ["", "a b", "a,"]],
    ["Authorization", ["Digest", "Digest a", "Digest a=b,", "Digest a b"].slice(0, 1).concat(["Digest a=b, c", "Digest a=b,"])],
    ["Warning", ['30 a "b"', '3000 a "b"', "300 a b", '300 "b"']],
    ["Timestamp", ["", ".5", "1 x"]],
    ["Retry-After", ["x", "1 (", "1 x", "1 (a))"]],
    ["Session-Expires", ["", "x", "1 2"]],
    ["Replaces", ["a;to-tag=1", "a;from-tag=1", ";to-tag=1;from-tag=2", "a;to-tag;from-tag=2", "a;to-tag=1;From-Tag=2;from-tag=3"]],
    ["Alert-Info", ["http://a", "<a>", "<http://a"]],
    ["Accept-Contact", ["a", "*a"]],
    ["MIME-Version", ["1", "1.", ".0"]],
    ["Priority", ["a b", ""]],
    ["Identity", [""]],
    ["Subscription-State", ["", ";a"]],
  ];
  for (const [name, texts] of bad) for (const text of texts) expect(values(name, text), `${name}: ${text}`).toBeUndefined();
});

test("RFC 3261 §20.7, RFC 7616 §3.3, RFC 8898: credentials and challenges", () => {
  const [digest] = values(
    "Authorization",
    'Digest username="bob", realm="a\\"b", nc=00000001,qop=auth, uri="sip:a,b"',
  ) as readonly Credentials[];
  expect(["username", "REALM", "nc", "uri", "none"].map((name) => authParameter(digest!, name))).toEqual([
    "bob",
    'a"b',
    "00000001",
    "sip:a,b",
    undefined,
  ]);
  expect(values("Authorization", "Bearer eyJ0.e-_/+==")).toEqual([{ scheme: "Bearer", token68: "eyJ0.e-_/+==", parameters: [] }]);
  const challenge = credentials(
    "Digest",
    { realm: "a b", nonce: "x", qop: "auth,auth-int", algorithm: "SHA-256", stale: "true", opaque: undefined },
    "challenge",
  );
  expect(HEADER_GRAMMARS["WWW-Authenticate"].write(challenge)).toBe(
    'Digest realm="a b", nonce="x", qop="auth,auth-int", algorithm=SHA-256, stale=true',
  );
  expect(HEADER_GRAMMARS.Authorization.write(credentials("Digest", { qop: "auth", nc: "1" }, "credentials"))).toBe("Digest qop=auth, nc=1");
});

test("RFC 3261 §25.1: parameters: order, case, quotes, flags, repeats", () => {
  const [parsed] = values("Event", 'a;One=1;flag;two="a \\"b\\"" ; one=9') as readonly { parameters: Parameters }[];
  const { parameters } = parsed!;
  expect([parameters.get("one"), parameters.get("FLAG"), parameters.get("two"), parameters.raw("two"), parameters.get("x")]).toEqual([
    "1",
    "",
    'a "b"',
    '"a \\"b\\""',
    undefined,
  ]);
  expect([parameters.has("flag"), parameters.has("fla"), parameters.size]).toEqual([true, false, 4]);
  expect(parameters.with("flag", "set").with("new").without("two").without("none").toString()).toBe(";One=1;flag=set;one=9;new");
  expect(parameters.toString()).toBe(';One=1;flag;two="a \\"b\\"";one=9');
  const built = Parameters.of({ lr: true, no: false, nothing: undefined, n: 5, text: Parameters.quoted('a"b') });
  expect([...built]).toEqual([
    ["lr", undefined],
    ["n", "5"],
    ["text", '"a\\"b"'],
  ]);
  expect([
    built.get("text"),
    built.get("LR"),
    built.has("N"),
    built.get("x"),
    built.size,
    Parameters.of(built) === built,
    Parameters.of([["a"], ["b", "c"]]).toString(),
  ]).toEqual(['a"b', "", true, undefined, 3, true, ";a;b=c"]);
  // Names differ by bit 5 alone in more than letters: [ is not {.
  expect(Parameters.of({ "~": "1" }).has("^")).toBe(false);
  const [tilde] = values("Event", "a;x~=1") as readonly { parameters: Parameters }[];
  expect(tilde!.parameters.has("x^")).toBe(false);
});

test("RFC 3261 §25.1: quoted strings of any text come back, line breaks as spaces", () => {
  for (const text of ["", 'a"b\\c', "\0\x07\x7f\t", "é大🎈"]) expect(unquote(quote(text))).toBe(text);
  expect(quote("a\r\nb")).toBe('"a  b"');
  expect(unquote("token")).toBe("token");
  // §7.3.1: a fold is a space, wherever it stands.
  expect(unquote('"a \r\n\tb\\"c"')).toBe('a b"c');
  const [contact] = values("Contact", '<sip:a@b>;x="1\r\n 2"') as readonly NameAddress[];
  expect([contact?.parameters.get("x"), contact?.parameters.raw("x")]).toEqual(["1 2", '"1\r\n 2"']);
});

test("RFC 3261 §7.3.1: UTF-8 in texts of every length, well-formed or not", () => {
  for (const length of [1, 7, 8, 9, 127, 128, 129, 300, 5000]) {
    for (const text of ["a".repeat(length), `${"a".repeat(length - 1)}é`]) {
      const bytes = utf8FromString(text);
      expect(textOf(bytes, 0, bytes.length)).toBe(text);
    }
  }
  for (let length = 0; length < 70; length++) {
    const text = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-.!%*_+`'~".slice(1, 1 + length);
    const bytes = utf8FromString(`<${text}>`);
    expect(textOf(bytes, 1, 1 + length)).toBe(text);
    expect(asciiTextOf(bytes, 1, 1 + length)).toBe(text);
  }
  expect(textOf(Uint8Array.of(97, 255, 98), 0, 3)).toBe("a\ufffdb");
});

test("RFC 3261 §19.3: the tag is the header's own, not one that a name or a URI holds", () => {
  for (const [text, tag] of [
    ['"a;tag=x <b>;tag=y" <sip:a;tag=z>;x;tag=1', "1"],
    ["a b <sip:a;tag=z> ; tag = 2 ", "2"],
    ["sip:a;tag=3", "3"],
    ["<sip:a;tag=z>", undefined],
    ["sip:a", undefined],
    ["<sip:a>;tag=1;", undefined],
    ['"a;tag=x', undefined],
    ["<sip:a;tag=1", undefined],
  ] as const) {
    expect(tagOf(HeaderField.of("From", text)), text).toBe(tag);
  }
});
