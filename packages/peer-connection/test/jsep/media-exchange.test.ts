import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  createAnswer,
  createOffer,
  type Direction,
  JsepFailure,
  type Negotiated,
  type NegotiatedMedia,
  negotiationNeeded,
} from "../../src/jsep/index.ts";
import { CAPABILITIES, H264, MediaNegotiator, OPUS, PCMU, RTX, TONES, VP8, VP9 } from "./media-negotiator.ts";

const DIRECTIONS: readonly Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];

/** What the test may do, `who` first or second side. */
const STEP = fc.record({
  who: fc.boolean(),
  what: fc.constantFrom(
    "add",
    "add",
    "add-by-track",
    "simulcast",
    "direction",
    "stop",
    "prefer",
    "data",
    "offer",
    "offer",
    "offer-restart",
    "offer-again",
    "rollback",
    "pranswer",
    "answer",
    "answer",
    "answer",
  ),
  which: fc.nat(20),
  kind: fc.constantFrom("audio" as const, "video" as const),
  direction: fc.constantFrom(...DIRECTIONS),
});

const PREFERENCES = { audio: [[PCMU, OPUS], [OPUS, TONES], []], video: [[H264, VP8, RTX], [VP9], [VP8, VP9, RTX], []] };

test("RFC 9429 §5: whatever two sides with transceivers do, they agree on sections, directions, codecs, extensions and transports", () => {
  let answers = 0;
  fc.assert(
    fc.property(
      fc.array(STEP, { minLength: 10, maxLength: 80, size: "max" }),
      fc.nat(),
      fc.constantFrom("balanced" as const, "max-compat" as const, "max-bundle" as const),
      fc.constantFrom("balanced" as const, "max-compat" as const, "max-bundle" as const),
      (steps, seed, policyA, policyB) => {
        const sides = [
          new MediaNegotiator(seed, { bundlePolicy: policyA }),
          new MediaNegotiator(seed + 1, {
            bundlePolicy: policyB,
            capabilities: { ...CAPABILITIES, video: { ...CAPABILITIES.video, codecs: [H264, VP8, RTX] } },
          }),
        ] as const;
        for (const { who, what, which, kind, direction } of steps) {
          const [me, peer] = who ? sides : [sides[1], sides[0]];
          const mine = me.state.signalingState;
          const live = me.transceivers.filter(({ stopping, stopped }) => !stopping && !stopped);
          const chosen = live[which % Math.max(1, live.length)];
          if (what === "add") me.add(kind, { direction });
          else if (what === "add-by-track") me.add(kind, { addedByTrack: true });
          else if (what === "simulcast") me.add("video", { rids: ["q", "h", "f"], direction });
          else if (what === "direction" && chosen !== undefined) chosen.direction = direction;
          else if (what === "stop" && chosen !== undefined) me.stop(chosen);
          else if (what === "prefer" && chosen !== undefined) chosen.codecPreferences = PREFERENCES[chosen.kind][which % 3]!;
          else if (what === "data") me.local = { ...me.local, dataChannels: true };
          else if (what.startsWith("offer")) {
            if (mine === "stable" && peer.state.signalingState === "stable") {
              const offer = me.offer({ iceRestart: what === "offer-restart" });
              expect(me.offer({ iceRestart: what === "offer-restart" })).toBe(offer);
              checkOne(me.set("local", "offer", offer));
              checkOne(peer.set("remote", "offer", offer));
            } else if (what === "offer-again" && mine === "have-local-offer") {
              const offer = me.offer();
              checkOne(me.set("local", "offer", offer));
              checkOne(peer.set("remote", "offer", offer));
            }
          } else if (what === "rollback" && mine === "have-local-offer" && peer.state.signalingState === "have-remote-offer") {
            checkOne(me.set("local", "rollback"));
            checkOne(peer.set("remote", "rollback"));
          } else if ((what === "pranswer" || what === "answer") && (mine === "have-remote-offer" || mine === "have-local-pranswer")) {
            const answer = me.answer();
            expect(me.answer()).toBe(answer);
            const atMe = me.set("local", what, answer);
            const atPeer = peer.set("remote", what, answer);
            checkOne(atMe);
            checkOne(atPeer);
            checkBoth(atMe, atPeer);
            answers += 1;
            if (what === "answer") for (const side of sides) checkNothingMoreNeeded(side);
          }
        }
      },
    ),
    { numRuns: 25 },
  );
  expect(answers).toBeGreaterThan(40);
}, 30_000);

