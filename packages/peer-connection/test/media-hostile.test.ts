/** Media from strangers, and from a peer that has the keys and means harm. */
import { transportAddress } from "@purertc/core";
import { nackEntries } from "@purertc/rtp";
import { seededRandom } from "@purertc/simulator";
import { expect, test } from "vitest";
import { vp8Frame } from "./media-peers.ts";
import { Scene } from "./media-scene.ts";

test("RFC 3711 §3.3: what is forged, damaged, cut or replayed is counted, and nothing else", () => {
  const scene = new Scene();
  const { peers, offerer, answerer, ours, theirs } = scene;
  const genuine: Uint8Array[] = [];
  const session = scene.keys(offerer);
  for (let i = 0; i < 20; i++) {
    const out = new Uint8Array(300);
    const packet = scene.rtp({ ssrc: 77, sequenceNumber: i, payload: new Uint8Array(100), payloadType: scene.payloadType });
    genuine.push(out.slice(0, session.sender.protect(packet, out)));
  }
  const got = peers.receive(theirs);
  for (const packet of genuine) scene.inject(answerer, packet);
  peers.network.runFor(20);
  const before = scene.inbound();
  const events = answerer.node.events.length;
  const random = seededRandom("harm");
  for (const packet of genuine) {
    scene.inject(answerer, packet); // replayed
    for (const length of [0, 1, 2, 11, 12, 20, packet.length - 1]) scene.inject(answerer, packet.slice(0, length));
    const flipped = packet.slice();
    flipped[random.integer(2, packet.length - 1)]! ^= 1 << random.integer(0, 7);
    scene.inject(answerer, flipped);
    scene.inject(answerer, Uint8Array.of(0x80, 200, ...random.bytes(40))); // RTCP by its second byte
    scene.inject(answerer, Uint8Array.of(0x90, 96, ...random.bytes(40)));
  }
  peers.network.runFor(50);
  expect(scene.inbound()).toEqual(before);
  expect(answerer.node.events.length).toBe(events);
  const { replayed, ...others } = scene.refused();
  expect(replayed).toBeGreaterThanOrEqual(20);
  expect(Object.values(others).reduce((sum, n) => sum + n, 0)).toBeGreaterThan(100);
  peers.sendVideo(offerer, ours, 5);
  peers.network.runFor(500);
  expect(got.filter(({ data }) => data.length > 1000)).toHaveLength(5);
});

test("RFC 8445 §12: media is taken on paths that a connectivity check has validated, and on no others", () => {
  const scene = new Scene();
  const out = new Uint8Array(200);
  const packet = scene.rtp({ ssrc: 5, sequenceNumber: 1, payload: new Uint8Array(50) });
  const genuine = out.slice(0, scene.keys(scene.offerer).sender.protect(packet, out));
  scene.inject(scene.answerer, genuine, transportAddress("203.0.113.66", 6666));
  scene.peers.network.runFor(20);
  expect(scene.refused()).toEqual({ "unknown-path": 1 });
  expect(scene.inbound()).toEqual([]);
});

test("RFC 5761 §4: RTP whose second octet says RTCP is not taken as either", () => {
  const scene = new Scene();
  for (const payloadType of [72, 73, 76]) {
    const packet = scene.rtp({ ssrc: 5, sequenceNumber: 1, payload: new Uint8Array(50), marker: true, payloadType });
    const session = scene.keys(scene.offerer);
    const out = new Uint8Array(200);
    scene.inject(scene.answerer, out.slice(0, session.sender.protect(packet, out)));
  }
  scene.peers.network.runFor(20);
  expect(scene.refused()).toEqual({ "rtcp-bad-tag": 3 });
  expect(scene.inbound()).toEqual([]);
});

test("RFC 3550 §5.1: padding longer than the packet, and an authentic packet of no known payload type, are refused", () => {
  const scene = new Scene();
  const padded = scene.rtp({ ssrc: 5, sequenceNumber: 1, payload: new Uint8Array(50) });
  padded[0]! |= 0x20;
  padded[padded.length - 1] = 255;
  scene.sendRtp(padded);
  scene.sendRtp(scene.rtp({ ssrc: 5, sequenceNumber: 2, payload: new Uint8Array(50), payloadType: 21 }));
  scene.peers.network.runFor(20);
  expect(scene.refused()).toEqual({ "not-rtp": 1, "no-route": 1 });
});

test("RFC 3550 §8.2: a flood of SSRCs fills no memory, and the streams that were there go on", () => {
  const scene = new Scene();
  const { peers, offerer, ours, theirs } = scene;
  const got = peers.receive(theirs);
  peers.sendVideo(offerer, ours, 200);
  peers.network.runFor(500);
  for (let ssrc = 1; ssrc <= 3000; ssrc++) {
    scene.sendRtp(scene.rtp({ ssrc, sequenceNumber: 9, payload: new Uint8Array(20) }));
    if (ssrc % 1000 === 0) scene.renewKeys();
    if (ssrc % 100 === 0) peers.network.runFor(5);
  }
  peers.network.runFor(9000);
  expect(scene.inbound().length).toBeLessThanOrEqual(16);
  const refused = scene.refused();
  expect((refused["too-many-ssrcs"] ?? 0) + (refused["too-many-streams"] ?? 0)).toBeGreaterThan(2900);
  expect(got.filter(({ data }) => data.length >= 2000).length).toBeGreaterThan(190);
});

