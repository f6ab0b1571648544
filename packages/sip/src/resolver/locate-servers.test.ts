import { Malformed } from "@purertc/core";
import { seededRandom } from "@purertc/simulator";
import { parseUri, type Uri } from "@purertc/sip-parser";
import { expect, test } from "vitest";
import { Zone } from "../../test/resolver/zone.ts";
import type { SipTarget } from "../flow.ts";
import { type LocateOptions, locateServers } from "./locate-servers.ts";
import type { SipResolveError } from "./resolve-error.ts";

/** The zone of RFC 3263 §4.1 and §4.2, and some more. */
const EXAMPLE = `
  example.com NAPTR 50 50 s SIPS+D2T "" _sips._tcp.example.com
  example.com NAPTR 90 50 s SIP+D2T "" _sip._tcp.example.com
  example.com NAPTR 100 50 s SIP+D2U "" _sip._udp.example.com
  _sips._tcp.example.com SRV 0 1 5061 server1.example.com
  _sip._tcp.example.com SRV 0 1 5060 server1.example.com
  _sip._tcp.example.com SRV 1 1 5070 server2.example.com
  _sip._udp.example.com SRV 0 1 5080 server2.example.com
  server1.example.com A 192.0.2.1
  server1.example.com AAAA 2001:db8::1
  server2.example.com A 192.0.2.2
  example.com A 192.0.2.9
  srv.example SRV 0 0 1 nowhere.example
  _sip._udp.srv.example SRV 10 1 5062 b.srv.example
  _sip._udp.srv.example SRV 0 1 5061 a.srv.example
  _sip._tcp.srv.example SRV 0 1 5063 a.srv.example
  a.srv.example A 198.51.100.1
  b.srv.example A 198.51.100.2
  plain.example A 203.0.113.1
  plain.example AAAA 2001:db8::9
  closed.example A 203.0.113.2
  _sip._tcp.closed.example SRV 0 0 5060 .
  web.example NAPTR 1 2 S sips+d2w "" _sips._ws.web.example
  web.example NAPTR 1 1 a SIP+D2T "" host.web.example
  web.example NAPTR 1 3 u SIP+D2U "" host.web.example
  web.example NAPTR 1 3 s SIP+D2U !^.*$!x! host.web.example
  _sips._ws.web.example SRV 0 0 7443 host.web.example
  host.web.example A 203.0.113.3
  broken.example SERVFAIL
  half.example SERVFAIL
  _sip._udp.half.example SRV 0 0 5066 plain.example
`;

async function locate(uri: string, options: Partial<LocateOptions> = {}, zone = new Zone(EXAMPLE)): Promise<readonly SipTarget[]> {
  const parsed = parseUri(uri);
  if (parsed instanceof Malformed) throw new Error(parsed.reason);
  return locateServers(parsed, {
    dns: zone,
    random: seededRandom(1),
    supported: ["UDP", "TCP", "TLS", "WS", "WSS"],
    families: [4, 6],
    ...options,
  });
}

async function show(uri: string, options: Partial<LocateOptions> = {}, zone?: Zone): Promise<readonly string[]> {
  return (await locate(uri, options, zone)).map(({ transport, ip, port }) => `${transport} ${ip} ${port}`);
}

