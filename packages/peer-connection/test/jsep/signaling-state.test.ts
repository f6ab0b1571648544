import { expect, test } from "vitest";
import {
  canTrickle,
  closeNegotiation,
  createAnswer,
  createOffer,
  JsepFailure,
  type SdpType,
  type Side,
  type SignalingState,
} from "../../src/jsep/index.ts";
import { Negotiator } from "./negotiator.ts";

const STATES: readonly SignalingState[] = [
  "stable",
  "have-local-offer",
  "have-remote-offer",
  "have-local-pranswer",
  "have-remote-pranswer",
  "closed",
];

/** RFC 9429 §3.2, figure 2, with webrtc-pc's rollback: where each description leads; all others are InvalidStateError. */
const TRANSITIONS: Readonly<Record<string, SignalingState>> = {
  "stable local offer": "have-local-offer",
  "stable remote offer": "have-remote-offer",
  "have-local-offer local offer": "have-local-offer",
  "have-local-offer remote pranswer": "have-remote-pranswer",
  "have-local-offer remote answer": "stable",
  "have-local-offer local rollback": "stable",
  "have-local-offer remote rollback": "stable",
  "have-remote-offer remote offer": "have-remote-offer",
  "have-remote-offer local pranswer": "have-local-pranswer",
  "have-remote-offer local answer": "stable",
  "have-remote-offer local rollback": "stable",
  "have-remote-offer remote rollback": "stable",
  "have-local-pranswer local pranswer": "have-local-pranswer",
  "have-local-pranswer local answer": "stable",
  "have-remote-pranswer remote pranswer": "have-remote-pranswer",
  "have-remote-pranswer remote answer": "stable",
};

const CASES = STATES.flatMap((state) =>
  (["local", "remote"] as const).flatMap((side) =>
    (["offer", "pranswer", "answer", "rollback"] as const).map((type) => [state, side, type] as const),
  ),
);

test.each(CASES)("RFC 9429 §3.2, §5.5, §5.6: in %s, a %s %s", (state, side, type) => {
  const at = inState(state);
  const expected = TRANSITIONS[`${state} ${side} ${type}`];
  const sdp = textFor(at, side, type);
  if (expected === undefined) expect(at.failure(side, type, sdp)).toBe("InvalidStateError");
  else expect(at.set(side, type, sdp).next.signalingState).toBe(expected);
});

test.each(STATES)("webrtc-pc §4.4.2: createOffer and createAnswer in %s", (state) => {
  const at = inState(state);
  const offer = createOffer(at.state, at.local);
  const answer = createAnswer(at.state, at.local);
  expect(offer instanceof JsepFailure ? offer.name : "made").toBe(
    state === "stable" || state === "have-local-offer" ? "made" : "InvalidStateError",
  );
  expect(answer instanceof JsepFailure ? answer.name : "made").toBe(
    state === "have-remote-offer" || state === "have-local-pranswer" ? "made" : "InvalidStateError",
  );
});

test("webrtc-pc §4.4.1.5: which description is where after each step", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  const offer = a.offer();
  a.set("local", "offer", offer);
  expect([a.state.pendingLocalDescription?.sdp, a.state.currentLocalDescription]).toEqual([offer, undefined]);
  b.set("remote", "offer", offer);
  const answer = b.answer();
  b.set("local", "pranswer", answer);
  expect([b.state.pendingLocalDescription?.type, b.state.pendingRemoteDescription?.type]).toEqual(["pranswer", "offer"]);
  a.set("remote", "pranswer", answer);
  expect(a.state.pendingRemoteDescription).toMatchObject({ type: "pranswer", sdp: answer });
  expect(a.state.lastCreatedOffer).toBe(offer);
  b.set("local", "answer", answer);
  a.set("remote", "answer", answer);
  for (const side of [a, b]) {
    expect([side.state.pendingLocalDescription, side.state.pendingRemoteDescription]).toEqual([undefined, undefined]);
    expect([side.state.lastCreatedOffer, side.state.lastCreatedAnswer]).toEqual(["", ""]);
  }
  expect(a.state.currentLocalDescription).toMatchObject({ type: "offer", sdp: offer });
  expect(a.state.currentRemoteDescription).toMatchObject({ type: "answer", sdp: answer });
  expect(b.state.currentLocalDescription).toMatchObject({ type: "answer", sdp: answer });
});

