import { expect, test } from "vitest";
import { type Direction, negotiationNeeded, restartIce } from "../../src/jsep/index.ts";
import { CAPABILITIES, MediaNegotiator } from "./media-negotiator.ts";
import { editLines, exchange } from "./negotiator.ts";

const pair = (): readonly [MediaNegotiator, MediaNegotiator] => [new MediaNegotiator(1), new MediaNegotiator(2)];
const needed = (side: MediaNegotiator): boolean => negotiationNeeded(side.state, side.local);

// ---- association (RFC 9429 §5.9, §5.10) ------------------------------------------------------------------------------------------------------

test("RFC 9429 §5.9: a local offer names the transceiver of each new section, in the order they were made", () => {
  const [a] = pair();
  for (const kind of ["video", "audio", "video"] as const) a.add(kind);
  const media = a.set("local", "offer", a.offer()).media!;
  expect(media.map(({ mid, index, transceiver, kind }) => [mid, index, transceiver, kind])).toEqual([
    ["0", 0, 0, "video"],
    ["1", 1, 1, "audio"],
    ["2", 2, 2, "video"],
  ]);
});

test("RFC 9429 §5.10: a remote section takes the first addTrack transceiver of its kind that has no section, and only such", () => {
  const [a, b] = pair();
  a.add("video");
  a.add("audio");
  a.add("video");
  a.add("audio", { direction: "sendonly" });
  b.add("audio"); // addTransceiver: never taken
  b.stop(b.add("video", { addedByTrack: true }));
  const video = b.add("video", { addedByTrack: true });
  const audio = b.add("audio", { addedByTrack: true });
  const offer = a.offer();
  a.set("local", "offer", offer);
  const media = b.set("remote", "offer", offer).media!;
  // The second video finds none left; the peer does not receive the second audio, so nothing that we send fits it.
  expect(media.map(({ transceiver }) => transceiver)).toEqual([video.id, audio.id, undefined, undefined]);
  expect(b.transceivers.slice(-2).map(({ direction, mid }) => [direction, mid])).toEqual([
    ["recvonly", "2"],
    ["recvonly", "3"],
  ]);
});

test("RFC 9429 §5.10: two free addTrack transceivers are taken in order, and the rest stay free for our own offer", () => {
  const [a, b] = pair();
  a.add("audio");
  a.add("audio", { direction: "recvonly" });
  for (let index = 0; index < 3; index++) b.add("audio", { addedByTrack: true });
  const { answerer } = exchange(a, b);
  expect(answerer.media!.map(({ transceiver, agreed }) => [transceiver, agreed!.direction])).toEqual([
    [0, "sendrecv"],
    [1, "sendonly"],
  ]);
  expect(needed(b)).toBe(true);
  const offered = b.set("local", "offer", b.offer()).media!;
  expect(offered.map(({ transceiver }) => transceiver)).toEqual([0, 1, 2]);
});

test("RFC 9429 §5.10: a section that has a transceiver keeps it, whatever came since", () => {
  const [a, b] = pair();
  a.add("audio");
  exchange(a, b);
  b.add("audio", { addedByTrack: true });
  a.set("local", "offer", a.offer());
  expect(b.set("remote", "offer", a.state.pendingLocalDescription!.sdp).media!.map(({ transceiver }) => transceiver)).toEqual([0]);
});

test("RFC 9429 §5.10: sections that the peer's first offer has off get no transceiver", () => {
  const [a, b] = pair();
  a.add("audio");
  a.add("audio");
  const offer = a.offer();
  const at = offer.indexOf("m=audio", offer.indexOf("m=audio") + 1);
  const off = editLines(offer.slice(0, at), /^a=group/, "a=group:BUNDLE 0") + editLines(offer.slice(at), /^a=bundle-only/);
  expect(b.set("remote", "offer", off).media!.map(({ mid }) => mid)).toEqual(["0"]);
  expect(b.set("local", "answer", b.answer()).sections.map(({ rejected }) => rejected)).toEqual([false, true]);
});

