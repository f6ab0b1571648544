import { expect, test } from "vitest";
import { implicitOffer, JsepFailure, negotiationNeeded, restartIce } from "../../src/jsep/index.ts";
import { editLines, exchange, FINGERPRINT, lineValue, Negotiator } from "./negotiator.ts";

test("RFC 9429 §5.2.1: an initial offer for data, line by line", () => {
  const a = new Negotiator(1);
  const lines = a.offer().split("\r\n");
  expect(lines[1]).toMatch(/^o=- [0-9]{1,19} 0 IN IP4 0\.0\.0\.0$/);
  expect(BigInt(lines[1]!.split(" ")[1]!)).toBeLessThan(2n ** 63n - 1n);
  expect(lines[7]).toMatch(/^a=ice-ufrag:[A-Za-z0-9+/]{8}$/);
  expect(lines[8]).toMatch(/^a=ice-pwd:[A-Za-z0-9+/]{24}$/);
  expect(lines.filter((line) => !/^(o=|a=ice-ufrag|a=ice-pwd)/.test(line))).toEqual([
    "v=0",
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 0.0.0.0",
    "a=ice-options:trickle",
    `a=fingerprint:sha-256 ${FINGERPRINT}`,
    "a=setup:actpass",
    "a=mid:0",
    "a=sctp-port:5000",
    "a=max-message-size:262144",
    "",
  ]);
});

test("RFC 9429 §5.2.1: session ids stay below 2^63 - 1 and differ", () => {
  const ids = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const id = new Negotiator(seed).state.sessionId;
    expect(BigInt(id)).toBeLessThan(2n ** 63n - 1n);
    ids.add(id);
  }
  expect(ids.size).toBe(200);
  const ones = new Negotiator(1);
  ones.local = { ...ones.local, random: { fill: (out) => void out.fill(0xff) } };
  expect(new Negotiator(1, { random: ones.local.random }).state.sessionId).toMatch(/^[0-9]+$/);
});

test("RFC 9429 §5.2.1: nothing to offer is an offer without sections and without a group", () => {
  expect(new Negotiator(1, { dataChannels: false }).offer()).toMatch(/^v=0\r\no=.*\r\ns=-\r\nt=0 0\r\n$/);
});

test("RFC 9429 §5.2.1: every fingerprint, the SCTP port and the message size of the settings", () => {
  const fingerprints = [
    { hash: "sha-256", value: FINGERPRINT },
    { hash: "sha-384", value: "01:02" },
  ];
  const offer = new Negotiator(1, { fingerprints, sctpPort: 6000, maxMessageSize: 0 }).offer();
  expect(offer).toContain(`a=fingerprint:sha-256 ${FINGERPRINT}\r\na=fingerprint:sha-384 01:02\r\n`);
  expect(offer).toContain("a=sctp-port:6000\r\na=max-message-size:0\r\n");
});

test("RFC 9429 §5.2.2: the same state gives the same text; a change raises sess-version by one and leaves sess-id", () => {
  const a = new Negotiator(1);
  const first = a.offer();
  expect(a.offer()).toBe(first);
  a.local = { ...a.local, maxMessageSize: 1 };
  const second = a.offer();
  expect(origin(second)).toEqual([origin(first)[0], "1"]);
  expect(lineValue(second, "a=ice-ufrag:")).toBe(lineValue(first, "a=ice-ufrag:"));
  a.set("local", "offer", second);
  expect(origin(a.offer())).toEqual([origin(first)[0], "1"]);
});

test("RFC 9429 §5.2.2: after a rollback the version goes on counting", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  exchange(a, b);
  const applied = a.offer({ iceRestart: true });
  a.set("local", "offer", applied);
  a.set("local", "rollback");
  const after = a.offer({ iceRestart: true });
  expect(Number(origin(after)[1])).toBe(Number(origin(applied)[1]) + 1);
});

test("RFC 9429 §5.2.2: a re-offer keeps mid, credentials and sections, and asks for actpass again", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  exchange(a, b);
  const before = a.state.currentLocalDescription!.sdp;
  const again = a.offer();
  expect(editLines(again, /^o=/)).toBe(editLines(before, /^o=/));
  const fromOther = b.offer();
  expect(lineValue(fromOther, "a=setup:")).toBe("actpass");
  expect(lineValue(fromOther, "a=mid:")).toBe("0");
  expect(lineValue(fromOther, "a=ice-ufrag:")).toBe(lineValue(b.state.currentLocalDescription!.sdp, "a=ice-ufrag:"));
});

test("RFC 9429 §5.2.3.1: iceRestart changes both credentials, once per applied offer", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  exchange(a, b);
  const old = a.state.currentLocalDescription!.sdp;
  const restart = a.offer({ iceRestart: true });
  for (const line of ["a=ice-ufrag:", "a=ice-pwd:"]) expect(lineValue(restart, line)).not.toBe(lineValue(old, line));
  expect(a.offer({ iceRestart: true })).toBe(restart);
  expect(lineValue(a.offer(), "a=ice-ufrag:")).toBe(lineValue(old, "a=ice-ufrag:"));
});

