import { expect, test } from "vitest";
import {
  addCandidateToDescription,
  addLocalCandidate,
  addRemoteCandidate,
  type CandidateInit,
  closeNegotiation,
  JsepFailure,
} from "../../src/jsep/index.ts";
import { editLines, exchange, lineValue, Negotiator } from "./negotiator.ts";

const HOST4 = "candidate:1 1 udp 2122194687 192.0.2.1 5000 typ host";
const HOST6 = "candidate:2 1 udp 2122260223 2001:db8::1 5001 typ host";
const MDNS = "candidate:3 1 udp 2113937151 93fe51a1.local 5002 typ host";
const TCP = "candidate:4 1 tcp 1518214911 192.0.2.1 9 typ host tcptype active";
const SRFLX = "candidate:5 1 udp 1686052607 198.51.100.1 6000 typ srflx raddr 192.0.2.1 rport 5000";
const RELAY6 = "candidate:6 1 udp 41885439 2001:db8::9 7000 typ relay raddr 198.51.100.1 rport 6000";

test("RFC 9429 §4.1.20, RFC 8839 §4.2.1.2: gathered candidates stand in the description with the best default in m= and c=", () => {
  let sdp = new Negotiator(1).offer();
  const steps: string[] = [];
  for (const candidate of [MDNS, TCP, HOST6, HOST4, RELAY6, SRFLX]) {
    sdp = addCandidateToDescription(sdp, candidate, "0");
    steps.push(`${lineValue(sdp, "m=application ")!.split(" ")[0]} ${lineValue(sdp, "c=")}`);
  }
  expect(steps).toEqual([
    "9 IN IP4 0.0.0.0",
    "9 IN IP4 0.0.0.0",
    "5001 IN IP6 2001:db8::1",
    "5000 IN IP4 192.0.2.1",
    "7000 IN IP6 2001:db8::9",
    "7000 IN IP6 2001:db8::9",
  ]);
  sdp = addCandidateToDescription(sdp, "", "0");
  const written = [MDNS, TCP, HOST6, HOST4, RELAY6, SRFLX].map((one) => `a=${one}\r\n`).join("");
  expect(sdp).toContain(`c=IN IP6 2001:db8::9\r\n${written}a=end-of-candidates\r\na=ice-ufrag`);
  expect(addCandidateToDescription(sdp, HOST4, "0")).toBe(sdp); // once is enough
  expect(addCandidateToDescription(sdp, HOST4, "9")).toBe(sdp);
  expect(addCandidateToDescription("garbage", HOST4, "0")).toBe("garbage");
});

test("RFC 9429 §5.2.2: candidates go into the descriptions of their generation, and into the next offer unless it restarts", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  const offer = a.offer();
  a.set("local", "offer", offer);
  const usernameFragment = lineValue(offer, "a=ice-ufrag:")!;
  a.state = addLocalCandidate(a.state, { mid: "0", usernameFragment, candidate: HOST4 });
  expect(a.state.pendingLocalDescription!.sdp).toContain(`a=${HOST4}\r\n`);
  expect(a.state.lastCreatedOffer).toBe(offer);
  a.state = addLocalCandidate(a.state, { mid: "0", usernameFragment: "other", candidate: HOST6 });
  expect(a.state.pendingLocalDescription!.sdp).not.toContain(HOST6);
  const repeated = a.offer();
  expect(repeated).toContain(`m=application 5000 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 192.0.2.1\r\na=${HOST4}\r\na=ice-ufrag`);
  a.set("local", "offer", repeated);
  b.set("remote", "offer", repeated);
  a.set("remote", "answer", b.answer());
  a.state = addLocalCandidate(a.state, { mid: "0", usernameFragment, candidate: "" });
  expect(a.state.currentLocalDescription!.sdp).toContain(`a=${HOST4}\r\na=end-of-candidates\r\na=ice-ufrag`);
  expect(a.offer()).toContain("a=end-of-candidates");
  const restart = a.offer({ iceRestart: true });
  expect(restart).not.toContain("candidate:");
  expect(restart).not.toContain("end-of-candidates");
  expect(restart).toContain("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n");
});

test("RFC 9429 §5.3.2: an answer without restart repeats the candidates of the same generation", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  exchange(a, b);
  const usernameFragment = lineValue(b.state.currentLocalDescription!.sdp, "a=ice-ufrag:")!;
  b.state = addLocalCandidate(b.state, { mid: "0", usernameFragment, candidate: HOST4 });
  b.set("remote", "offer", a.offer());
  expect(b.answer()).toContain(`a=${HOST4}`);
  b.set("remote", "offer", a.offer({ iceRestart: true }));
  expect(b.answer()).not.toContain(HOST4);
});

test("RFC 9429 §5.5: a description with candidates in it is no longer the one that was created", () => {
  const a = new Negotiator(1);
  a.set("local", "offer", a.offer());
  const usernameFragment = lineValue(a.state.pendingLocalDescription!.sdp, "a=ice-ufrag:")!;
  a.state = addLocalCandidate(a.state, { mid: "0", usernameFragment, candidate: HOST4 });
  expect(a.failure("local", "offer", a.state.pendingLocalDescription!.sdp)).toBe("InvalidModificationError");
});

