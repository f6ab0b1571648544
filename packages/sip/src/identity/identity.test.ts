import { createRequest, nameAddress, type SipRequest } from "@purertc/sip-parser";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Flow } from "../flow.ts";
import { assertedIdentities, carryIdentity, type IdentityCrossing } from "./asserted-identity.ts";
import { anonymize, privacyDone, privacyWish } from "./privacy.ts";
import { q850OfStatus, reason, reasonsOf, statusOfQ850, statusOfReasons } from "./reason.ts";
import { TrustDomain } from "./trust-domain.ts";

function invite(headers: Readonly<Record<string, string | readonly string[]>> = {}): SipRequest {
  return createRequest({
    method: "INVITE",
    uri: "sip:bob@b.example",
    headers: { From: '"Alice" <sip:alice@a.example>;tag=1', ...headers } as never,
  });
}

const own = [nameAddress("sip:alice@a.example", {}, "Alice"), nameAddress("tel:+14085264000"), nameAddress("sip:al@a.example")];
const crossing = (init: Partial<IdentityCrossing>): IdentityCrossing => ({ fromTrusted: false, toTrusted: true, ...init });

function carried(request: SipRequest, init: Partial<IdentityCrossing>): readonly string[] {
  carryIdentity(request, crossing(init));
  return request.headers.texts("P-Asserted-Identity");
}

test("RFC 3325 §5: what somebody outside asserts is worth nothing", () => {
  expect(carried(invite({ "P-Asserted-Identity": "<sip:president@a.example>" }), {})).toEqual([]);
  expect(carried(invite({ "P-Asserted-Identity": "<sip:alice@a.example>" }), { fromTrusted: true })).toEqual(["<sip:alice@a.example>"]);
  const request = invite({ "P-Asserted-Identity": "<sip:alice@a.example>" });
  expect(assertedIdentities(request, false)).toEqual([]);
  expect(assertedIdentities(request, true)).toHaveLength(1);
});

test("RFC 3325 §5, §9.1: for those we have authenticated we assert, one SIP and one telephone number", () => {
  expect(carried(invite({ "P-Asserted-Identity": "<sip:president@a.example>" }), { identities: own })).toEqual([
    '"Alice" <sip:alice@a.example>',
    "<tel:+14085264000>",
  ]);
});

test("RFC 3325 §6: the preferred identity counts when it is the sender's own, and stays here", () => {
  for (const [preferred, asserted] of [
    ["<sip:al@a.example>", ["<sip:al@a.example>"]],
    ["<tel:+1-408-526-4000>", ["<tel:+14085264000>"]],
    ["<sip:president@a.example>", ['"Alice" <sip:alice@a.example>', "<tel:+14085264000>"]],
  ] as const) {
    const request = invite({ "P-Preferred-Identity": preferred });
    expect(carried(request, { identities: own })).toEqual(asserted);
    expect(request.headers.has("P-Preferred-Identity")).toBe(false);
  }
  const foreign = invite({ "P-Preferred-Identity": "<sip:x@y>" });
  expect(carried(foreign, { toTrusted: false })).toEqual([]);
  expect(foreign.headers.has("P-Preferred-Identity")).toBe(false);
});

test("RFC 3325 §7: who wants privacy is not named outside", () => {
  const asserted = "<sip:alice@a.example>";
  const leaving = (Privacy: string | undefined, showByDefault?: boolean): readonly string[] =>
    carried(invite({ "P-Asserted-Identity": asserted, ...(Privacy === undefined ? {} : { Privacy }) }), {
      fromTrusted: true,
      toTrusted: false,
      ...(showByDefault === undefined ? {} : { showByDefault }),
    });
  expect(leaving("id")).toEqual([]);
  expect(leaving("header;ID;critical")).toEqual([]);
  expect(leaving("user")).toEqual([]);
  expect(leaving("none", false)).toEqual([asserted]);
  expect(leaving(undefined)).toEqual([asserted]);
  expect(leaving(undefined, false)).toEqual([]);
  expect(leaving("session")).toEqual([asserted]);
  expect(carried(invite({ "P-Asserted-Identity": asserted, Privacy: "id" }), { fromTrusted: true })).toEqual([asserted]);
});

test("RFC 7044 §10.1: History-Info stays inside when privacy is asked for", () => {
  for (const [Privacy, shown] of [
    ["history", false],
    ["header", false],
    ["id", true],
  ] as const) {
    const request = invite({ "History-Info": "<sip:bob@b.example>;index=1", Privacy });
    carryIdentity(request, crossing({ fromTrusted: true, toTrusted: false }));
    expect([Privacy, request.headers.has("History-Info")]).toEqual([Privacy, shown]);
  }
});

