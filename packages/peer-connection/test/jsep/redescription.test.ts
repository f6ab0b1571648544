/** Descriptions after the first exchange: roles, identities, ICE restarts, provisional answers. */
import { expect, test } from "vitest";
import { AUDIO, editLines, exchange, lineValue, Negotiator } from "./negotiator.ts";

const OFFER = new Negotiator(3).offer();
const OTHER = `${"CD:".repeat(31)}CD`;

test("webrtc-pc §4.4.1.5: back-to-back remote offers are checked against what was agreed on, not against each other", () => {
  const a = new Negotiator(1);
  a.set("remote", "offer", `${OFFER}${AUDIO}a=rtcp-mux\r\n`);
  a.set("remote", "offer", new Negotiator(4).offer());
  expect(a.state.pendingRemoteDescription!.parsed.media).toHaveLength(1);
});

test("RFC 9429 §5.3.2, RFC 8842 §5.5: re-offers from either side keep the DTLS role, whatever actpass would allow", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  exchange(a, b);
  const roles = (side: Negotiator): string[] => [...side.state.established.values()].map((one) => one.dtlsRole);
  expect([roles(a), roles(b)]).toEqual([["server"], ["client"]]);
  const turned = exchange(b, a);
  expect(lineValue(a.state.currentLocalDescription!.sdp, "a=setup:")).toBe("passive");
  expect([turned.offerer.transports[0]!.dtlsRole, turned.answerer.transports[0]!.dtlsRole]).toEqual(["client", "server"]);
  expect(turned.offerer.transports[0]).toMatchObject({ dtlsAssociation: 0, local: { iceRestart: false }, remote: { iceRestart: false } });
});

test("RFC 9429 §5.8.3: a re-offer that turns the DTLS roles round is an InvalidAccessError", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  exchange(a, b);
  expect(b.failure("remote", "offer", editLines(a.offer(), /^a=setup/, "a=setup:active"))).toBe("InvalidAccessError");
  expect(b.failure("remote", "offer", editLines(a.offer(), /^a=setup/, "a=setup:passive"))).toMatch(/^no failure/);
});

test("INTEROP Firefox 153: an answer that turns the DTLS roles round leaves them as they are", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  exchange(a, b);
  const offer = a.offer();
  a.set("local", "offer", offer);
  b.set("remote", "offer", offer);
  const result = a.set("remote", "answer", editLines(b.answer(), /^a=setup/, "a=setup:passive"));
  expect(result.transports[0]).toMatchObject({ dtlsRole: "server", dtlsAssociation: 0 });
});

test("INTEROP Firefox 153: an ICE restart answered with active by the DTLS server leaves the roles as they are", () => {
  const [firefox, a] = [new Negotiator(1), new Negotiator(2)];
  exchange(firefox, a);
  const offer = a.offer({ iceRestart: true });
  a.set("local", "offer", offer);
  firefox.set("remote", "offer", offer);
  const answer = firefox.answer();
  expect(lineValue(answer, "a=setup:")).toBe("passive");
  const result = a.set("remote", "answer", editLines(answer, /^a=setup/, "a=setup:active"));
  expect(result.transports[0]).toMatchObject({ dtlsRole: "client", dtlsAssociation: 0, remote: { iceRestart: true } });
});

test("RFC 9429 §5.11: new fingerprints or a new tls-id need an ICE restart, and then begin a new DTLS association", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  exchange(a, b);
  const other = (sdp: string): string => editLines(sdp, /^a=fingerprint/, `a=fingerprint:sha-256 ${OTHER}`);
  expect(b.failure("remote", "offer", other(a.offer()))).toBe("InvalidAccessError");
  expect(b.failure("remote", "offer", editLines(a.offer(), /^a=mid/, "a=mid:0\na=tls-id:01234567890123456789"))).toBe("InvalidAccessError");
  b.set("remote", "offer", editLines(other(a.offer({ iceRestart: true })), /^a=setup/, "a=setup:active"));
  const answered = b.set("local", "answer", b.answer()).transports[0]!;
  expect(answered).toMatchObject({ id: "0", dtlsRole: "server", dtlsAssociation: 1 });
  expect(answered.remote!.fingerprints[0]!.value).toBe(OTHER);
});

test("RFC 9429 §5.11: an answer with another identity is refused without an ICE restart and taken with one", () => {
  for (const iceRestart of [false, true]) {
    const [a, b] = [new Negotiator(1), new Negotiator(2)];
    exchange(a, b);
    const offer = a.offer({ iceRestart });
    a.set("local", "offer", offer);
    b.set("remote", "offer", offer);
    const answer = editLines(b.answer(), /^a=fingerprint/, `a=fingerprint:sha-256 ${OTHER}`);
    expect(a.failure("remote", "answer", answer)).toBe(iceRestart ? "no failure: stable" : "InvalidAccessError");
  }
});