test.each([
  // §4.1 and §4.2: an address leaves nothing to look up.
  ["sip:192.0.2.7", ["UDP 192.0.2.7 5060"]],
  ["sip:192.0.2.7:5099", ["UDP 192.0.2.7 5099"]],
  ["sips:192.0.2.7", ["TLS 192.0.2.7 5061"]],
  ["sip:[2001:DB8::7];transport=tcp", ["TCP 2001:db8::7 5060"]],
  ["sip:192.0.2.7;transport=ws", ["WS 192.0.2.7 80"]],
  ["sips:192.0.2.7;transport=ws", ["WSS 192.0.2.7 443"]],
  ["sip:192.0.2.7;transport=tls", ["TLS 192.0.2.7 5061"]],
  ["sips:192.0.2.7;transport=TCP", ["TLS 192.0.2.7 5061"]],
  // A port: no NAPTR and no SRV, and the usual transport.
  ["sip:plain.example:5070", ["UDP 203.0.113.1 5070", "UDP 2001:db8::9 5070"]],
  ["sips:plain.example:5071", ["TLS 203.0.113.1 5071", "TLS 2001:db8::9 5071"]],
  ["sip:example.com:5070;transport=tcp", ["TCP 192.0.2.9 5070"]],
  // A transport: no NAPTR, SRV of that transport.
  ["sip:example.com;transport=udp", ["UDP 192.0.2.2 5080"]],
  ["sip:example.com;transport=tcp", ["TCP 192.0.2.1 5060", "TCP 2001:db8::1 5060", "TCP 192.0.2.2 5070"]],
  ["sips:example.com;transport=tcp", ["TLS 192.0.2.1 5061", "TLS 2001:db8::1 5061"]],
  // Neither: NAPTR.
  ["sip:example.com", ["TLS 192.0.2.1 5061", "TLS 2001:db8::1 5061"]],
  ["sips:example.com", ["TLS 192.0.2.1 5061", "TLS 2001:db8::1 5061"]],
  ["sip:web.example", ["TCP 203.0.113.3 5060", "WSS 203.0.113.3 7443"]],
  ["sips:web.example", ["WSS 203.0.113.3 7443"]],
  // No NAPTR: the SRV records of each transport, in one's own order.
  ["sip:srv.example", ["UDP 198.51.100.1 5061", "UDP 198.51.100.2 5062", "TCP 198.51.100.1 5063"]],
  // No SRV either.
  ["sip:plain.example", ["UDP 203.0.113.1 5060", "UDP 2001:db8::9 5060"]],
  ["sips:plain.example", ["TLS 203.0.113.1 5061", "TLS 2001:db8::9 5061"]],
  ["sip:plain.example;transport=ws", ["WS 203.0.113.1 80", "WS 2001:db8::9 80"]],
  // §4: maddr instead of the host.
  ["sip:example.com;maddr=192.0.2.77", ["UDP 192.0.2.77 5060"]],
  ["sip:nothing.example;maddr=srv.example;transport=tcp", ["TCP 198.51.100.1 5063"]],
  // DNS errors of some records do not hide others.
  ["sip:half.example", ["UDP 203.0.113.1 5066", "UDP 2001:db8::9 5066"]],
])("RFC 3263 §4: %s leads to %j", async (uri, expected) => {
  expect(await show(uri)).toEqual(expected);
});

test.each([
  ["sip:nothing.example", "NO_SERVER"],
  ["sip:nothing.example;transport=tcp", "NO_SERVER"],
  // RFC 2782: target "." says that there is no such service: the address of the domain itself is not tried.
  ["sip:closed.example;transport=tcp", "NO_SERVER"],
  ["sip:broken.example", "DNS_FAILED"],
  ["sips:192.0.2.7;transport=udp", "UNSUPPORTED_TRANSPORT"],
  ["sip:192.0.2.7;transport=sctp", "UNSUPPORTED_TRANSPORT"],
  ["tel:+1-201-555-0123", "UNSUPPORTED_URI"],
  ["mailto:a@example.com", "UNSUPPORTED_URI"],
])("RFC 3263 §4: %s leads nowhere: %s", async (uri, code) => {
  const error = (await locate(uri).catch((reason: unknown) => reason)) as SipResolveError;
  expect(error).toMatchObject({ name: "SipResolveError", code });
});

test("RFC 3263 §4.1: services that this element does not have are passed over", async () => {
  expect(await show("sip:example.com", { supported: ["UDP", "TCP"] })).toEqual([
    "TCP 192.0.2.1 5060",
    "TCP 2001:db8::1 5060",
    "TCP 192.0.2.2 5070",
  ]);
  expect(await show("sip:example.com", { supported: ["UDP"] })).toEqual(["UDP 192.0.2.2 5080"]);
  const error = await locate("sips:192.0.2.1", { supported: ["UDP", "TCP"] }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "UNSUPPORTED_TRANSPORT" });
});

