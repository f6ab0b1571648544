import { parseSdp, SdpMalformed } from "@purertc/sdp";
import { expect, test } from "vitest";
import { AppliedDescription } from "../../src/jsep/applied-description.ts";
import { JsepFailure } from "../../src/jsep/index.ts";
import { AUDIO, editLines, exchange, FINGERPRINT, lineValue, Negotiator } from "./negotiator.ts";

const OFFER = new Negotiator(3).offer();
const _OTHER = `${"CD:".repeat(31)}CD`;

/** An offer made bad in one way, and what that is called. */
const BAD_OFFERS: readonly (readonly [why: string, change: (offer: string) => string])[] = [
  ["§5.8.3: no ice-ufrag", (offer) => editLines(offer, /^a=ice-ufrag/)],
  ["§5.8.3: no ice-pwd", (offer) => editLines(offer, /^a=ice-pwd/)],
  [
    "§5.8.3: a ufrag at the session level and a password at the media level",
    (offer) => editLines(editLines(offer, /^a=ice-ufrag/), /^a=group/, "a=ice-ufrag:abcd"),
  ],
  ["§5.8.3: no fingerprint", (offer) => editLines(offer, /^a=fingerprint/)],
  ["§5.8.3: no setup", (offer) => editLines(offer, /^a=setup/)],
  ["RFC 8842 §5.1: holdconn", (offer) => editLines(offer, /^a=setup/, "a=setup:holdconn")],
  ["RFC 5888 §4: one mid twice", (offer) => offer + offer.slice(offer.indexOf("m="))],
  ["RFC 9143 §7: a group that names no section", (offer) => editLines(offer, /^a=group/, "a=group:BUNDLE 0 9")],
  ["RFC 9143 §7: a mid in two groups", (offer) => editLines(offer, /^a=group/, "a=group:BUNDLE 0\na=group:BUNDLE 0")],
  ["RFC 9143 §6: bundle-only without a group", (offer) => editLines(editLines(offer, /^a=group/), /^a=mid/, "a=mid:0\na=bundle-only")],
  ["RFC 8858 §3: rtcp-mux-only alone", (offer) => `${offer}${AUDIO}a=rtcp-mux-only\r\n`],
  ["webrtc-pc §4.4.1.5: no rtcp-mux under the policy require", (offer) => offer + AUDIO],
  ["RFC 8853 §5.1: simulcast of an unknown rid", (offer) => `${offer}${AUDIO}a=rtcp-mux\r\na=rid:a send\r\na=simulcast:send a;b\r\n`],
];

test.each(BAD_OFFERS)("RFC 9429 %s is an InvalidAccessError", (_why, change) => {
  expect(new Negotiator(1).failure("remote", "offer", change(OFFER))).toBe("InvalidAccessError");
});

test('RFC 8858 §3: a=rtcp-mux-only without a=rtcp-mux is an InvalidAccessError under every policy; rtcpMuxPolicy "negotiate" takes sections without mux', () => {
  const a = new Negotiator(1, { rtcpMuxPolicy: "negotiate" });
  expect(a.failure("remote", "offer", `${OFFER}${AUDIO}a=rtcp-mux-only\r\n`)).toBe("InvalidAccessError");
  expect(a.failure("remote", "offer", OFFER + AUDIO)).toMatch(/^no failure/);
});

test("RFC 9429 §5.8: a syntax error is an RTCError with the line's number", () => {
  const a = new Negotiator(1);
  const check = (sdp: string): unknown => a.check("remote", "offer", sdp);
  expect(check("garbage")).toMatchObject({ name: "RTCError", errorDetail: "sdp-syntax-error", sdpLineNumber: 1 });
  expect(check("")).toMatchObject({ name: "RTCError", sdpLineNumber: 1 });
  expect(check(editLines(OFFER, /^c=/, "c=IN IP4"))).toMatchObject({ name: "RTCError", sdpLineNumber: 7 });
  expect(check(editLines(OFFER, /^a=sctp-port/, "a=sctp-port:x"))).toMatchObject({ name: "RTCError", sdpLineNumber: 14 });
  expect(check(editLines(OFFER, /^a=ice-pwd/, "a=ice-pwd:short"))).toMatchObject({ name: "RTCError", sdpLineNumber: 9 });
});