test("RFC 9429 §5.10: remote credentials change with the answer if the offer restarted ICE", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  exchange(a, b);
  const old = b.state.currentLocalDescription!.sdp;
  const offer = a.offer({ iceRestart: true });
  a.set("local", "offer", offer);
  b.set("remote", "offer", offer);
  const good = b.answer();
  const keeping = editLines(
    editLines(good, /^a=ice-ufrag/, `a=ice-ufrag:${lineValue(old, "a=ice-ufrag:")}`),
    /^a=ice-pwd/,
    `a=ice-pwd:${lineValue(old, "a=ice-pwd:")}`,
  );
  expect(a.failure("remote", "answer", keeping)).toBe("InvalidAccessError");
  expect(a.failure("remote", "answer", good)).toBe("no failure: stable");
});

test("INTEROP Chromium 156: an answer that restarts ICE unasked, after a restart that was rolled back, is taken", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  exchange(a, b);
  const offer = a.offer();
  a.set("local", "offer", offer);
  b.set("remote", "offer", offer);
  const result = a.set("remote", "answer", editLines(b.answer(), /^a=ice-ufrag/, "a=ice-ufrag:abcdefgh"));
  expect(result.transports).toMatchObject([{ local: { iceRestart: false }, remote: { iceRestart: true } }]);
});

test("RFC 8839 §4.4.1.1.1: an ICE restart begins with new credentials on both sides, the same transport and the offerer controlling", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  const first = exchange(a, b);
  expect([first.offerer.transports[0]!.iceRole, first.answerer.transports[0]!.iceRole]).toEqual(["controlling", "controlled"]);
  const plain = exchange(b, a);
  expect([plain.offerer.transports[0]!.iceRole, plain.answerer.transports[0]!.iceRole]).toEqual(["controlled", "controlling"]);
  const restarted = exchange(b, a, { iceRestart: true });
  expect([restarted.offerer.transports[0]!.iceRole, restarted.answerer.transports[0]!.iceRole]).toEqual(["controlling", "controlled"]);
  for (const side of [restarted.offerer, restarted.answerer]) {
    expect(side.transports).toHaveLength(1);
    expect(side.transports[0]!.remote!.iceRestart).toBe(true);
    expect(side.transports[0]!.dtlsAssociation).toBe(0);
  }
  expect(restarted.answerer.transports[0]!.local!.iceRestart).toBe(true);
});

test("RFC 9429 §4.1.8.1: a provisional answer settles the transport and the association; the final one keeps them", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  const offer = a.offer();
  a.set("local", "offer", offer);
  b.set("remote", "offer", offer);
  const provisional = b.answer();
  const atB = b.set("local", "pranswer", provisional);
  expect(atB.data).toMatchObject({ ready: true });
  expect(b.answer()).toBe(provisional);
  const atA = a.set("remote", "pranswer", provisional);
  expect(atA.transports[0]).toMatchObject({ dtlsRole: "server", iceRole: "controlling" });
  const final = a.set("remote", "answer", provisional);
  expect(final.transports).toEqual(atA.transports);
  expect(final.data).toEqual(atA.data);
});

test("RFC 9429 §5.10: a final answer from another fork than the provisional one brings its own credentials and identity", () => {
  const [a, b, c] = [new Negotiator(1), new Negotiator(2), new Negotiator(3)];
  const offer = a.offer();
  a.set("local", "offer", offer);
  for (const fork of [b, c]) fork.set("remote", "offer", offer);
  a.set("remote", "pranswer", b.answer());
  const final = a.set("remote", "answer", editLines(c.answer(), /^a=fingerprint/, `a=fingerprint:sha-256 ${OTHER}`)).transports[0]!;
  expect(final.remote!.iceRestart).toBe(true);
  expect(final.dtlsAssociation).toBe(1);
});

test("RFC 9429 §5.11: an answer that rejects the data section ends its transport and its association", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  exchange(a, b);
  const offer = a.offer();
  a.set("local", "offer", offer);
  b.set("remote", "offer", offer);
  const answer = editLines(editLines(b.answer(), /^m=/, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel"), /^a=group/);
  const ended = a.set("remote", "answer", answer);
  expect([ended.transports, ended.data]).toEqual([[], undefined]);
  expect(a.state.established.size).toBe(0);
});