test("RFC 9429 §5.10, §5.11: a section that either side stops is rejected at both, and is nobody's after", () => {
  for (const stopping of [0, 1]) {
    const sides = pair();
    sides[0].add("audio");
    sides[0].add("video");
    exchange(...sides);
    const side = sides[stopping]!;
    side.stop(side.transceivers[0]!);
    expect(needed(side)).toBe(true);
    const { offerer, answerer } = exchange(side, sides[1 - stopping]!);
    for (const result of [offerer, answerer]) {
      expect(result.media!.map(({ rejected, direction }) => [rejected, direction])).toEqual([
        [true, "inactive"],
        [false, expect.any(String)],
      ]);
      expect(result.media![0]!.transportId).toBeUndefined();
    }
    for (const one of sides) {
      expect(one.transceivers.map(({ kind }) => kind)).toEqual(["video"]);
      expect(needed(one)).toBe(false);
      const again = one.set("local", "offer", one.offer());
      expect(again.sections.map(({ rejected }) => rejected)).toEqual([true, false]);
      expect(again.media!.map(({ mid }) => mid)).toEqual(["1"]);
      one.set("local", "rollback");
    }
  }
});

test("webrtc-pc dom-rtcrtptransceiver-stop: stopping between offer and answer makes the section inactive, and our own offer then rejects it", () => {
  const [a, b] = pair();
  a.add("audio");
  const offer = a.offer();
  a.set("local", "offer", offer);
  b.set("remote", "offer", offer);
  b.stop(b.transceivers[0]!);
  const answer = b.answer();
  b.set("local", "answer", answer);
  expect(a.set("remote", "answer", answer).media).toMatchObject([{ rejected: false, agreed: { direction: "inactive" } }]);
  expect([needed(a), needed(b)]).toEqual([false, true]);
  expect(exchange(b, a).offerer.media).toMatchObject([{ rejected: true }]);
  expect([a.transceivers, b.transceivers]).toEqual([[], []]);
});

// ---- rollback (RFC 9429 §4.1.8.2, §5.7) -------------------------------------------------------------------------------------------------------

test("RFC 9429 §5.7: a rollback frees the transceivers, and the next offer names them anew", () => {
  const [a, b] = pair();
  a.add("audio");
  const first = a.offer();
  a.set("local", "offer", first);
  expect(a.set("local", "rollback").media).toEqual([]);
  expect(a.transceivers[0]).toMatchObject({ mid: undefined, index: undefined });
  a.add("video");
  expect(exchange(a, b).offerer.media!.map(({ mid, transceiver }) => [mid, transceiver])).toEqual([
    ["0", 0],
    ["1", 1],
  ]);
});

test("RFC 9429 §5.7: after the rollback of a remote offer, what it took is free for our own", () => {
  const [a, b] = pair();
  a.add("audio");
  a.add("video");
  const track = b.add("audio", { addedByTrack: true });
  const offer = a.offer();
  a.set("local", "offer", offer);
  b.set("remote", "offer", offer);
  expect(track.mid).toBe("0");
  b.set("remote", "rollback");
  a.set("local", "rollback");
  expect(b.transceivers).toEqual([expect.objectContaining({ id: track.id, mid: undefined })]);
  const { offerer } = exchange(b, a);
  expect(offerer.media!.map(({ mid, transceiver }) => [mid, transceiver])).toEqual([["0", track.id]]);
});

test("RFC 9429 §5.7: glare: the polite side rolls back, answers, and offers its own after", () => {
  const [a, b] = pair();
  a.add("audio", { addedByTrack: true });
  b.add("video", { addedByTrack: true });
  const [offerA, offerB] = [a.offer(), b.offer()];
  a.set("local", "offer", offerA);
  b.set("local", "offer", offerB);
  b.set("local", "rollback");
  b.set("remote", "offer", offerA);
  const answer = b.answer();
  b.set("local", "answer", answer);
  a.set("remote", "answer", answer);
  expect(needed(b)).toBe(true);
  const { offerer } = exchange(b, a);
  expect(offerer.media!.map(({ kind, agreed }) => [kind, agreed!.direction])).toEqual([
    ["audio", "recvonly"],
    ["video", "sendonly"],
  ]);
  expect([needed(a), needed(b)]).toEqual([false, false]);
});

// ---- negotiation needed (webrtc-pc §4.7.3) ------------------------------------------------------------------------------------------------------

test("webrtc-pc §4.7.3, 5.2: a transceiver without a section needs one until the exchange is over; one that stopped before does not", () => {
  const [a, b] = pair();
  expect(needed(a)).toBe(false);
  const transceiver = a.add("audio");
  expect(needed(a)).toBe(true);
  a.set("local", "offer", a.offer());
  expect(needed(a)).toBe(true); // the current description counts, not the pending one
  a.set("local", "rollback");
  exchange(a, b);
  expect([needed(a), needed(b)]).toEqual([false, false]);
  a.stop(transceiver);
  expect(needed(a)).toBe(true); // 5.1
  transceiver.stopped = true;
  expect(needed(a)).toBe(true); // 5.4: the section lives
  exchange(a, b);
  expect(needed(a)).toBe(false);
  const other = new MediaNegotiator(3);
  other.add("video", { stopping: true, stopped: true });
  expect(needed(other)).toBe(false);
});