/** addIceCandidate arguments that fail after one exchange, and how. */
const REFUSED: readonly (readonly [why: string, init: CandidateInit, name: string])[] = [
  ["neither mid nor index", { candidate: HOST4 }, "TypeError"],
  ["both null", { candidate: HOST4, sdpMid: null, sdpMLineIndex: null }, "TypeError"],
  ["an unknown mid", { candidate: HOST4, sdpMid: "9" }, "OperationError"],
  ["an unknown mid with a good index", { candidate: HOST4, sdpMid: "9", sdpMLineIndex: 0 }, "OperationError"],
  ["an index too large", { candidate: HOST4, sdpMLineIndex: 1 }, "OperationError"],
  ["an unknown user name fragment", { candidate: HOST4, sdpMid: "0", usernameFragment: "unknown" }, "OperationError"],
  ["an end mark with an unknown fragment", { candidate: "", usernameFragment: "unknown" }, "OperationError"],
  ["a malformed candidate", { candidate: "candidate:1 1 udp", sdpMid: "0" }, "OperationError"],
  ["no candidate at all", { candidate: "hello", sdpMid: "0" }, "OperationError"],
  ["two lines", { candidate: `${HOST4}\r\na=mid:1`, sdpMid: "0" }, "OperationError"],
];

test.each(REFUSED)("webrtc-pc §4.4.2 addIceCandidate: %s", (_why, init, name) => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  exchange(a, b);
  expect(addRemoteCandidate(a.state, init)).toMatchObject({ name });
});

test("webrtc-pc §4.4.2 addIceCandidate: without a remote description it is an InvalidStateError", () => {
  expect(addRemoteCandidate(new Negotiator(1).state, { candidate: HOST4, sdpMid: "0" })).toMatchObject({ name: "InvalidStateError" });
});

test("webrtc-pc §4.4.2 addIceCandidate: after close() it is an InvalidStateError", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  exchange(a, b);
  expect(addRemoteCandidate(closeNegotiation(a.state), { candidate: HOST4, sdpMid: "0" })).toMatchObject({ name: "InvalidStateError" });
});

test("webrtc-pc §4.4.2 addIceCandidate: a section that only the pending offer has knows only the pending offer's fragment", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  exchange(a, b);
  const offer = b.offer();
  const second = offer
    .slice(offer.indexOf("m="))
    .replace("a=mid:0", "a=mid:1")
    .replace(/a=ice-ufrag:.*/, "a=ice-ufrag:zzzz");
  a.set("remote", "offer", offer + second);
  expect(addRemoteCandidate(a.state, { candidate: HOST4, sdpMid: "1", usernameFragment: "unknown" })).toMatchObject({
    name: "OperationError",
  });
  expect(addRemoteCandidate(a.state, { candidate: HOST4, sdpMid: "1", usernameFragment: "zzzz" })).toMatchObject({ transportIds: ["1"] });
});

test("webrtc-pc §4.4.2 addIceCandidate: by mid, by index, with a= or without; kept in the description without touching its default", () => {
  const a = new Negotiator(1);
  a.set("remote", "offer", new Negotiator(2).offer());
  for (const init of [
    { candidate: HOST4, sdpMid: "0" },
    { candidate: `a=${HOST6}`, sdpMLineIndex: 0 },
    { candidate: MDNS, sdpMid: "0", sdpMLineIndex: 7 },
    { candidate: "" },
  ]) {
    const added = addRemoteCandidate(a.state, init);
    if (added instanceof JsepFailure) throw new Error(added.message);
    expect(added).toMatchObject({ mids: ["0"], transportIds: ["0"] });
    a.state = added.next;
  }
  expect(a.state.pendingRemoteDescription!.sdp).toContain(
    `c=IN IP4 0.0.0.0\r\na=${HOST4}\r\na=${HOST6}\r\na=${MDNS}\r\na=end-of-candidates\r\na=ice-ufrag`,
  );
  const answered = a.set("local", "answer", a.answer()).transports[0]!;
  expect(answered.remote!.candidates).toEqual([HOST4, HOST6, MDNS]);
  expect(answered.remote!.endOfCandidates).toBe(true);
});

test("RFC 8838 §11: a candidate of a restart that is not answered yet waits for the answer; one of the old generation is told at once", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  exchange(a, b);
  const old = lineValue(a.state.currentLocalDescription!.sdp, "a=ice-ufrag:")!;
  const offer = a.offer({ iceRestart: true });
  b.set("remote", "offer", offer);
  const early = addRemoteCandidate(b.state, { candidate: HOST4, sdpMid: "0" });
  if (early instanceof JsepFailure) throw new Error(early.message);
  expect(early.transportIds).toEqual([]);
  const late = addRemoteCandidate(early.next, { candidate: HOST6, sdpMid: "0", usernameFragment: old });
  if (late instanceof JsepFailure) throw new Error(late.message);
  expect(late.transportIds).toEqual(["0"]);
  b.state = late.next;
  expect(b.state.pendingRemoteDescription!.sdp).not.toContain(HOST6);
  expect(b.state.currentRemoteDescription!.sdp).toContain(HOST6);
  expect(b.set("local", "answer", b.answer()).transports[0]!.remote!.candidates).toEqual([HOST4]);
});

test("webrtc-pc §4.4.2 addIceCandidate: for a rejected section it is taken and goes nowhere", () => {
  const a = new Negotiator(1);
  a.set("local", "offer", a.offer());
  const b = new Negotiator(2);
  b.set("remote", "offer", a.state.pendingLocalDescription!.sdp);
  a.set("remote", "answer", editLines(editLines(b.answer(), /^m=/, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel"), /^a=group/));
  expect(addRemoteCandidate(a.state, { candidate: HOST4, sdpMid: "0" })).toMatchObject({ mids: ["0"], transportIds: [], next: a.state });
});