test("RFC 9429 §5.4: a local description that was altered, or not created, is an InvalidModificationError, whatever the state", () => {
  const a = new Negotiator(1);
  const offer = a.offer();
  expect(a.failure("local", "offer", `${offer}a=x\r\n`)).toBe("InvalidModificationError");
  expect(a.failure("local", "offer", "")).toBe("InvalidModificationError");
  expect(a.failure("local", "answer", offer)).toBe("InvalidModificationError");
  expect(a.failure("local", "answer", "v=0")).toBe("InvalidModificationError");
  const older = offer;
  a.local = { ...a.local, maxMessageSize: 1000 };
  expect(a.offer()).not.toBe(older);
  expect(a.failure("local", "offer", older)).toBe("InvalidModificationError");
});

test("RFC 9429 §5.7: a rollback brings back what was agreed before, and later offers do not reuse what was given up", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  const first = a.offer();
  a.set("local", "offer", first);
  const rolledBack = a.set("local", "rollback");
  expect(rolledBack.transports).toEqual([]);
  expect(rolledBack.data).toBeUndefined();
  expect(rolledBack.sections).toEqual([]);
  const second = a.offer();
  expect(second.match(/a=ice-ufrag:(.*)/)![1]).not.toBe(first.match(/a=ice-ufrag:(.*)/)![1]);
  a.set("local", "offer", second);
  b.set("remote", "offer", second);
  const answer = b.answer();
  const agreed = b.set("local", "answer", answer).transports;
  a.set("remote", "answer", answer);
  const restart = a.offer({ iceRestart: true });
  const offered = a.set("local", "offer", restart).transports[0]!;
  expect(offered.local!.iceRestart).toBe(true);
  b.set("remote", "offer", restart);
  expect(b.set("remote", "rollback").transports).toEqual(agreed);
  const back = a.set("remote", "rollback").transports[0]!;
  expect(back.local!.iceCredentials.usernameFragment).toBe(second.match(/a=ice-ufrag:(.*)/)![1]!.trim());
});

test("RFC 9429 §4.1.17: canTrickleIceCandidates follows the latest remote description", () => {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  expect(canTrickle(a.state)).toBeNull();
  const offer = b.offer();
  a.set("remote", "offer", offer);
  expect(canTrickle(a.state)).toBe(true);
  a.set("remote", "offer", offer.replace("a=ice-options:trickle\r\n", ""));
  expect(canTrickle(a.state)).toBe(false);
  a.set("remote", "offer", offer.replace("a=ice-options:trickle\r\n", "").replace("t=0 0", "t=0 0\r\na=ice-options:ice2 trickle"));
  expect(canTrickle(a.state)).toBe(true);
  a.set("remote", "rollback");
  expect(canTrickle(a.state)).toBeNull();
});

function inState(state: SignalingState): Negotiator {
  const [a, b] = [new Negotiator(1), new Negotiator(2)];
  switch (state) {
    case "have-local-offer":
    case "have-remote-pranswer":
      a.set("local", "offer", a.offer());
      break;
    case "have-remote-offer":
    case "have-local-pranswer":
      a.set("remote", "offer", b.offer());
      break;
    case "closed":
      a.state = closeNegotiation(a.state);
      break;
    case "stable":
  }
  if (state === "have-local-pranswer") a.set("local", "pranswer", a.answer());
  if (state === "have-remote-pranswer") a.set("remote", "pranswer", answerTo(a));
  return a;
}

/** A text that fails for no other reason than the state. */
function textFor(at: Negotiator, side: Side, type: SdpType): string {
  if (side === "local" && type === "offer") {
    const created = createOffer({ ...at.state, signalingState: "stable" }, at.local);
    if (created instanceof JsepFailure) throw new Error(created.message);
    at.state = { ...created.next, signalingState: at.state.signalingState };
    return created.sdp;
  }
  if (side === "local" && type !== "rollback") {
    const created = createAnswer(at.state, at.local);
    if (created instanceof JsepFailure) return at.state.lastCreatedAnswer;
    at.state = created.next;
    return created.sdp;
  }
  if (type === "offer") return new Negotiator(9).offer();
  return answerTo(at);
}

/** An answer to what `at` has offered, or to anything. */
function answerTo(at: Negotiator): string {
  const peer = new Negotiator(8);
  peer.set("remote", "offer", at.state.pendingLocalDescription?.sdp ?? new Negotiator(7).offer());
  return peer.answer();
}