test("RFC 3263 §4.1: NAPTR can be left out", async () => {
  const zone = new Zone(EXAMPLE);
  expect((await show("sip:example.com", { naptr: false, supported: ["UDP", "TCP"] }, zone))[0]).toBe("UDP 192.0.2.2 5080");
  expect(zone.queries.some((query) => query.endsWith("NAPTR"))).toBe(false);
});

test("RFC 3263 §4.2: nothing is asked that the URI answers", async () => {
  const numeric = new Zone(EXAMPLE);
  await locate("sip:192.0.2.7", {}, numeric);
  expect(numeric.queries).toEqual([]);
  const withPort = new Zone(EXAMPLE);
  await locate("sip:plain.example:5070", {}, withPort);
  expect(withPort.queries).toEqual(["plain.example A", "plain.example AAAA"]);
});

test("RFC 2782: the root is no host, and is not asked for", async () => {
  const zone = new Zone(EXAMPLE);
  await locate("sip:closed.example;transport=tcp", {}, zone).catch(() => {});
  expect(zone.queries).toEqual(["_sip._tcp.closed.example SRV"]);
});

test("RFC 7984 §3: the order of address families is this element's", async () => {
  expect(await show("sip:plain.example", { families: [6, 4] })).toEqual(["UDP 2001:db8::9 5060", "UDP 203.0.113.1 5060"]);
  expect(await show("sip:plain.example", { families: [4] })).toEqual(["UDP 203.0.113.1 5060"]);
});

test("RFC 5922 §7.3: the certificate has to prove the domain of the URI, not a name the DNS made up", async () => {
  expect((await locate("sips:example.com")).map(({ hostname }) => hostname)).toEqual(["example.com", "example.com"]);
  expect((await locate("sips:example.com;maddr=192.0.2.77"))[0]!.hostname).toBe("example.com");
  expect((await locate("sips:192.0.2.77"))[0]!.hostname).toBeUndefined();
});

test("RFC 3261 §19.1.6: a telephone number goes to the domain it is given", async () => {
  expect(await show("tel:+1-201-555-0123;ext=5", { telDomain: "srv.example" })).toHaveLength(3);
});

test("RFC 3263 §4: the domain's owner does not decide how much work there is", async () => {
  const many = Array.from({ length: 500 }, (_, i) => `_sip._udp.big.example SRV ${i} 0 5060 host${i}.big.example`);
  const hosts = Array.from({ length: 500 }, (_, i) =>
    Array.from({ length: 20 }, (_, j) => `host${i}.big.example A 10.${i % 250}.0.${j}`).join("\n"),
  );
  const zone = new Zone([...many, ...hosts].join("\n"));
  expect(await show("sip:big.example;transport=udp", {}, zone)).toHaveLength(64);
  expect(zone.queries.length).toBeLessThan(100);
});

test("RFC 3263 §4: what the DNS says is no address is no target", async () => {
  const zone = new Zone("odd.example A not-an-address\nodd.example A 192.0.2.5\n_sip._udp.zero.example SRV 0 0 0 odd.example");
  expect(await show("sip:odd.example:5060", { families: [4] }, zone)).toEqual(["UDP 192.0.2.5 5060"]);
  const error = await locate("sip:zero.example;transport=udp", {}, zone).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "NO_SERVER" });
});

test("RFC 3261 §19.1: any URI leads somewhere or to a SipResolveError", async () => {
  const uris = ["sip:a@[::1]:5060;maddr=x;transport=;lr", "sip:x;maddr=", "sip:.", "sips:a;transport=ws;maddr=[::1]"];
  for (const text of uris) {
    const uri = parseUri(text);
    if (uri instanceof Malformed) continue;
    const outcome = await locate(text).catch((error: unknown) => error);
    expect(Array.isArray(outcome) || (outcome as Error).name === "SipResolveError").toBe(true);
  }
  expect.assertions(uris.filter((text) => !(parseUri(text) instanceof Malformed)).length);
});

test("RFC 3261 §19.1.1: an unknown scheme is refused, not guessed", async () => {
  const uri: Uri = { scheme: "http", opaque: "//example.com" };
  await expect(locateServers(uri, { dns: new Zone(""), random: seededRandom(1), supported: ["UDP"] })).rejects.toMatchObject({
    code: "UNSUPPORTED_URI",
  });
});