test("webrtc-pc §4.4.1.5: setLocalDescription without a text takes the last created offer, its ICE restart included, unless it is out of date", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  const first = a.offer();
  expect(implicitOffer(a.state, a.local)).toMatchObject({ sdp: first });
  exchange(a, b);
  const plain = a.offer();
  expect(implicitOffer(a.state, a.local)).toMatchObject({ sdp: plain });
  const restart = a.offer({ iceRestart: true });
  expect(implicitOffer(a.state, a.local)).toMatchObject({ sdp: restart });
  a.local = { ...a.local, maxMessageSize: 5 };
  const now = implicitOffer(a.state, a.local);
  if (now instanceof JsepFailure) throw new Error(now.message);
  expect(now.sdp).toContain("a=max-message-size:5");
  expect(lineValue(now.sdp, "a=ice-ufrag:")).toBe(lineValue(plain, "a=ice-ufrag:"));
  a.set("remote", "offer", b.offer());
  expect(implicitOffer(a.state, a.local)).toMatchObject({ name: "InvalidStateError" });
});

test("RFC 9429 §5.2.3.1: iceRestart on an initial offer changes nothing", () => {
  expect(new Negotiator(1).offer({ iceRestart: true })).toBe(new Negotiator(1).offer());
});

test("webrtc-pc §4.4.2 restartIce: offers restart until credentials were replaced by a whole exchange, rollback or not", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  exchange(a, b);
  const old = lineValue(a.state.currentLocalDescription!.sdp, "a=ice-ufrag:");
  a.state = restartIce(a.state);
  expect(negotiationNeeded(a.state, a.local)).toBe(true);
  a.set("local", "offer", a.offer());
  a.set("local", "rollback");
  expect(negotiationNeeded(a.state, a.local)).toBe(true);
  const done = exchange(a, b);
  expect(lineValue(a.state.currentLocalDescription!.sdp, "a=ice-ufrag:")).not.toBe(old);
  expect(done.offerer.transports[0]!.remote!.iceRestart).toBe(true);
  expect(negotiationNeeded(a.state, a.local)).toBe(false);
});

test("webrtc-pc §4.4.1.5: restartIce is over when the peer's restart replaced our credentials, and not by an exchange that did not", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  exchange(a, b);
  a.state = restartIce(a.state);
  exchange(b, a);
  expect(negotiationNeeded(a.state, a.local)).toBe(true);
  exchange(b, a, { iceRestart: true });
  expect(negotiationNeeded(a.state, a.local)).toBe(false);
});

test("webrtc-pc §4.7.3: negotiation is needed for the first data channel, and no more once a data section was negotiated", () => {
  const [a, b] = [new Negotiator(1, { dataChannels: false }), new Negotiator(2, { dataChannels: false })];
  expect(negotiationNeeded(a.state, a.local)).toBe(false);
  a.local = { ...a.local, dataChannels: true };
  expect(negotiationNeeded(a.state, a.local)).toBe(true);
  a.set("local", "offer", a.offer());
  expect(negotiationNeeded(a.state, a.local)).toBe(true); // current, not pending
  a.set("local", "rollback");
  exchange(a, b);
  expect(negotiationNeeded(a.state, a.local)).toBe(false);
  b.local = { ...b.local, dataChannels: true };
  expect(negotiationNeeded(b.state, b.local)).toBe(false);
});

test("RFC 9429 §5.2.2: a rejected section keeps its place, and media's is not used for data", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  const media = ["m=audio 9 UDP/TLS/RTP/SAVPF 0", "c=IN IP4 0.0.0.0", "a=mid:snd", "a=rtcp-mux"];
  const offer = b.offer();
  const data = offer.slice(offer.indexOf("m=application"));
  const transport = data.split("\r\n").filter((line) => /^a=(ice|fing|setup)/.test(line));
  const both = `${offer.slice(0, offer.indexOf("a=group"))}${[...media, ...transport].join("\r\n")}\r\n`;
  a.set("remote", "offer", both);
  a.set("local", "answer", a.answer());
  const next = a.offer();
  expect(next.split("\r\n").filter((line) => /^(m=|a=mid|a=group)/.test(line))).toEqual([
    "a=group:BUNDLE 0",
    "m=audio 0 UDP/TLS/RTP/SAVPF 0",
    "a=mid:snd",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "a=mid:0",
  ]);
  a.local = { ...a.local, dataChannels: false };
  expect(
    a
      .offer()
      .split("\r\n")
      .filter((line) => /^(m=|a=mid|a=group)/.test(line)),
  ).toEqual(["m=audio 0 UDP/TLS/RTP/SAVPF 0", "a=mid:snd"]);
});

test("RFC 9429 §5.2.2: a data section that the peer rejected is offered again in its place when asked", () => {
  const a = new Negotiator(1);
  const offer = a.offer();
  a.set("local", "offer", offer);
  const answer = editLines(editLines(new AnswerTo(offer).text, /^m=/, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel"), /^a=group/);
  const rejected = a.set("remote", "answer", answer);
  expect(rejected.transports).toEqual([]);
  expect(rejected.data).toBeUndefined();
  expect(negotiationNeeded(a.state, a.local)).toBe(false);
  const again = a.offer();
  expect(again.split("\r\n").filter((line) => /^(m=|a=mid|a=group)/.test(line))).toEqual([
    "a=group:BUNDLE 1",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "a=mid:1",
  ]);
});

test("RFC 9429 §5.2.2: a peer without BUNDLE is not offered the old section in a group again", () => {
  const a = new Negotiator(1);
  const offer = a.offer();
  a.set("local", "offer", offer);
  a.set("remote", "answer", editLines(new AnswerTo(offer).text, /^a=group/));
  expect(a.offer()).not.toContain("a=group");
});

/** What another of us answers. */
class AnswerTo {
  readonly text: string;

  constructor(offer: string) {
    const peer = new Negotiator(5);
    peer.set("remote", "offer", offer);
    this.text = peer.answer();
  }
}

function origin(sdp: string): [id: string, version: string] {
  const [, id, version] = lineValue(sdp, "o=")!.split(" ");
  return [id!, version!];
}
