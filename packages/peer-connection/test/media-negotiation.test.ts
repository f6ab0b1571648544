/** Negotiation of media between two engines, seen in what then flows (RFC 9429, webrtc-pc §4 and §5.4). */
import { expect, test } from "vitest";
import type { MediaTransceiver } from "../src/engine/index.ts";
import type { Peer } from "./engine-peers.ts";
import { apply } from "./engine-peers.ts";
import { MediaPeers, vp8Frame } from "./media-peers.ts";

const summary = ({ engine }: Peer) => engine.transceivers.map(({ mid, kind, currentDirection }) => [mid, kind, currentDirection]);

/** Sends from one to the other and gives how many frames arrived. */
function flow(peers: MediaPeers, from: Peer, to: Peer, transceiver: MediaTransceiver): number {
  const got = peers.receive(peers.counterpart(to, { ...transceiver, mid: transceiver.mid } as MediaTransceiver));
  const before = got.length;
  if (transceiver.kind === "audio") peers.sendAudio(from, transceiver, 20);
  else peers.sendVideo(from, transceiver, 10);
  peers.network.runFor(2000);
  return got.length - before;
}

const renegotiate = (peers: MediaPeers, from: Peer, to: Peer): void => {
  peers.negotiate(from, to);
  peers.network.runFor(3000);
};

test("RFC 9429 §5.10: addTrack on both sides meets in one section and flows both ways", () => {
  const peers = new MediaPeers();
  const { offerer, answerer } = peers;
  const ours = peers.add(offerer, "audio");
  const theirs = peers.add(answerer, "audio");
  peers.connect();
  expect([summary(offerer), summary(answerer)]).toEqual([[["0", "audio", "sendrecv"]], [["0", "audio", "sendrecv"]]]);
  expect(flow(peers, offerer, answerer, ours)).toBeGreaterThan(15);
  expect(flow(peers, answerer, offerer, theirs)).toBeGreaterThan(15);
});

test("RFC 9429 §5.2.2: a section added later joins the bundle and flows, from either side", () => {
  const peers = new MediaPeers();
  const { offerer, answerer } = peers;
  peers.add(offerer, "audio");
  peers.connect();
  const video = peers.add(answerer, "video", { direction: "sendonly" });
  expect(answerer.engine.negotiationNeeded()).toBe(true);
  renegotiate(peers, answerer, offerer);
  expect(answerer.engine.negotiationNeeded()).toBe(false);
  expect(summary(offerer)).toEqual([
    ["0", "audio", "sendonly"],
    ["1", "video", "recvonly"],
  ]);
  expect([offerer, answerer].map(({ engine }) => engine.transports.length)).toEqual([1, 1]);
  expect(flow(peers, answerer, offerer, video)).toBeGreaterThan(5);
});

test.each(["balanced", "max-compat", "max-bundle"] as const)(
  "RFC 9429 §4.1.1: bundlePolicy %s ends in one transport, and two of each kind flow",
  (bundlePolicy) => {
    const peers = new MediaPeers({ engine: { bundlePolicy } });
    const { offerer, answerer } = peers;
    const all = (["audio", "video", "audio", "video"] as const).map((kind) => peers.add(offerer, kind, { direction: "sendonly" }));
    peers.connect();
    expect([offerer, answerer].map(({ engine }) => engine.transports.length)).toEqual([1, 1]);
    for (const one of all) expect(flow(peers, offerer, answerer, one)).toBeGreaterThan(5);
  },
);

test("RFC 9429 §5.3.1: without a BUNDLE group each section has a transport of its own, and both flow", () => {
  const peers = new MediaPeers({
    engine: { bundlePolicy: "max-compat" },
    onSignal: (_type, sdp) => sdp.replace(/a=group:BUNDLE.*\r\n/, ""),
  });
  const { offerer, answerer } = peers;
  const [audio, video] = [peers.add(offerer, "audio"), peers.add(offerer, "video")];
  peers.connect();
  expect([offerer, answerer].map(({ engine }) => engine.transports.length)).toEqual([2, 2]);
  expect(flow(peers, offerer, answerer, audio)).toBeGreaterThan(15);
  expect(flow(peers, offerer, answerer, video)).toBeGreaterThan(5);
});

