import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { addLocalCandidate, addRemoteCandidate, JsepFailure, type Negotiated, restartIce } from "../../src/jsep/index.ts";
import { Negotiator } from "./negotiator.ts";

const FOLDER = new URL("../../../../test-vectors/sdp/", import.meta.url);
const RECORDED = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".sdp"))
  .map((name) => readFileSync(new URL(name, FOLDER), "utf8"));

/** One way to spoil a description: drop, double, swap or replace lines. */
const SPOIL = fc.array(
  fc.record({
    at: fc.nat(300),
    how: fc.constantFrom("drop", "double", "swap", "replace"),
    to: fc.nat(300),
    line: fc.constantFrom(
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
      "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
      "m=audio 9 UDP/TLS/RTP/SAVPF 0",
      "a=group:BUNDLE 0 1 2 3",
      "a=group:BUNDLE",
      "a=mid:0",
      "a=mid:2",
      "a=bundle-only",
      "a=setup:passive",
      "a=setup:active",
      "a=ice-ufrag:aaaa",
      "a=ice-lite",
      "a=sctp-port:0",
      "a=end-of-candidates",
      "a=inactive",
    ),
  }),
  { maxLength: 6 },
);

test("RFC 9429 §5.8: spoiled descriptions are taken whole or refused whole, and what is taken can be answered and offered again", () => {
  const seen = { taken: 0, refused: 0 };
  fc.assert(
    fc.property(
      fc.constantFrom(...RECORDED),
      SPOIL,
      fc.constantFrom("offer", "answer", "pranswer"),
      fc.boolean(),
      (sdp, edits, type, dataChannels) => {
        const lines = sdp.split("\r\n").slice(0, -1);
        for (const { at, how, to, line } of edits) {
          const [i, j] = [at % lines.length, to % lines.length];
          if (how === "drop") lines.splice(i, 1);
          else if (how === "double") lines.splice(j, 0, lines[i]!);
          else if (how === "replace") lines.splice(i, 1, line);
          else [lines[i], lines[j]] = [lines[j]!, lines[i]!];
          if (lines.length === 0) lines.push("v=0");
        }
        const side = new Negotiator(1, { dataChannels: true });
        if (type !== "offer") side.set("local", "offer", side.offer());
        side.local = { ...side.local, dataChannels };
        const result = side.check("remote", type as "offer", lines.map((line) => `${line}\r\n`).join(""));
        if (result instanceof JsepFailure) {
          expect(["RTCError", "InvalidAccessError", "OperationError"]).toContain(result.name);
          seen.refused += 1;
          return;
        }
        seen.taken += 1;
        checkConsistent(result);
        side.state = result.next;
        if (type === "offer") checkConsistent(side.set("local", "answer", side.answer()));
        if (side.state.signalingState !== "stable") return;
        checkConsistent(side.set("local", "offer", side.offer({ iceRestart: true })));
      },
    ),
    { numRuns: 300 },
  );
  expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(20);
});

test("RFC 9429 §3.2: whatever two sides do in whatever order, they agree on the transport, its roles and its credentials", () => {
  const step = fc.constantFrom(
    "offer",
    "offer-restart",
    "restart-ice",
    "rollback",
    "pranswer",
    "answer",
    "local-candidate",
    "remote-candidate",
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), step), { maxLength: 40 }), fc.nat(), (steps, seed) => {
      const sides = [new Negotiator(seed), new Negotiator(seed + 1)] as const;
      for (const [first, what] of steps) {
        const [me, peer] = first ? sides : [sides[1], sides[0]];
        const mine = me.state.signalingState;
        if (what === "restart-ice") me.state = restartIce(me.state);
        else if (what.startsWith("offer") && mine === "stable" && peer.state.signalingState === "stable") {
          const offer = me.offer({ iceRestart: what === "offer-restart" });
          checkConsistent(me.set("local", "offer", offer));
          checkConsistent(peer.set("remote", "offer", offer));
        } else if (
          what === "rollback" &&
          (mine === "have-local-offer" || mine === "have-remote-offer") &&
          !peer.state.signalingState.includes("pranswer")
        ) {
          checkConsistent(me.set("local", "rollback"));
          checkConsistent(peer.set("remote", "rollback"));
        } else if ((what === "pranswer" || what === "answer") && (mine === "have-remote-offer" || mine === "have-local-pranswer")) {
          const answer = me.answer();
          const atMe = me.set("local", what, answer);
          const atPeer = peer.set("remote", what, answer);
          checkConsistent(atMe);
          checkConsistent(atPeer);
          checkAgreement(atMe, atPeer);
        } else if (what === "local-candidate") {
          const fragment = me.state.currentLocalDescription?.parsed.media[0]?.iceUfrag ?? "none";
          me.state = addLocalCandidate(me.state, { mid: "0", usernameFragment: fragment, candidate: CANDIDATE });
        } else if (what === "remote-candidate" && (me.state.currentRemoteDescription ?? me.state.pendingRemoteDescription) !== undefined) {
          const added = addRemoteCandidate(me.state, { candidate: CANDIDATE, sdpMid: "0" });
          if (added instanceof JsepFailure) throw new Error(added.message);
          me.state = added.next;
        }
      }
    }),
    { numRuns: 120 },
  );
});

const CANDIDATE = "candidate:1 1 udp 2122194687 192.0.2.1 5000 typ host";

/** What must hold of every result. */
function checkConsistent(result: Negotiated): void {
  const ids = result.transports.map((transport) => transport.id);
  expect(new Set(ids).size).toBe(ids.length);
  const carried = result.transports.flatMap((transport) => transport.mids);
  expect(new Set(carried).size).toBe(carried.length);
  for (const transport of result.transports) {
    expect(transport.mids).toContain(transport.mid);
    expect(transport.local ?? transport.remote).toBeDefined();
    if (transport.dtlsRole !== undefined) expect(transport.remote!.fingerprints.length).toBeGreaterThan(0);
  }
  for (const section of result.sections) if (section.transportId !== undefined) expect(ids).toContain(section.transportId);
  if (result.data !== undefined) {
    expect(ids).toContain(result.data.transportId);
    if (result.data.ready) expect(result.data).toMatchObject({ localPort: expect.any(Number), remotePort: expect.any(Number) });
  }
}

function checkAgreement(mine: Negotiated, theirs: Negotiated): void {
  expect(mine.transports).toHaveLength(1);
  const [a, b] = [mine.transports[0]!, theirs.transports[0]!];
  expect(a.id).toBe(b.id);
  expect(a.local!.iceCredentials).toEqual(b.remote!.iceCredentials);
  expect(a.remote!.iceCredentials).toEqual(b.local!.iceCredentials);
  expect([a.dtlsRole, b.dtlsRole].toSorted()).toEqual(["client", "server"]);
  expect([a.iceRole, b.iceRole].toSorted()).toEqual(["controlled", "controlling"]);
  expect(mine.data!.ready && theirs.data!.ready).toBe(true);
}