test("RFC 3323 §5.3: an anonymous message names nobody, and keeps its tag", () => {
  const request = invite({
    Subject: "me",
    "Reply-To": "<sip:alice@a.example>",
    Organization: "A",
    "User-Agent": "x",
    "Call-Info": "<http://a>",
  });
  anonymize(request);
  expect(request.headers.text("From")).toBe('"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1');
  const text = [...request.headers].map((field) => field.text).join();
  expect(text).not.toMatch(/alice|a\.example|me,/);
});

test("RFC 3323 §5: what is done is taken off Privacy", () => {
  expect(privacyWish(invite())).toBeUndefined();
  expect(privacyWish(invite({ Privacy: "user;critical" }))).toMatchObject({ user: true, critical: true, id: false, none: false });
  const left = (Privacy: string, done: readonly string[]): string | undefined => {
    const request = invite({ Privacy });
    privacyDone(request, done);
    return request.headers.text("Privacy");
  };
  expect(left("user;id;critical", ["user"])).toBe("id;critical");
  expect(left("user;critical", ["user"])).toBeUndefined();
  expect(left("id", ["user"])).toBe("id");
});

test("RFC 3326 §2, RFC 3398: reasons, in both codes", () => {
  const request = invite({ Reason: ['Q.850;cause=17;text="busy"', "SIP;cause=600, X;y=1"] });
  expect(reasonsOf(request)).toEqual([
    { protocol: "Q.850", cause: 17, text: "busy" },
    { protocol: "SIP", cause: 600, text: undefined },
    { protocol: "X", cause: undefined, text: undefined },
  ]);
  expect(statusOfReasons(reasonsOf(request))).toBe(600);
  expect(statusOfReasons(reasonsOf(invite({ Reason: "Q.850;cause=17" })))).toBe(486);
  expect(statusOfReasons([])).toBeUndefined();
  request.headers.set("Reason", reason("SIP", 200, 'Call "completed" elsewhere'));
  expect(request.headers.text("Reason")).toBe('SIP;cause=200;text="Call \\"completed\\" elsewhere"');
  expect([statusOfQ850(1), statusOfQ850(99), q850OfStatus(486), q850OfStatus(499)]).toEqual([404, 500, 17, 31]);
});

function flowFrom(ip: string, peerIdentities: readonly string[] = []): Flow {
  const family = ip.includes(":") ? 6 : 4;
  const remote = { protocol: "udp", family, ip, port: 5060 } as const;
  return { id: 1, transport: "UDP", reliable: false, secure: false, open: true, peerIdentities, local: remote, remote };
}

test("RFC 3325 §2.3: trust is by address, prefix or certificate", () => {
  const domain = new TrustDomain({ addresses: ["192.0.2.1", "10.1.0.0/15", "2001:db8::/33"], identities: ["Proxy.example"] });
  for (const ip of ["192.0.2.1", "10.0.0.0", "10.1.255.255", "::ffff:192.0.2.1", "2001:db8:7fff::1"]) {
    expect([ip, domain.trusts(flowFrom(ip))]).toEqual([ip, true]);
  }
  for (const ip of ["192.0.2.2", "10.2.0.0", "2001:db8:8000::1", "not an address"])
    expect([ip, domain.trusts(flowFrom(ip))]).toEqual([ip, false]);
  expect(domain.trusts(flowFrom("203.0.113.1", ["proxy.example"]))).toBe(true);
  expect(domain.trusts(flowFrom("203.0.113.1", ["other.example"]))).toBe(false);
  expect(new TrustDomain().trusts(flowFrom("192.0.2.1"))).toBe(false);
  for (const bad of ["x", "192.0.2.1/33", "192.0.2.1/", "::1/129"]) expect(() => new TrustDomain({ addresses: [bad] })).toThrow(bad);
});

test("RFC 3325: prefixes hold what arithmetic says", () => {
  const ipOf = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".");
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.integer({ min: 0, max: 32 }),
      (a, b, bits) => {
        const same = bits === 0 || a >>> (32 - bits) === b >>> (32 - bits);
        expect(new TrustDomain({ addresses: [`${ipOf(a)}/${bits}`] }).trustsAddress(ipOf(b))).toBe(same);
      },
    ),
  );
});
