/** A peer that has the keys and lies: nothing of it stalls a stream, takes a place for good, or reaches the data channels. */
import {
  HEADER_EXTENSION_URI,
  headerExtensionBlock,
  midExtension,
  nackEntries,
  ridExtension,
  sdesItem,
  writeRtpPacket,
} from "@purertc/rtp";
import { seededRandom } from "@purertc/simulator";
import { expect, test } from "vitest";
import { vp8Frame } from "./media-peers.ts";
import { Scene } from "./media-scene.ts";

const stats = (scene: Scene, side: "offerer" | "answerer") => scene[side].node.call((engine, now) => engine.mediaStats(now));

/** A Scene with a data channel beside the media. */
function withChannel(rtp: object = {}): Scene {
  return new Scene(rtp, "video", ({ offerer }) => {
    offerer.channel = offerer.node.call((engine, now) =>
      engine.openChannel(now, { label: "data", protocol: "", ordered: true, negotiated: false, priority: "low" }),
    );
  });
}

/** VP8 payload of one packet. */
const payload = (keyframe: boolean, seed: number) => Uint8Array.of(0x10, ...vp8Frame(keyframe, 200, seed));

test("RFC 3550 §6.2.1: packets that were on their way when the BYE came bring no stream back; the stream itself comes back", () => {
  const scene = new Scene();
  const { peers, answerer, offerer } = scene;
  const types = () => answerer.node.events.map(({ type }) => type).filter((type) => type.startsWith("receiver-"));
  const send = (sequenceNumber: number) => scene.sendRtp(scene.rtp({ ssrc: 77, sequenceNumber, payload: payload(true, 1) }));
  for (const n of [1, 2, 3]) send(n);
  peers.network.runFor(20);
  scene.sendRtcp(answerer, scene.keys(offerer), [
    { type: "RR", ssrc: 5, reports: [] },
    { type: "BYE", ssrcs: [77, 1234] },
  ]);
  peers.network.runFor(20);
  for (const n of [4, 5]) send(n);
  peers.network.runFor(100);
  expect([types(), scene.inbound(), scene.refused()["after-bye"]]).toEqual([["receiver-unmuted", "receiver-muted"], [], 2]);
  peers.network.runFor(200);
  send(6);
  peers.network.runFor(20);
  expect([types(), scene.inbound().length]).toEqual([["receiver-unmuted", "receiver-muted", "receiver-unmuted"], 1]);
});

test("RFC 3711 §3.3.2: what was recorded of a stream stays replayed after its BYE", () => {
  const scene = new Scene();
  const { peers, answerer, offerer } = scene;
  const session = scene.keys(offerer);
  const recorded = [1, 2, 3].map((sequenceNumber) => {
    const out = new Uint8Array(400);
    return out.slice(0, session.sender.protect(scene.rtp({ ssrc: 77, sequenceNumber, payload: payload(true, 1) }), out));
  });
  for (const packet of recorded) scene.inject(answerer, packet);
  peers.network.runFor(20);
  scene.sendRtcp(answerer, session, [
    { type: "RR", ssrc: 5, reports: [] },
    { type: "BYE", ssrcs: [77] },
  ]);
  peers.network.runFor(1000);
  for (const packet of recorded) scene.inject(answerer, packet);
  peers.network.runFor(50);
  expect([scene.inbound(), scene.refused().replayed]).toEqual([[], 3]);
});

test.each(["RTP", "RTP of no section", "SDES", "RTCP"])("RFC 3550 §8.2: after a flood of SSRCs in %s a new stream is received", (flood) => {
  const scene = new Scene();
  const { peers, answerer } = scene;
  const random = seededRandom(flood);
  const session = scene.keys(scene.offerer);
  for (let i = 0; i < 1200; i++) {
    const ssrc = 1000 + i;
    if (i % 500 === 499) scene.renewKeys();
    if (flood === "RTP") scene.sendRtp(scene.rtp({ ssrc, sequenceNumber: 9, payload: random.bytes(30) }));
    else if (flood === "RTP of no section")
      scene.sendRtp(scene.rtp({ ssrc, sequenceNumber: 9, payload: random.bytes(30), payloadType: 21 }));
    else if (flood === "SDES") {
      const chunks = [{ ssrc, items: [sdesItem("MID", scene.ours.mid!)] }];
      scene.sendRtcp(answerer, session, [
        { type: "RR", ssrc: 5, reports: [] },
        { type: "SDES", chunks },
      ]);
    } else scene.sendRtcp(answerer, session, [{ type: "RR", ssrc, reports: [] }]);
    if (i % 100 === 99) peers.network.runFor(1);
  }
  peers.network.runFor(6000);
  for (const sequenceNumber of [1, 2, 3]) scene.sendRtp(scene.rtp({ ssrc: 999_999, sequenceNumber, payload: payload(true, 1) }));
  peers.network.runFor(20);
  expect(scene.inbound().find(({ ssrc }) => ssrc === 999_999)?.packetsReceived).toBe(3);
  expect(scene.inbound().length).toBeLessThanOrEqual(16);
});