/** What must hold of every result by itself. */
function checkOne(result: Negotiated): void {
  const ids = new Set(result.transports.map(({ id }) => id));
  const carried = result.transports.flatMap(({ mids }) => mids);
  expect(new Set(carried).size).toBe(carried.length);
  const media = result.media ?? [];
  const transceivers = media.flatMap(({ transceiver }) => transceiver ?? []);
  expect(new Set(transceivers).size).toBe(transceivers.length);
  for (const section of media) {
    expect(section.agreed !== undefined).toBe(result.type === "answer" || result.type === "pranswer");
    if (section.rejected) continue;
    if (result.type !== "offer") expect(ids).toContain(section.transportId);
    if (section.agreed === undefined) continue;
    expect(section.agreed.sendCodecs.length).toBeGreaterThan(0);
    expect(section.agreed.receiveCodecs.length).toBe(section.agreed.sendCodecs.length);
    expect(section.agreed.rtcpMux).toBe(true);
    for (const codecs of [section.agreed.sendCodecs, section.agreed.receiveCodecs]) {
      expect(new Set(codecs.map(({ payloadType }) => payloadType)).size).toBe(codecs.length);
      for (const { repairs } of codecs) {
        if (repairs !== undefined) expect(codecs.map(({ payloadType }) => payloadType)).toContain(repairs);
      }
    }
  }
}

/** What must hold of an answer at both ends. */
function checkBoth(mine: Negotiated, theirs: Negotiated): void {
  expect(mine.sections.map(({ mid, rejected }) => [mid, rejected])).toEqual(theirs.sections.map(({ mid, rejected }) => [mid, rejected]));
  expect(mine.transports.map(({ mids }) => mids.toSorted()).toSorted()).toEqual(
    theirs.transports.map(({ mids }) => mids.toSorted()).toSorted(),
  );
  for (const transport of mine.transports) {
    const other = theirs.transports.find(({ mid }) => mid === transport.mid)!;
    expect(transport.local!.iceCredentials).toEqual(other.remote!.iceCredentials);
    expect(transport.remote!.iceCredentials).toEqual(other.local!.iceCredentials);
    expect([transport.dtlsRole, other.dtlsRole].toSorted()).toEqual(["client", "server"]);
    expect([transport.iceRole, other.iceRole].toSorted()).toEqual(["controlled", "controlling"]);
  }
  const live = (result: Negotiated): readonly NegotiatedMedia[] => (result.media ?? []).filter(({ rejected }) => !rejected);
  expect(live(mine).map(({ mid }) => mid)).toEqual(live(theirs).map(({ mid }) => mid));
  for (const [index, section] of live(mine).entries()) {
    const [a, b] = [section.agreed!, live(theirs)[index]!.agreed!];
    expect(new Set([a.direction, b.direction].toSorted()).size === 1 ? ["sendrecv", "inactive"] : ["recvonly", "sendonly"]).toContain(
      a.direction,
    );
    const types = (codecs: typeof a.sendCodecs): unknown =>
      codecs.map(({ payloadType, mimeType, rtcpFeedback }) => [payloadType, mimeType, rtcpFeedback]);
    expect(types(a.sendCodecs)).toEqual(types(b.receiveCodecs));
    expect(types(b.sendCodecs)).toEqual(types(a.receiveCodecs));
    expect(a.headerExtensions.map(({ id, uri }) => [id, uri])).toEqual(b.headerExtensions.map(({ id, uri }) => [id, uri]));
    expect([a.sendRids, a.receiveRids]).toEqual([b.receiveRids, b.sendRids]);
    expect([a.rtcpReducedSize, a.cryptex, a.extmapAllowMixed]).toEqual([b.rtcpReducedSize, b.cryptex, b.extmapAllowMixed]);
  }
}

/** After an exchange, another is needed exactly for what changed or could not be said in it. */
function checkNothingMoreNeeded(side: MediaNegotiator): void {
  const offer = createOffer(side.state, side.local);
  if (offer instanceof JsepFailure) throw new Error(offer.message);
  expect(createAnswer(side.state, side.local)).toBeInstanceOf(JsepFailure);
  const unheard = side.transceivers.filter(({ mid, stopping, stopped }) => (mid === undefined || stopping) && !stopped);
  if (unheard.length > 0) expect(negotiationNeeded(side.state, side.local)).toBe(true);
}
