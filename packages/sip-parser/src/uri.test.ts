import { Malformed } from "@purertc/core";
import { expect, test } from "vitest";
import { escapeUriValue, escapeUser, isSipUri, parseUri, sipUri, type Uri, unescapeUri, withUriParameters, writeUri } from "./uri.ts";
import { sameUri } from "./uri-equality.ts";

function uri(text: string): Uri {
  const parsed = parseUri(text);
  if (parsed instanceof Malformed) throw new Error(`${text}: ${parsed.reason}`);
  return parsed;
}

test("RFC 3261 §19.1.3: the examples", () => {
  expect(uri("sip:alice:secretword@atlanta.com;transport=tcp")).toMatchObject({
    user: "alice",
    password: "secretword",
    host: "atlanta.com",
    port: undefined,
  });
  expect(uri("sips:alice@atlanta.com?subject=project%20x&priority=urgent")).toMatchObject({
    scheme: "sips",
    headers: [
      ["subject", "project%20x"],
      ["priority", "urgent"],
    ],
  });
  expect(uri("sip:+1-212-555-1212:1234@gateway.com;user=phone")).toMatchObject({ user: "+1-212-555-1212", password: "1234" });
  expect(uri("sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com")).toMatchObject({ user: undefined, host: "atlanta.com" });
  expect(uri("sip:alice;day=tuesday@atlanta.com")).toMatchObject({ user: "alice;day=tuesday", host: "atlanta.com" });
});

test("RFC 3261 §25.1: what is no URI, and why", () => {
  const bad: [string, string][] = [
    ["", "bad-scheme"],
    ["1sip:a", "bad-scheme"],
    ["sip", "bad-scheme"],
    ["sip:", "bad-host"],
    ["sip:@a", "bad-user"],
    ["sip:a b@c", "bad-uri"],
    ["sip:a%4@c", "bad-uri"],
    ["sip:a@", "bad-host"],
    ["sip:a@b..c", "bad-host"],
    ["sip:a@.b", "bad-host"],
    ["sip:300.1.1.1", "bad-host"],
    ["sip:1.2.3", "bad-host"],
    ["sip:1.2.3.4.", "bad-host"],
    ["sip:[::1", "bad-host"],
    ["sip:[1.2.3.4]", "bad-host"],
    ["sip:[:::]", "bad-host"],
    ["sip:a:", "bad-port"],
    ["sip:a:65536", "bad-port"],
    ["sip:a;", "bad-parameter"],
    ["sip:a;b=", "bad-parameter"],
    ["sip:a;b=%4", "bad-parameter"],
    ["sip:a?", "bad-header"],
    ["sip:a?b", "bad-header"],
    ["sip:a?b=%", "bad-uri"],
    ["sip:a>", "bad-uri"],
    ["tel:", "bad-number"],
    ["tel:+", "bad-number"],
    ["tel:+a", "bad-number"],
    ["urn:", "bad-uri"],
    ["urn:a b", "bad-uri"],
  ];
  for (const [text, reason] of bad) expect(parseUri(text), text).toMatchObject({ reason });
  for (const text of [
    "sip:a_b.c",
    "sip:a.",
    "sip:a:0",
    "sip:1.2.3.4",
    "sip:a?b=",
    "tel:*21#;phone-context=x",
    "sip:%00@a",
    "sip:3com.example",
    "sip:1.2.3.4a",
  ])
    uri(text);
});

test("RFC 3261 §19.1.2: texts are escaped on the way in and back on the way out", () => {
  const built = sipUri({
    user: 'I have "spaces" @é',
    password: "a:b",
    host: "[::1]",
    port: 5060,
    parameters: { lr: true, ttl: 15 },
    headers: [["Subject", escapeUriValue("a&b")]],
  });
  expect(writeUri(built)).toBe("sip:I%20have%20%22spaces%22%20%40%C3%A9:a%3Ab@[::1]:5060;lr;ttl=15?Subject=a%26b");
  const again = uri(writeUri(built));
  expect(isSipUri(again) && [unescapeUri(again.user!), unescapeUri(again.password!)]).toEqual(['I have "spaces" @é', "a:b"]);
  expect([escapeUser("a;b"), unescapeUri("%4"), unescapeUri("%zz%41")]).toEqual(["a;b", "%4", "%zzA"]);
  expect(writeUri(withUriParameters(built, {}))).toBe(
    writeUri({ ...built, parameters: withUriParameters(built, undefined as never).parameters }),
  );
});

test("RFC 3261 §19.1.4: the RFC's equal and unequal pairs", () => {
  const equal: [string, string][] = [
    ["sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"],
    ["sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"],
    ["sip:carol@chicago.com", "sip:carol@chicago.com;security=on"],
    [
      "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
      "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
    ],
    ["sip:alice@atlanta.com?subject=project%20x&priority=urgent", "sip:alice@atlanta.com?priority=urgent&subject=project%20x"],
    ["tel:+1-201-555-0123;a=b;c=d", "tel:+12015550123;c=d;a=b"],
    ["tel:7042;phone-context=Example.com", "tel:70.42;phone-context=example.com"],
    ["tel:1;ext=1-2", "tel:1;ext=12"],
    ["urn:a", "urn:a"],
    ["sip:a@b;%74tl=1;x=1;x=2", "sip:a@b;ttl=1;x=1"],
    // RFC 5954 §4.2.
    ["sip:bob@[::ffff:192.0.2.128]", "sip:bob@[::ffff:c000:280]"],
    ["sip:bob@[2001:DB8::9:1]", "sip:bob@[2001:db8:0::9:01]"],
  ];
  const unequal: [string, string][] = [
    ["SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"],
    ["sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"],
    ["sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"],
    ["sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=tcp"],
    ["sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"],
    ["sip:bob@[2001:db8::1]", "sip:bob@[2001:db8::2]"],
    ["sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"],
    ["sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"],
    ["sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"],
    ["sip:a@b", "sips:a@b"],
    ["sip:a@b;user=phone", "sip:a@b"],
    ["sip:a@b", "sip:a@b;maddr=c"],
    ["sip:a%40@b", "sip:a%41@b"],
    ["sip:a:x@b", "sip:a@b"],
    ["tel:1", "tel:+1"],
    ["tel:1;a=b", "tel:1"],
    ["tel:1;a=b", "tel:1;c=b"],
    ["tel:1", "sip:1@a"],
    ["urn:a", "urn:b"],
  ];
  for (const [a, b] of equal) expect([a, b, sameUri(uri(a), uri(b)), sameUri(uri(b), uri(a))]).toEqual([a, b, true, true]);
  for (const [a, b] of unequal) {
    expect([a, b, sameUri(uri(a), uri(b)), sameUri(uri(b), uri(a))]).toEqual([a, b, false, false]);
  }
});
