import fc from "fast-check";
import { expect, test } from "vitest";
import { formatIceUrl, type IceUrl, parseIceUrl } from "./uri.ts";

test.each<readonly [string, IceUrl]>([
  // RFC 7064 §3.1, RFC 7065 §3.1 and their appendices' examples.
  ["stun:example.org", { scheme: "stun", host: "example.org", port: 3478, transport: "udp" }],
  ["stuns:example.org", { scheme: "stuns", host: "example.org", port: 5349, transport: "tcp" }],
  ["stun:example.org:8000", { scheme: "stun", host: "example.org", port: 8000, transport: "udp" }],
  ["turn:example.org", { scheme: "turn", host: "example.org", port: 3478, transport: "udp" }],
  ["turns:example.org", { scheme: "turns", host: "example.org", port: 5349, transport: "tcp" }],
  ["turn:example.org:8000?transport=tcp", { scheme: "turn", host: "example.org", port: 8000, transport: "tcp" }],
  ["turns:example.org?transport=udp", { scheme: "turns", host: "example.org", port: 5349, transport: "udp" }],
  ["turn:[2001:db8::1]:80", { scheme: "turn", host: "2001:db8::1", port: 80, transport: "udp" }],
  ["stun:192.0.2.1", { scheme: "stun", host: "192.0.2.1", port: 3478, transport: "udp" }],
])("RFC 7064 §3.1, RFC 7065 §3.1: %s", (text, url) => {
  expect(parseIceUrl(text)).toEqual(url);
  expect(formatIceUrl(url)).toBe(text);
});

test("RFC 7065 §3.1: case of schemes and transports does not matter, stated defaults are allowed", () => {
  expect(parseIceUrl("TURN:Example.org:3478?transport=UDP")).toEqual({ scheme: "turn", host: "Example.org", port: 3478, transport: "udp" });
});

test.each([
  ["", "unknown-scheme"],
  ["http://example.org", "unknown-scheme"],
  ["stun", "unknown-scheme"],
  ["stun:", "bad-host"],
  ["stun:?transport=udp", "bad-host"],
  ["stun://example.org", "bad-host"],
  ["stun:user@example.org", "bad-host"],
  ["stun:exa mple.org", "bad-host"],
  ["stun:2001:db8::1", "bad-port"],
  ["stun:[2001:db8::1", "bad-host"],
  ["stun:[192.0.2.1]", "bad-host"],
  ["stun:[fe80::1%25eth0]", "bad-host"],
  ["stun:example.org:", "bad-port"],
  ["stun:example.org:0", "bad-port"],
  ["stun:example.org:65536", "bad-port"],
  ["stun:example.org:80x", "bad-port"],
  ["stun:example.org?transport=udp", "bad-query"],
  ["turn:example.org?", "bad-query"],
  ["turn:example.org?transport=", "bad-query"],
  ["turn:example.org?protocol=udp", "bad-query"],
  ["turn:example.org?transport=udp&x=1", "bad-query"],
  ["turn:example.org?transport=sctp", "unsupported-transport"],
])("RFC 7064 §3.1, RFC 7065 §3.1: %j is refused", (text, reason) => {
  expect(parseIceUrl(text)).toMatchObject({ reason });
});

test("RFC 7064 §3.1: any text is a URL or Malformed", () => {
  fc.assert(fc.property(fc.string(), fc.constantFrom("stun:", "turns:", ""), (text, scheme) => void parseIceUrl(scheme + text)));
});