test("RFC 8852 §3.2: a flood of rids, known and unknown, and of MIDs leaves no more than sixteen layers behind", () => {
  const scene = new Scene();
  const { peers, ours, theirs, answerer } = scene;
  const ids = answerer.engine.transceivers[0]!.sender.codecs; // negotiated
  expect(ids.length).toBeGreaterThan(0);
  const extensions = scene.extensions();
  const idOf = (uri: string) => extensions.find((one) => one.uri === uri)?.id ?? 0;
  const [mid, rid] = [idOf(HEADER_EXTENSION_URI.mid), idOf(HEADER_EXTENSION_URI.rid)];
  expect(mid).toBeGreaterThan(0);
  for (let i = 0; i < 500; i++) {
    const elements = [
      { id: mid, data: midExtension(i % 3 === 0 ? `m${i}` : ours.mid!) },
      ...(rid === 0 ? [] : [{ id: rid, data: ridExtension(`r${i}`) }]),
    ];
    const out = new Uint8Array(300);
    const length = writeRtpPacket(out, {
      marker: true,
      payloadType: scene.payloadType,
      sequenceNumber: i,
      timestamp: i * 3000,
      ssrc: 9,
      csrcs: [],
      extension: headerExtensionBlock(elements),
      payload: payload(i === 0, i),
    });
    scene.sendRtp(out.slice(0, length));
    if (i % 50 === 0) peers.network.runFor(2);
  }
  peers.network.runFor(100);
  expect(theirs.receiver.layers.length).toBeLessThanOrEqual(16);
  const got = peers.receive(theirs);
  peers.sendVideo(scene.offerer, ours, 50);
  peers.network.runFor(3000);
  expect(got.length).toBeGreaterThan(40);
});

test("RFC 3550 §8.2: a peer that echoes our packets under our SSRC makes us change it once, not each time", () => {
  const scene = new Scene();
  const { peers, offerer, answerer } = scene;
  peers.sendVideo(offerer, scene.ours, 100);
  const session = scene.keys(answerer);
  const names = new Set<number>();
  for (let i = 0; i < 200; i++) {
    const { ssrc } = stats(scene, "offerer").outbound[0]!;
    names.add(ssrc);
    for (const [k, one] of [ssrc, 4711].entries()) {
      const out = new Uint8Array(100);
      const packet = scene.rtp({ ssrc: one, sequenceNumber: 2 * i + k, payload: new Uint8Array(20) });
      scene.inject(offerer, out.slice(0, session.sender.protect(packet, out)));
    }
    peers.network.runFor(20);
  }
  expect(names.size).toBe(2);
});

test("RFC 3550 §6.4.1: a round trip of hours, as a lying report has it, holds up no key frame and no repair", () => {
  const scene = new Scene();
  const { peers, offerer, answerer, ours, theirs } = scene;
  peers.sendVideo(offerer, ours, 10);
  peers.network.runFor(1000);
  const { ssrc } = stats(scene, "offerer").outbound[0]!;
  const block = { ssrc, fractionLost: 255, cumulativeLost: -0x80_0000, extendedHighestSequenceNumber: 0xffff_ffff, jitter: 0xffff_ffff };
  for (const lastSenderReport of [1, 0x7fff_ffff, 0xffff_ffff]) {
    scene.sendRtcp(offerer, scene.keys(answerer), [
      { type: "RR", ssrc: lastSenderReport, reports: [{ ...block, lastSenderReport, delaySinceLastSenderReport: 0 }] },
    ]);
    peers.network.runFor(50);
  }
  expect(stats(scene, "offerer").remoteInbound[0]!.roundTripTimeMs).toBeLessThanOrEqual(5000);
  // The same lie to the receiver: its requests go on.
  for (const type of ["keyframe-requested"] as const) {
    const before = offerer.node.events.filter((event) => event.type === type).length;
    scene.sendRtp(scene.rtp({ ssrc: 99, sequenceNumber: 1, payload: payload(false, 1) }));
    theirs.receiver.requestKeyframe(peers.network.now);
    answerer.node.call((_, now) => theirs.receiver.requestKeyframe(now));
    peers.network.runFor(8000);
    expect(offerer.node.events.filter((event) => event.type === type).length).toBeGreaterThan(before + 1);
  }
});