test("RFC 9429 §5.2.2: stopping any section leaves the others flowing, and its place is used again", () => {
  for (const stopped of [0, 1]) {
    const peers = new MediaPeers();
    const { offerer, answerer } = peers;
    const sections = [peers.add(offerer, "audio"), peers.add(offerer, "video")];
    peers.connect();
    offerer.node.call((engine, now) => engine.stopTransceiver(now, sections[stopped]!.id));
    renegotiate(peers, offerer, answerer);
    const other = sections[1 - stopped]!;
    expect([summary(offerer).length, summary(answerer).length]).toEqual([1, 1]);
    expect(flow(peers, offerer, answerer, other)).toBeGreaterThan(5);
    const again = peers.add(offerer, sections[stopped]!.kind, { direction: "sendonly" });
    renegotiate(peers, offerer, answerer);
    expect(again.mid).toBe("2");
    expect(offerer.engine.negotiation.currentLocalDescription!.sdp.split("\r\nm=")).toHaveLength(3);
    expect(flow(peers, offerer, answerer, again)).toBeGreaterThan(5);
    expect(flow(peers, offerer, answerer, other)).toBeGreaterThan(5);
  }
});

test("RFC 9143 §7.5: data channels move with the bundle when its first section is stopped", () => {
  const peers = new MediaPeers();
  const { offerer, answerer } = peers;
  const audio = peers.add(offerer, "audio");
  peers.start();
  peers.runUntilOpen();
  peers.send(offerer, "before");
  peers.network.runFor(500);
  offerer.node.call((engine, now) => engine.stopTransceiver(now, audio.id));
  renegotiate(peers, offerer, answerer);
  peers.send(offerer, "after");
  peers.send(answerer, "back");
  peers.network.runFor(5000);
  expect([answerer.received, offerer.received]).toEqual([["before", "after"], ["back"]]);
});

test("RFC 9143 §7.3.1: the answerer stopping the bundle's first section leaves the rest on their transport", () => {
  const peers = new MediaPeers();
  const { offerer, answerer } = peers;
  peers.add(offerer, "audio");
  const video = peers.add(offerer, "video");
  peers.connect();
  const { id } = offerer.engine.transports[0]!;
  answerer.node.call((engine, now) => engine.stopTransceiver(now, engine.transceivers[0]!.id));
  renegotiate(peers, offerer, answerer);
  expect(offerer.engine.transports.map((transport) => transport.id)).toEqual([id]);
  expect(flow(peers, offerer, answerer, video)).toBeGreaterThan(5);
});

test("RFC 3264 §8.4.3: hold and resume by direction", () => {
  const peers = new MediaPeers();
  const { offerer, answerer } = peers;
  const audio = peers.add(offerer, "audio");
  peers.connect();
  for (const [direction, flows] of [
    ["inactive", false],
    ["sendonly", true],
    ["recvonly", false],
    ["sendrecv", true],
  ] as const) {
    offerer.node.call((engine, now) => engine.setTransceiverDirection(now, audio.id, direction));
    renegotiate(peers, offerer, answerer);
    expect(flow(peers, offerer, answerer, audio) > 0).toBe(flows);
  }
});