test("webrtc-pc §4.4.1.5: more sections than we take is an OperationError", () => {
  const many = Array.from({ length: 1025 }, (_, i) => `m=audio 0 RTP/AVP 0\r\na=mid:x${i}\r\n`).join("");
  const a = new Negotiator(1);
  expect(a.failure("remote", "offer", OFFER + many)).toBe("OperationError");
  const before = process.cpuUsage();
  expect(a.failure("remote", "offer", OFFER + many.slice(0, many.lastIndexOf("m=audio", many.length - 200)))).toMatch(/^no failure/);
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(3000); // milliseconds of processor time
});

test("RFC 9429 §5.8: what stands at the session level counts for every section", () => {
  const moved = ["a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:", "a=setup:", "a=ice-options:"].map(
    (start) => start + lineValue(OFFER, start),
  );
  let offer = OFFER;
  for (const line of moved) offer = offer.replace(`${line}\r\n`, "");
  offer = editLines(offer, /^a=group/, ["a=group:BUNDLE 0", ...moved, "a=ice-lite", "a=tls-id:01234567890123456789"].join("\n"));
  const [transport] = new Negotiator(1).set("remote", "offer", offer).transports;
  expect(transport!.remote).toEqual({
    iceCredentials: { usernameFragment: lineValue(OFFER, "a=ice-ufrag:"), password: lineValue(OFFER, "a=ice-pwd:") },
    iceRestart: false,
    iceLite: true,
    iceOptions: ["trickle"],
    fingerprints: [{ hash: "sha-256", value: FINGERPRINT }],
    tlsId: "01234567890123456789",
    candidates: [],
    endOfCandidates: false,
  });
  expect(transport!.iceRole).toBe("controlling"); // RFC 8445 §6.1.1: against a lite peer the full one controls
});

test("RFC 8122 §5: several fingerprints, those of the section before those of the session", () => {
  const offer = editLines(
    editLines(OFFER, /^a=group/, `a=group:BUNDLE 0\na=fingerprint:sha-1 01:02`),
    /^a=fingerprint:sha-256/,
    `a=fingerprint:sha-256 ${FINGERPRINT}\na=fingerprint:sha-384 03`,
  );
  expect(new Negotiator(1).set("remote", "offer", offer).transports[0]!.remote!.fingerprints.map((one) => one.hash)).toEqual([
    "sha-256",
    "sha-384",
  ]);
});

test.each([
  ["RFC 8841 §6.1: absent means 64 KiB", (offer: string) => editLines(offer, /^a=max-message-size/), { remoteMaxMessageSize: 65_536 }],
  [
    "RFC 8841 §6.1: 0 means any size",
    (offer: string) => editLines(offer, /^a=max-message-size/, "a=max-message-size:0"),
    { remoteMaxMessageSize: 0 },
  ],
  ["RFC 8841 §5.1: another port", (offer: string) => editLines(offer, /^a=sctp-port/, "a=sctp-port:4000"), { remotePort: 4000 }],
  ["INTEROP: no a=sctp-port", (offer: string) => editLines(offer, /^a=sctp-port/), { remotePort: 5000 }],
  ["RFC 8841 §4: over TCP", (offer: string) => offer.replace("UDP/DTLS/SCTP", "TCP/DTLS/SCTP"), { remotePort: 5000 }],
])("%s", (_name, change, expected) => {
  expect(new Negotiator(1).set("remote", "offer", change(OFFER)).data).toMatchObject({
    mid: "0",
    transportId: "0",
    ready: false,
    ...expected,
  });
});