test("transport-cc-extensions-01 §3.1: feedback on what was never sent, with clocks that leap, leaves estimate, media and channels alive", () => {
  const scene = withChannel();
  const { peers, offerer, answerer, ours, theirs } = scene;
  const got = peers.receive(theirs);
  peers.sendVideo(offerer, ours, 200);
  const random = seededRandom("lies");
  const session = scene.keys(answerer);
  for (let i = 0; i < 400; i++) {
    const base = random.integer(0, 0xffff);
    const count = random.integer(1, 60);
    const received = Array.from({ length: count }, (_, k) => ({
      sequenceNumber: (base + k) & 0xffff,
      delta: random.integer(-32_768, 32_767),
    }));
    scene.sendRtcp(offerer, session, [
      {
        type: "transport-cc",
        senderSsrc: 1,
        mediaSsrc: 0,
        baseSequenceNumber: base,
        packetStatusCount: random.chance(0.3) ? 0xffff : count,
        referenceTime: random.integer(-0x80_0000, 0x7f_ffff),
        feedbackPacketCount: i & 255,
        received: random.chance(0.5) ? received : [],
      },
    ]);
    peers.network.runFor(10);
  }
  peers.send(offerer, "still here");
  peers.network.runFor(6000);
  expect(answerer.received).toEqual(["still here"]);
  const estimate = stats(scene, "offerer").transports[0]!.availableOutgoingBitrate!;
  expect(estimate).toBeGreaterThanOrEqual(50_000);
  expect(estimate).toBeLessThanOrEqual(100_000_000);
  expect(got.length).toBe(200);
});

test.each([0, 1, 2 ** 63])("draft-alvestrand-rmcat-remb-03 §2.2: REMB of %d neither stops the stream nor unbounds it", (bitRate) => {
  const scene = withChannel();
  const { peers, offerer, answerer, ours, theirs } = scene;
  const got = peers.receive(theirs);
  peers.sendVideo(offerer, ours, 25);
  for (let i = 0; i < 20; i++) {
    scene.sendRtcp(offerer, scene.keys(answerer), [{ type: "REMB", senderSsrc: 100 + i, mediaSsrc: 0, bitRate, ssrcs: [1, 2, 3] }]);
    peers.network.runFor(50);
  }
  const { availableOutgoingBitrate } = stats(scene, "offerer").transports[0]!;
  expect(availableOutgoingBitrate).toBeGreaterThanOrEqual(50_000);
  expect(availableOutgoingBitrate).toBeLessThanOrEqual(100_000_000);
  peers.network.runFor(15_000);
  expect(got.length).toBe(25);
});

test("RFC 3550 §6.4.1: sender reports with absurd times make no frame wait, and no time that is no number", () => {
  const scene = new Scene();
  const { peers, offerer, answerer, ours, theirs } = scene;
  const got = peers.receive(theirs);
  peers.sendVideo(offerer, ours, 100);
  peers.network.runFor(200);
  const { ssrc } = stats(scene, "offerer").outbound[0]!;
  for (const [i, ntpTimestamp] of [0n, 1n, 2n ** 64n - 1n, 2n ** 63n].entries()) {
    scene.sendRtcp(answerer, scene.keys(offerer), [
      { type: "RR", ssrc: 1000 + i, reports: [] },
      { type: "SR", ssrc, ntpTimestamp, rtpTimestamp: 0xdead_beef, packetCount: 0, octetCount: 0xffff_ffff, reports: [] },
    ]);
    peers.network.runFor(300);
  }
  peers.network.runFor(4000);
  expect(got.length).toBe(100);
  for (const { captureTimeMs } of got) expect(captureTimeMs === undefined || Number.isFinite(captureTimeMs)).toBe(true);
  expect(stats(scene, "answerer").remoteOutbound.every(({ remoteTimestampMs }) => Number.isFinite(remoteTimestampMs))).toBe(true);
});