test("RFC 9429 §5.7: after a rollback the application's transceivers are offered anew, and nothing of the exchange before is lost", () => {
  const peers = new MediaPeers();
  const { offerer, answerer } = peers;
  const audio = peers.add(offerer, "audio");
  peers.connect();
  const video = peers.add(offerer, "video");
  peers.describe(offerer, "offer");
  expect(video.mid).toBe("1");
  apply(offerer, "local", "rollback", "");
  expect([audio.mid, video.mid]).toEqual(["0", undefined]);
  expect(flow(peers, offerer, answerer, audio)).toBeGreaterThan(15);
  renegotiate(peers, offerer, answerer);
  expect(flow(peers, offerer, answerer, video)).toBeGreaterThan(5);
});

test("RFC 9429 §4.1.8.2: glare: both offer, the polite one rolls back, and both sides' media flows in the end", () => {
  let isRolledBack = false; // the candidates of an offer that is taken back are for nobody
  const peers = new MediaPeers({ onCandidate: (line) => (isRolledBack ? line : undefined) });
  const { offerer, answerer } = peers;
  const ours = peers.add(offerer, "audio");
  const theirs = peers.add(answerer, "video");
  peers.describe(answerer, "offer");
  apply(answerer, "local", "rollback", "");
  isRolledBack = true;
  const offer = peers.describe(offerer, "offer");
  apply(answerer, "remote", "offer", offer);
  const answer = peers.describe(answerer, "answer");
  apply(offerer, "remote", "answer", answer);
  peers.network.runFor(3000);
  expect(answerer.engine.negotiationNeeded()).toBe(true);
  renegotiate(peers, answerer, offerer);
  expect(flow(peers, offerer, answerer, ours)).toBeGreaterThan(15);
  expect(flow(peers, answerer, offerer, theirs)).toBeGreaterThan(5);
});

test("RFC 8853: three layers are offered, accepted and told apart", () => {
  const peers = new MediaPeers();
  const { offerer, answerer } = peers;
  const encodings = ["q", "h", "f"].map((rid) => ({ rid, active: true }));
  const video = peers.add(offerer, "video", { direction: "sendonly", encodings });
  peers.connect();
  expect(answerer.engine.negotiation.currentLocalDescription!.sdp).toContain("a=simulcast:recv q;h;f");
  for (const rid of ["q", "h", "f"]) peers.sendVideo(offerer, video, 10, 50, rid);
  peers.network.runFor(2000);
  expect([...peers.counterpart(answerer, video).receiver.layers].sort()).toEqual(["f", "h", "q"]);
});

test.each([
  ["its answer moves the channels", true],
  ["the offer is rolled back", false],
] as const)("INTEROP Firefox 153: a peer that ends DTLS before its answer has come: %s", (_, moves) => {
  let isUnknown = false; // the offer, as yet, to the answerer
  const peers = new MediaPeers({ onCandidate: (line) => (isUnknown ? undefined : line) });
  const { offerer, answerer } = peers;
  const audio = peers.add(offerer, "audio");
  peers.start();
  peers.runUntilOpen();
  isUnknown = true;
  offerer.node.call((engine, now) => engine.stopTransceiver(now, audio.id));
  const offer = peers.describe(offerer, "offer");
  peers.network.runFor(100);
  const left = answerer.engine.transports[0]!;
  answerer.node.call((engine, now) => {
    left.dtls.close(now);
    engine.handleTimeout(now);
  });
  peers.network.runFor(100);
  expect(offerer.engine.transports[0]!.dtlsState).toBe("closed");
  expect(offerer.engine.data.channels!.state).toBe("connected");
  if (moves) {
    peers.send(offerer, "meanwhile");
    apply(answerer, "remote", "offer", offer);
    isUnknown = false;
    const answer = peers.describe(answerer, "answer");
    apply(offerer, "remote", "answer", answer);
    peers.network.runFor(5000);
    peers.send(answerer, "back");
    peers.network.runFor(1000);
    expect([answerer.received, offerer.received]).toEqual([["meanwhile"], ["back"]]);
  } else {
    apply(offerer, "local", "rollback", "");
    expect(offerer.engine.data.channels!.state).toBe("closed");
  }
});