test("webrtc-pc §4.7.3, 5.3.1: streams that the description does not name need it to, where we send", () => {
  const [a, b] = pair();
  const transceiver = a.add("audio", { streamIds: ["s1", "s2"] });
  exchange(a, b);
  for (const [streamIds, expected] of [
    [["s2", "s1"], false],
    [["s1", "s2", "s2"], false],
    [["s1"], true],
    [["s1", "s3"], true],
    [["s1", "s2", "s3"], true],
    [[], true],
  ] as const) {
    transceiver.streamIds = streamIds;
    expect(needed(a)).toBe(expected);
  }
  exchange(a, b);
  expect(needed(a)).toBe(false); // no stream, said as "-"
  transceiver.streamIds = ["s1"];
  transceiver.direction = "recvonly";
  exchange(a, b);
  expect(needed(a)).toBe(false);
});

const ALL: readonly Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];

test.each(ALL)("webrtc-pc §4.7.3, 5.3.2 and 5.3.3: directions after an offer that is %s", (offered) => {
  for (const theirs of ALL) {
    for (const ours of ALL) {
      const [a, b] = pair();
      const mine = a.add("audio", { direction: offered });
      b.add("audio", { addedByTrack: true, streamIds: ["stream"] });
      const offer = a.offer();
      a.set("local", "offer", offer);
      b.set("remote", "offer", offer);
      for (const one of b.transceivers) {
        one.direction = theirs;
        one.streamIds = ["stream"];
      }
      const other = b.transceivers.find(({ mid }) => mid === "0")!;
      const answer = b.answer();
      b.set("local", "answer", answer);
      const agreed = a.set("remote", "answer", answer).media![0]!.agreed!.direction;
      // Answered within what the offer allowed: neither side has more to say.
      expect(needed(a)).toBe(false);
      b.local = { ...b.local, transceivers: [other] };
      expect(needed(b)).toBe(false);
      mine.direction = ours;
      expect(needed(a)).toBe(ours !== offered && ours !== agreed);
      // The answerer: whether the answer would be another now.
      const before = answer.match(/a=(sendrecv|sendonly|recvonly|inactive)/)![1];
      other.direction = ours;
      const [wantsSend, wantsReceive] = [ours === "sendrecv" || ours === "sendonly", ours === "sendrecv" || ours === "recvonly"];
      const [maySend, mayReceive] = [offered === "sendrecv" || offered === "recvonly", offered === "sendrecv" || offered === "sendonly"];
      const would = `${wantsSend && maySend} ${wantsReceive && mayReceive}`;
      const is = `${before === "sendrecv" || before === "sendonly"} ${before === "sendrecv" || before === "recvonly"}`;
      const streamsUnsaid = wantsSend && !(theirs === "sendrecv" || theirs === "sendonly"); // 5.3.1
      expect(needed(b)).toBe(would !== is || streamsUnsaid);
    }
  }
});

test("webrtc-pc §4.7.3: data and media together: each is needed for itself", () => {
  const [a, b] = pair();
  a.add("audio");
  exchange(a, b);
  a.local = { ...a.local, dataChannels: true };
  expect(needed(a)).toBe(true);
  exchange(a, b);
  expect(needed(a)).toBe(false);
  a.state = restartIce(a.state);
  expect(needed(a)).toBe(true);
  exchange(a, b);
  expect(needed(a)).toBe(false);
});

test("webrtc-pc §4.7.3: a transceiver that the peer rejected needs nothing more", () => {
  const [a, b] = [
    new MediaNegotiator(1),
    new MediaNegotiator(2, { capabilities: { ...CAPABILITIES, audio: { codecs: [], headerExtensions: [] } } }),
  ];
  a.add("audio");
  exchange(a, b);
  expect([needed(a), needed(b)]).toEqual([false, false]);
});

test("webrtc-pc §4.7.3: what arrives by addTrack after an offer was applied is needed after the answer", () => {
  const [a, b] = pair();
  a.add("audio");
  const offer = a.offer();
  a.set("local", "offer", offer);
  a.add("video", { addedByTrack: true });
  b.set("remote", "offer", offer);
  const answer = b.answer();
  b.set("local", "answer", answer);
  a.set("remote", "answer", answer);
  expect(needed(a)).toBe(true);
  expect(exchange(a, b).offerer.media).toHaveLength(2);
  expect(needed(a)).toBe(false);
});