test("RFC 4585 §6.2.1: a storm of NACKs makes no storm of retransmissions", () => {
  const scene = new Scene();
  const { peers, offerer, answerer, ours } = scene;
  const sent: number[] = [];
  scene.theirs.receiver.addSink({ packet: (packet) => void sent.push((packet[2]! << 8) | packet[3]!) });
  peers.sendVideo(offerer, ours, 250, 5);
  peers.network.runFor(2000);
  const outbound = () => offerer.node.call((engine, now) => engine.mediaStats(now)).outbound[0]!;
  const session = scene.keys(answerer);
  const { ssrc } = outbound();
  for (let i = 0; i < 600; i++) {
    const entries = nackEntries(sent.slice(-150));
    scene.sendRtcp(offerer, session, [{ type: "NACK", senderSsrc: 1, mediaSsrc: ssrc, entries }]);
    peers.network.runFor(10);
  }
  const after = outbound();
  expect(after.nackCount).toBeGreaterThan(500);
  const media = after.bytesSent - after.retransmittedBytesSent;
  expect(after.retransmittedBytesSent).toBeGreaterThan(100_000);
  expect(after.retransmittedBytesSent).toBeLessThan(0.5 * media + 5 * 32_768);
});

test("RFC 4585 §6.3.1: PLIs and FIRs by the hundred ask the source for a key frame three times a second", () => {
  const scene = new Scene();
  const { peers, offerer, answerer, ours } = scene;
  peers.sendVideo(offerer, ours, 10);
  peers.network.runFor(1000);
  const session = scene.keys(answerer);
  const mediaSsrc = offerer.node.call((engine, now) => engine.mediaStats(now)).outbound[0]!.ssrc;
  for (let i = 0; i < 200; i++) {
    scene.sendRtcp(offerer, session, [
      { type: "PLI", senderSsrc: i, mediaSsrc },
      { type: "FIR", senderSsrc: i, mediaSsrc: 0, entries: [{ ssrc: mediaSsrc, sequenceNumber: i }] },
    ]);
    peers.network.runFor(5);
  }
  const asked = offerer.node.events.filter(({ type }) => type === "keyframe-requested").length;
  expect(asked).toBeGreaterThanOrEqual(3);
  expect(asked).toBeLessThanOrEqual(5);
});

test("RFC 7741 §4: a frame that never ends is given up at the limit", () => {
  const scene = new Scene({ maxFrameLength: 50_000 });
  const got = scene.peers.receive(scene.theirs);
  const first = Uint8Array.of(0x10, ...vp8Frame(true, 1000, 1));
  for (let i = 0; i < 500; i++) {
    const payload = i === 0 ? first : Uint8Array.of(0, ...new Uint8Array(1000));
    scene.sendRtp(scene.rtp({ ssrc: 9, sequenceNumber: i, payload, timestamp: 5 }));
    if (i % 20 === 0) scene.peers.network.runFor(2);
  }
  scene.peers.network.runFor(2000);
  expect(got).toEqual([]);
  expect(scene.inbound()[0]!.packetsDiscarded).toBeGreaterThan(100);
});

test("RFC 3550 §8.2: a peer that uses an SSRC of ours makes us change it, and the stream goes on", () => {
  const scene = new Scene();
  const { peers, offerer, answerer, ours, theirs } = scene;
  const got = peers.receive(theirs);
  peers.sendVideo(offerer, ours, 100);
  peers.network.runFor(1000);
  const mine = () => offerer.node.call((engine, now) => engine.mediaStats(now)).outbound[0]!.ssrc;
  const before = mine();
  const session = scene.keys(answerer);
  const packet = scene.rtp({ ssrc: before, sequenceNumber: 1, payload: new Uint8Array(20) });
  const out = new Uint8Array(100);
  scene.inject(offerer, out.slice(0, session.sender.protect(packet, out)));
  peers.network.runFor(4000);
  expect(mine()).not.toBe(before);
  expect(answerer.node.events).toContainEqual({ type: "bye", transceiver: theirs.id, ssrc: before });
  expect(got.length).toBeGreaterThan(95);
});

test("Protocol, law 1: authentic nonsense is never thrown at", () => {
  const scene = new Scene();
  const { peers, offerer, answerer } = scene;
  const random = seededRandom("nonsense");
  peers.receive(scene.theirs);
  const session = scene.keys(offerer);
  for (let i = 0; i < 1500; i++) {
    const body = random.bytes(random.integer(12, 300));
    body[0] = 0x80 | (body[0]! & 0x3f);
    if (random.chance(0.5)) {
      body[0] &= 0xe0; // CSRCs and an extension would mostly run over the end
      body[1] = (body[1]! & 0x80) | random.pick([scene.payloadType, scene.payloadType + 1, 33]);
      if (body[1]! >= 192 && body[1]! <= 223) continue;
      body.set([0, 0, 0, random.integer(1, 20)], 8);
      body.set([i >> 8, i & 255], 2);
      const out = new Uint8Array(400);
      scene.inject(answerer, out.slice(0, session.sender.protect(body, out)));
    } else {
      body[1] = random.integer(200, 207);
      const words = (body.length >> 2) - 1;
      body.set([words >> 8, words & 255], 2);
      scene.sendRtcp(answerer, session, body.subarray(0, (body.length >> 2) << 2));
    }
    if (i % 50 === 0) peers.network.runFor(20);
  }
  peers.network.runFor(3000);
  expect(answerer.engine.connectionState).toBe("connected");
  const got = peers.receive(scene.theirs);
  peers.sendVideo(offerer, scene.ours, 10);
  peers.network.runFor(2000);
  expect(got.length).toBeGreaterThan(0);
});