/** The RTP datagrams with a header extension between two peers, from now on. */
function extended(peers: MediaPeers): Uint8Array[] {
  const seen: Uint8Array[] = [];
  peers.network.intercept((packet) => {
    const data = packet.payload;
    if ((data[0]! & 0xd0) === 0x90 && (data[1]! < 192 || data[1]! > 223)) seen.push(data.slice());
    return [packet];
  });
  return seen;
}

test.each([
  ["offer", "accept", [0xc0, 0xde]],
  ["accept", "offer", [0xbe, 0xde]], // nobody offered it
  ["offer", "never", [0xbe, 0xde]],
] as const)("RFC 9335 §4: cryptex %s, %s", (offers, answers, profile) => {
  const peers = new MediaPeers({ offerer: { cryptex: offers }, answerer: { cryptex: answers } });
  const { offerer, answerer } = peers;
  const audio = peers.add(offerer, "audio");
  peers.connect();
  const seen = extended(peers);
  expect(flow(peers, offerer, answerer, audio)).toBeGreaterThan(15);
  expect(seen.length).toBeGreaterThan(15);
  expect(new Set(seen.map((data) => `${data[12]} ${data[13]}`))).toEqual(new Set([profile.join(" ")]));
});

test.each([
  ["offer", "accept", true],
  ["accept", "accept", false],
  ["offer", "never", false],
] as const)("RFC 6904 §4: encrypted header extensions %s, %s", (offers, answers, encrypted) => {
  const peers = new MediaPeers({ offerer: { headerExtensionEncryption: offers }, answerer: { headerExtensionEncryption: answers } });
  const { offerer, answerer } = peers;
  const audio = peers.add(offerer, "audio");
  peers.connect();
  const answer = answerer.engine.negotiation.currentLocalDescription!.sdp;
  expect(answer.includes("urn:ietf:params:rtp-hdrext:encrypt")).toBe(encrypted);
  const id = Number(
    /a=extmap:(\d+)(?:\/\w+)? (?:urn:ietf:params:rtp-hdrext:encrypt )?urn:ietf:params:rtp-hdrext:ssrc-audio-level/.exec(answer)![1],
  );
  const seen = extended(peers);
  expect(flow(peers, offerer, answerer, audio)).toBeGreaterThan(15);
  // Level 30 and voice, as it stands behind the element's head.
  const plain = seen.filter((data) => data.subarray(16, 60).some((byte, i, all) => byte === id << 4 && all[i + 1] === (0x80 | 30)));
  if (encrypted) expect(plain.length).toBeLessThan(3);
  else expect(plain.length).toBeGreaterThan(15);
});

test("RFC 6904 §4: the extensions of a section that joins later are encrypted as well", () => {
  const setting = { headerExtensionEncryption: "offer" } as const;
  const peers = new MediaPeers({ offerer: setting, answerer: setting });
  const { offerer, answerer } = peers;
  peers.add(offerer, "audio");
  peers.connect();
  const video = peers.add(offerer, "video");
  renegotiate(peers, offerer, answerer);
  const [, section] = answerer.engine.negotiation.currentLocalDescription!.sdp.split("m=video");
  const id = Number(/a=extmap:(\d+)(?:\/\w+)? urn:ietf:params:rtp-hdrext:encrypt urn:3gpp:video-orientation/.exec(section!)![1]);
  const seen = extended(peers);
  const got = peers.receive(peers.counterpart(answerer, video));
  const start = peers.network.now;
  for (let i = 0; i < 20; i++) {
    const frame = { kind: "video", data: vp8Frame(i === 0, 200, i), timestamp: i * 3600, keyframe: i === 0, rotation: 90 } as const;
    peers.network.at(start + i * 40, () => offerer.node.call((_, now) => video.sender.sendFrame(now, frame)));
  }
  peers.network.runFor(2000);
  expect(got.map(({ rotation }) => rotation)).toEqual(new Array(20).fill(90));
  const orientations = seen.flatMap((data) => {
    for (let at = 16; at < 16 + 4 * data[15]!; at += 2 + (data[at]! & 15)) if (data[at]! >> 4 === id) return [data[at + 1]!];
    return [];
  });
  expect(orientations).toHaveLength(20);
  expect(orientations.filter((orientation) => orientation === 1).length, "in the clear by chance only").toBeLessThan(4);
});