test("RFC 3550 A.1: sequence numbers and timestamps that leap and run backwards stall nothing for longer than the jitter buffer waits", () => {
  const scene = new Scene();
  const { peers, theirs } = scene;
  const got = peers.receive(theirs);
  const random = seededRandom("leaps");
  const used = new Set<number>();
  let sequenceNumber = 5;
  let timestamp = 0x7fff_0000;
  for (let i = 0; i < 300; i++) {
    if (random.chance(0.1)) sequenceNumber = (sequenceNumber + random.integer(0, 12_000) - 60) & 0xffff;
    while (used.has(sequenceNumber)) sequenceNumber = (sequenceNumber + 1) & 0xffff; // SRTP sends each once
    used.add(sequenceNumber);
    if (random.chance(0.1)) timestamp = random.integer(0, 0xffff_ffff);
    timestamp = (timestamp - (i % 7 === 0 ? 9000 : -3000)) >>> 0;
    scene.sendRtp(
      scene.rtp({ ssrc: 9, sequenceNumber: sequenceNumber++ & 0xffff, timestamp, payload: payload(i % 20 === 0, i), marker: true }),
    );
    peers.network.runFor(33);
  }
  got.length = 0;
  for (let i = 0; i < 100; i++) {
    timestamp = (timestamp + 3000) >>> 0;
    scene.sendRtp(
      scene.rtp({ ssrc: 9, sequenceNumber: sequenceNumber++ & 0xffff, timestamp, payload: payload(i % 20 === 0, i), marker: true }),
    );
    peers.network.runFor(33);
  }
  peers.network.runFor(2000);
  expect(got.length).toBeGreaterThan(95);
});

test.each([
  ["VP8", 0x00, (first: boolean) => [first ? 0x10 : 0x00]],
  ["VP9", 0x00, (first: boolean) => [first ? 0x08 : 0x00]],
  ["H264", 0x05, (first: boolean) => [0x7c, first ? 0x85 : 0x05]],
  ["H265", 0x13, (first: boolean) => [0x62, 0x01, first ? 0x93 : 0x13]],
  ["AV1", 0x30, (first: boolean) => [first ? 0x58 : 0xd0, 0x32]],
] as const)("a fragment of %s that never ends is given up at the limit, and the next frame is received", (name, _, head) => {
  const scene = new Scene({ maxFrameLength: 60_000 });
  const codec = scene.ours.sender.codecs.find(({ mimeType }) => mimeType.toLowerCase() === `video/${name.toLowerCase()}`)!;
  const got = scene.peers.receive(scene.theirs);
  for (let i = 0; i < 400; i++) {
    const body = Uint8Array.of(...head(i === 0), ...new Uint8Array(1000).fill(7));
    scene.sendRtp(scene.rtp({ ssrc: 9, sequenceNumber: i, payload: body, timestamp: 5, payloadType: codec.payloadType }));
    if (i % 20 === 0) scene.peers.network.runFor(2);
  }
  scene.peers.network.runFor(1500);
  expect(got).toEqual([]);
  expect(scene.inbound()[0]!.packetsDiscarded).toBeGreaterThan(100);
  scene.peers.sendVideo(scene.offerer, scene.ours, 30);
  scene.peers.network.runFor(3000);
  expect(got.length).toBeGreaterThan(20);
});

test("RFC 4585 §6.2.1: NACKs of everything, by the thousand, cost no more than the budget and disturb no channel", () => {
  const scene = withChannel();
  const { peers, offerer, answerer, ours, theirs } = scene;
  const got = peers.receive(theirs);
  peers.sendVideo(offerer, ours, 100);
  const session = scene.keys(answerer);
  const all = nackEntries(Array.from({ length: 4000 }, (_, i) => i));
  for (let i = 0; i < 1000; i++) {
    const { ssrc } = stats(scene, "offerer").outbound[0]!;
    scene.sendRtcp(offerer, session, [{ type: "NACK", senderSsrc: 7, mediaSsrc: ssrc, entries: all }]);
    peers.network.runFor(4);
  }
  peers.send(offerer, "still here");
  peers.network.runFor(2000);
  const { bytesSent, retransmittedBytesSent } = stats(scene, "offerer").outbound[0]!;
  expect(retransmittedBytesSent).toBeLessThan(0.5 * (bytesSent - retransmittedBytesSent) + 6 * 32_768);
  expect([got.length, answerer.received]).toEqual([100, ["still here"]]);
});

test("a sink that throws is told of, and neither the other sinks nor the stream notice", () => {
  const scene = new Scene();
  const { peers, offerer, answerer, ours, theirs } = scene;
  const error = new Error("of the application");
  const fail = () => {
    throw error;
  };
  theirs.receiver.addSink({ frame: fail, packet: fail, discontinuity: fail });
  const got = peers.receive(theirs);
  let packets = 0;
  theirs.receiver.addSink({ packet: () => void packets++ });
  peers.sendVideo(offerer, ours, 20);
  peers.network.runFor(2000);
  expect([got.length, packets > 20]).toEqual([20, true]);
  const told = answerer.node.events.filter((event) => event.type === "sink-failed");
  expect(told.length).toBe(20 + packets);
  expect(told[0]).toEqual({ type: "sink-failed", transceiver: theirs.id, error });
});