test("INTEROP: DTLS/SCTP with a=sctpmap is answered in its own form, and re-offered in it", () => {
  const old = editLines(
    editLines(OFFER, /^m=/, "m=application 9 DTLS/SCTP 5001"),
    /^a=sctp-port/,
    "a=sctpmap:5001 webrtc-datachannel 1024",
  );
  const a = new Negotiator(1);
  a.set("remote", "offer", old);
  const answer = a.answer();
  expect(answer).toContain("m=application 9 DTLS/SCTP 5000\r\n");
  expect(answer).toContain("a=sctpmap:5000 webrtc-datachannel 65535\r\n");
  expect(answer).not.toContain("sctp-port");
  expect(a.set("local", "answer", answer).data).toMatchObject({ localPort: 5000, remotePort: 5001, ready: true });
  expect(a.offer()).toContain("m=application 9 DTLS/SCTP 5000\r\n");
});

test.each([
  ["another application over SCTP", (offer: string) => editLines(offer, /^m=/, "m=application 9 UDP/DTLS/SCTP webrtc-other")],
  ["an SCTP port of 0 (RFC 8841 §10.3)", (offer: string) => editLines(offer, /^a=sctp-port/, "a=sctp-port:0")],
  ["a protocol we do not know", (offer: string) => editLines(offer, /^m=/, "m=application 9 TCP/BFCP webrtc-datachannel")],
  [
    "RTP that says sctpmap",
    (offer: string) =>
      editLines(
        editLines(offer, /^m=/, "m=application 9 UDP/TLS/RTP/SAVPF 96"),
        /^a=sctp-port/,
        "a=sctpmap:96 webrtc-datachannel\na=rtcp-mux",
      ),
  ],
  [
    "a section the offer rejects itself",
    (offer: string) => editLines(editLines(offer, /^m=/, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel"), /^a=group/),
  ],
])("RFC 9429 §5.3.1: rejected in the answer, in its place: %s", (_name, change) => {
  const a = new Negotiator(1);
  a.set("remote", "offer", change(OFFER));
  const answer = a.answer();
  expect(answer).toMatch(/\r\nm=application 0 /);
  expect(answer).not.toContain("a=group");
  expect(a.set("local", "answer", answer)).toMatchObject({ transports: [], sections: [{ rejected: true }] });
});

test("RFC 8841 §4: SCTP in a section that is not application is no data section", () => {
  const a = new Negotiator(1);
  a.set("remote", "offer", editLines(OFFER, /^m=/, "m=message 9 UDP/DTLS/SCTP webrtc-datachannel"));
  expect(a.answer()).toContain("m=message 0 ");
});

test("RFC 9429 §5.10: a section that the offer rejects calls for no transport, whatever else it says", () => {
  const offer = editLines(editLines(OFFER, /^m=/, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel"), /^a=group/);
  expect(new Negotiator(1).set("remote", "offer", offer)).toMatchObject({ transports: [], sections: [{ rejected: true }] });
});

test("RFC 9429 §5.3.1: sections that know nothing of ICE and DTLS are rejected without harm to the others", () => {
  const plain = "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\na=mid:plain\r\nm=message 7654 TCP/MSRP *\r\n";
  const a = new Negotiator(1);
  const offered = a.set("remote", "offer", OFFER + plain);
  expect(offered.transports.map((transport) => transport.mids)).toEqual([["0"]]);
  const answered = a.set("local", "answer", a.answer());
  expect(answered.sections.map(({ kind, rejected }) => [kind, rejected])).toEqual([
    ["application", false],
    ["audio", true],
    ["message", true],
  ]);
  expect(answered.transports.map((transport) => transport.mids)).toEqual([["0"]]);
});

test("RFC 9429 §5.3.1: a second data section is rejected", () => {
  const second = OFFER.slice(OFFER.indexOf("m="))
    .replace("a=mid:0", "a=mid:1")
    .replace(/a=ice-ufrag:.*/, "a=ice-ufrag:zzzz");
  const a = new Negotiator(1);
  a.set("remote", "offer", OFFER + second);
  const answered = a.set("local", "answer", a.answer());
  expect(answered.sections.map((section) => section.rejected)).toEqual([false, true]);
  expect(answered.transports.map((transport) => transport.id)).toEqual(["0"]);
});

test("RFC 9429 §5.3.1: an offer without a=mid is answered without one, and the section has a mid all the same", () => {
  const offer = editLines(editLines(OFFER, /^a=mid/), /^a=group/);
  const a = new Negotiator(1);
  expect(a.set("remote", "offer", offer).sections[0]!.mid).toBe("0");
  const answer = a.answer();
  expect(answer).not.toContain("a=mid");
  expect(answer).not.toContain("a=group");
  expect(a.set("local", "answer", answer).transports[0]!.id).toBe("0");
});

test("RFC 9429 §5.3.1: trickle is answered only to those who offered it", () => {
  const a = new Negotiator(1);
  a.set("remote", "offer", editLines(OFFER, /^a=ice-options/));
  expect(a.answer()).not.toContain("ice-options");
});

test.each([
  ["actpass", "active", "client"],
  ["active", "passive", "server"],
  ["passive", "active", "client"],
] as const)("RFC 8842 §5.3: an offer of %s is answered %s", (offered, answered, role) => {
  const a = new Negotiator(1);
  a.set("remote", "offer", editLines(OFFER, /^a=setup/, `a=setup:${offered}`));
  const answer = a.answer();
  expect(lineValue(answer, "a=setup:")).toBe(answered);
  expect(a.set("local", "answer", answer).transports[0]!.dtlsRole).toBe(role);
});

test("RFC 9429 §5.3.1: bundle policies: what must be bundled and is not is rejected", () => {
  const audio = `${AUDIO}a=rtcp-mux\r\n`;
  const head = OFFER.slice(0, OFFER.indexOf("m=")).replace("a=group:BUNDLE 0\r\n", "");
  const data = OFFER.slice(OFFER.indexOf("m="));
  const rejectedUnder = (bundlePolicy: "balanced" | "max-compat" | "max-bundle", offer: string): boolean => {
    const a = new Negotiator(1, { bundlePolicy });
    a.set("remote", "offer", offer);
    return a.set("local", "answer", a.answer()).sections.find((section) => section.kind === "application")!.rejected;
  };
  const unbundled = head + audio + data;
  const bundled = `${head}a=group:BUNDLE a 0\r\n${audio}${data}`;
  expect(["balanced", "max-compat", "max-bundle"].map((policy) => rejectedUnder(policy as "balanced", unbundled))).toEqual([
    false,
    false,
    true,
  ]);
  expect(["balanced", "max-compat", "max-bundle"].map((policy) => rejectedUnder(policy as "balanced", bundled))).toEqual([
    false,
    false,
    false,
  ]);
  expect(rejectedUnder("max-bundle", head + data + audio)).toBe(false);
});

/** An answer made bad in one way. */
const BAD_ANSWERS: readonly (readonly [why: string, change: (answer: string) => string])[] = [
  ["RFC 3264 §6: a section too many", (answer) => `${answer}m=audio 0 RTP/AVP 0\r\n`],
  ["RFC 3264 §6: a section too few", (answer) => answer.slice(0, answer.indexOf("m=")).replace("a=group:BUNDLE 0\r\n", "")],
  ["§5.8.3: another kind", (answer) => editLines(answer, /^m=/, "m=audio 9 UDP/DTLS/SCTP webrtc-datachannel")],
  ["§5.8.3: another protocol", (answer) => editLines(answer, /^m=/, "m=application 9 TCP/DTLS/SCTP webrtc-datachannel")],
  ["§5.8.3: another mid", (answer) => editLines(editLines(answer, /^a=mid/, "a=mid:x"), /^a=group/)],
  ["RFC 8842 §5.3: actpass", (answer) => editLines(answer, /^a=setup/, "a=setup:actpass")],
  ["RFC 8842 §5.3: holdconn", (answer) => editLines(answer, /^a=setup/, "a=setup:holdconn")],
  ["§5.8.3: no setup", (answer) => editLines(answer, /^a=setup/)],
  ["§5.8.3: no fingerprint", (answer) => editLines(answer, /^a=fingerprint/)],
  ["§5.8.3: no credentials", (answer) => editLines(answer, /^a=ice-/)],
  ["RFC 9143 §6: bundle-only", (answer) => editLines(answer, /^a=mid/, "a=mid:0\na=bundle-only")],
  ["RFC 9143 §7.3.3: rejected and in a group", (answer) => editLines(answer, /^m=/, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel")],
  ["RFC 9143 §7: a group of the unknown", (answer) => editLines(answer, /^a=group/, "a=group:BUNDLE 0 1")],
];

test.each(BAD_ANSWERS)("RFC 9429 %s is an InvalidAccessError", (_why, change) => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  const offer = a.offer();
  a.set("local", "offer", offer);
  b.set("remote", "offer", offer);
  const answer = b.answer();
  for (const type of ["answer", "pranswer"] as const) expect(a.failure("remote", type, change(answer))).toBe("InvalidAccessError");
  expect(a.failure("remote", "answer", answer)).toBe("no failure: stable");
});

test("RFC 5888 §5: groups of other semantics may share mids with a BUNDLE group and name what they like", () => {
  const a = new Negotiator(1);
  a.set("remote", "offer", editLines(OFFER, /^a=group/, "a=group:LS 0 9\na=group:BUNDLE 0\na=group:LS 0"));
  expect(a.answer().match(/a=group.*/g)).toEqual(["a=group:BUNDLE 0"]);
  a.set("remote", "offer", editLines(OFFER, /^a=group/, "a=group:LS 0"));
  expect(a.answer()).not.toContain("a=group");
});

test("RFC 9143 §7.3: an answer may leave the group out", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  const offer = a.offer();
  a.set("local", "offer", offer);
  b.set("remote", "offer", offer);
  expect(a.set("remote", "answer", editLines(b.answer(), /^a=(group|mid)/)).transports[0]!.mids).toEqual(["0"]);
});

test("RFC 3264 §8: a re-offer with fewer sections, another kind or another mid is an InvalidAccessError", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  exchange(a, b);
  const offer = b.offer();
  expect(a.failure("remote", "offer", offer.slice(0, offer.indexOf("a=group")))).toBe("InvalidAccessError");
  expect(a.failure("remote", "offer", editLines(offer, /^m=/, "m=audio 9 UDP/DTLS/SCTP webrtc-datachannel"))).toBe("InvalidAccessError");
  expect(a.failure("remote", "offer", editLines(editLines(offer, /^a=mid/, "a=mid:x"), /^a=group/))).toBe("InvalidAccessError");
  expect(a.failure("remote", "offer", offer)).toMatch(/^no failure/);
});

test("RFC 3264 §8.2: a section that was rejected may come back as another kind under another mid", () => {
  const a = new Negotiator(1);
  a.set("remote", "offer", `${OFFER}${AUDIO}a=rtcp-mux\r\n`);
  a.set("local", "answer", a.answer());
  const recycled = `${OFFER}${AUDIO}a=rtcp-mux\r\n`.replace("m=audio", "m=video").replace("a=mid:a", "a=mid:b");
  expect(a.failure("remote", "offer", recycled)).toMatch(/^no failure/);
});

/** An answer to an offer of ours with two live sections, which createOffer does not make as yet: the offer is put into the state by hand. */
function answering(offer: string): Negotiator {
  const a = new Negotiator(1);
  const parsed = parseSdp(offer);
  if (parsed instanceof SdpMalformed) throw new Error(parsed.reason);
  a.state = { ...a.state, signalingState: "have-local-offer", pendingLocalDescription: new AppliedDescription("offer", parsed, offer) };
  return a;
}

const TWO = OFFER.replace("a=group:BUNDLE 0", "a=group:BUNDLE a 0").replace("m=application", `${AUDIO}a=rtcp-mux\r\nm=application`);
const TWO_ANSWERED = TWO.replaceAll("a=setup:actpass", "a=setup:active");

test("RFC 3264 §6: an answer cannot accept what the offer had rejected", () => {
  const offer = `${OFFER}m=audio 0 UDP/TLS/RTP/SAVPF 0\r\na=mid:a\r\n`;
  const answer = `${OFFER}${AUDIO}a=rtcp-mux\r\n`.replaceAll("a=setup:actpass", "a=setup:active");
  expect(answering(offer).failure("remote", "answer", answer)).toBe("InvalidAccessError");
  expect(answering(offer).failure("remote", "answer", answer.replace("m=audio 9", "m=audio 0"))).toBe("no failure: stable");
});

test("RFC 9429 §5.8.2: an answer without a=mid has the mids of its offer", () => {
  const offer = editLines(editLines(OFFER, /^a=mid/, "a=mid:data"), /^a=group/);
  const answer = editLines(editLines(offer, /^a=mid/), /^a=setup/, "a=setup:active");
  const result = answering(offer).set("remote", "answer", answer);
  expect(result.sections.map((section) => section.mid)).toEqual(["data"]);
  expect(result.transports.map((transport) => [transport.id, transport.mids])).toEqual([["data", ["data"]]]);
});

test("RFC 9143 §7.3: an answer's groups hold only what the offer had grouped", () => {
  expect(answering(TWO).failure("remote", "answer", TWO_ANSWERED)).toBe("no failure: stable");
  expect(answering(TWO.replace("a=group:BUNDLE a 0\r\n", "")).failure("remote", "answer", TWO_ANSWERED)).toBe("InvalidAccessError");
  const apart = TWO.replace("a=group:BUNDLE a 0", "a=group:BUNDLE a\r\na=group:BUNDLE 0");
  expect(answering(apart).failure("remote", "answer", TWO_ANSWERED)).toBe("InvalidAccessError");
});

test("RFC 9143 §7.3.3: what was offered bundle-only is accepted in its group or not at all", () => {
  const at = TWO.indexOf("m=application");
  const data = editLines(editLines(TWO.slice(at), /^a=(ice|finger|setup)/), /^m=/, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel");
  const bundleOnly = `${TWO.slice(0, at)}${data}a=bundle-only\r\n`;
  expect(answering(bundleOnly).failure("remote", "answer", TWO_ANSWERED.replace("a=group:BUNDLE a 0", "a=group:BUNDLE a"))).toBe(
    "InvalidAccessError",
  );
  const result = answering(bundleOnly).set("remote", "answer", TWO_ANSWERED);
  expect(result.transports.map(({ id, mids }) => [id, mids])).toEqual([["a", ["a", "0"]]]);
  expect(result.data).toMatchObject({ mid: "0", transportId: "a", ready: true });
});

test("RFC 9143 §7.3.1: bundled sections need no transport of their own, and use the tag's", () => {
  const at = TWO_ANSWERED.indexOf("m=application");
  const bare = TWO_ANSWERED.slice(0, at) + editLines(TWO_ANSWERED.slice(at), /^a=(ice|finger|setup)/);
  const a = answering(TWO);
  expect(a.check("remote", "answer", bare)).toMatchObject({ transports: [{ id: "a", mids: ["a", "0"], dtlsRole: "server" }] });
  // What a bundled section says of a transport is not looked at.
  const odd = TWO_ANSWERED.slice(0, at) + editLines(TWO_ANSWERED.slice(at), /^a=setup/, "a=setup:actpass");
  expect(answering(TWO).failure("remote", "answer", odd)).toBe("no failure: stable");
});

test("INTEROP Chromium 156, Firefox 153: an offer that rejects the tag of a bundle begins a new transport for what is left of it", () => {
  const a = answering(TWO);
  a.set("remote", "answer", TWO_ANSWERED);
  const without = OFFER.replace("m=application", "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\na=mid:a\r\nm=application")
    .replace(/a=ice-ufrag:.*/, "a=ice-ufrag:abcd")
    .replace(/a=ice-pwd:.*/, `a=ice-pwd:${"p".repeat(24)}`);
  a.set("remote", "offer", without);
  const result = a.set("local", "answer", a.answer());
  expect(result.transports.map(({ id, mid, mids }) => [id, mid, mids])).toEqual([["0", "0", ["0"]]]);
  expect(result.data).toMatchObject({ mid: "0", transportId: "0" });
});

test("RFC 9429 §3.2: failures carry a message for people", () => {
  const failure = new Negotiator(1).check("remote", "answer", OFFER);
  expect(failure).toBeInstanceOf(JsepFailure);
  expect(failure).toMatchObject({ name: "InvalidStateError", message: expect.stringContaining("stable") });
});