/**
 * What a peer that keeps its transport under another tag would see and say, made of what ours does: to the answerer the old tag lives on, and ICE restarts; its
 * answer has that section off.
 */
function keepingTransport(isMoving: () => boolean): (type: string, sdp: string) => string {
  let first = "";
  const line = (sdp: string, name: string): string => new RegExp(`a=${name}:.*`).exec(sdp)![0];
  return (type, sdp) => {
    const [session, old, ...others] = sdp.split(/(?=^m=)/m);
    if (!isMoving()) {
      if (type === "offer") first = old!;
      return sdp;
    }
    const group = type === "offer" ? session!.replace("a=group:BUNDLE ", "a=group:BUNDLE 0 ") : session!.replace("BUNDLE 0 ", "BUNDLE ");
    const kept = ["ice-ufrag", "ice-pwd"].reduce((text, name) => text.replace(line(text, name), line(others[0]!, name)), first);
    return [group, type === "offer" ? kept : old!.replace("m=audio 9", "m=audio 0"), ...others].join("");
  };
}

test("RFC 9143 §7.3, RFC 8842 §5.5: a peer that keeps its transport under our other tag goes on with DTLS, data channels and SRTP", () => {
  let moving = false;
  const peers = new MediaPeers({ onSignal: keepingTransport(() => moving) });
  const { offerer, answerer } = peers;
  const audio = peers.add(offerer, "audio");
  const video = peers.add(offerer, "video");
  peers.start();
  peers.runUntilOpen();
  const dtls = [offerer, answerer].map(({ engine }) => engine.transports[0]!.dtls.open);
  const { id } = offerer.engine.transports[0]!;
  peers.send(offerer, "before");
  peers.network.runFor(500);
  moving = true;
  offerer.node.call((engine, now) => engine.stopTransceiver(now, audio.id));
  renegotiate(peers, offerer, answerer);
  const [transport, ...others] = offerer.engine.transports;
  expect([transport!.id, transport!.agreed.mid, transport!.agreed.moving, others]).toEqual([id, "1", "answered", []]);
  expect([offerer, answerer].map(({ engine }) => engine.transports[0]!.dtls.open)).toEqual(dtls);
  peers.send(offerer, "after");
  peers.send(answerer, "back");
  expect(flow(peers, offerer, answerer, video)).toBeGreaterThan(5);
  expect([answerer.received, offerer.received]).toEqual([["before", "after"], ["back"]]);
});

test("RFC 9143 §7.3, INTEROP Chromium 156, Firefox 153: a peer that makes a new transport of our other tag begins DTLS anew", () => {
  const peers = new MediaPeers();
  const { offerer, answerer } = peers;
  const audio = peers.add(offerer, "audio");
  const video = peers.add(offerer, "video");
  peers.connect();
  const dtls = offerer.engine.transports[0]!.dtls.open;
  for (let round = 0; round < 2; round++) {
    offerer.node.call((engine, now) => engine.stopTransceiver(now, round === 0 ? audio.id : engine.transceivers.at(-1)!.id));
    peers.add(offerer, "audio");
    renegotiate(peers, offerer, answerer);
    expect(flow(peers, offerer, answerer, video)).toBeGreaterThan(5);
  }
  expect(offerer.engine.transports).toHaveLength(1);
  expect(offerer.engine.transports[0]!.dtls.open).toBeDefined();
  expect(offerer.engine.transports[0]!.dtls.open).not.toBe(dtls);
});
