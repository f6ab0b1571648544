/** A minute of a conference in bad weather: one publisher with two layers and audio, a forwarder, ten viewers. */
import { expect, test } from "vitest";
import type { EncodedFrame, MediaTransceiver } from "../src/engine/index.ts";
import { MediaPeers } from "./media-peers.ts";

/** A packet passes two: 3 % are lost on each leg. */
const LINK = { delayMs: 20, jitterMs: 30, lossRate: 0.015, reorderRate: 0.02 };
const SECONDS = 60;

interface Viewer {
  readonly peers: MediaPeers;
  readonly outgoing: { readonly audio: MediaTransceiver; readonly video: MediaTransceiver };
  readonly got: { readonly audio: EncodedFrame[]; readonly video: EncodedFrame[] };
}

function viewer(seed: number): Viewer {
  const peers = new MediaPeers({ seed, link: LINK });
  const [audio, video] = (["audio", "video"] as const).map((kind) => peers.add(peers.offerer, kind, { direction: "sendonly" })) as [
    MediaTransceiver,
    MediaTransceiver,
  ];
  peers.connect();
  const got = {
    audio: peers.receive(peers.counterpart(peers.answerer, audio)),
    video: peers.receive(peers.counterpart(peers.answerer, video)),
  };
  return { peers, outgoing: { audio, video }, got };
}

test("RFC 7667 §3.7: a minute of a conference with 3 % loss each way, jitter and reordering", { timeout: 240_000 }, () => {
  const up = new MediaPeers({ seed: 1, link: LINK });
  const encodings = ["h", "f"].map((rid) => ({ rid, active: true }));
  const published = {
    audio: up.add(up.offerer, "audio", { direction: "sendonly" }),
    video: up.add(up.offerer, "video", { direction: "sendonly", encodings }),
  };
  up.connect();
  const viewers = Array.from({ length: 10 }, (_, i) => viewer(100 + i));
  const incoming = { audio: up.counterpart(up.answerer, published.audio), video: up.counterpart(up.answerer, published.video) };
  let wishes = 0;
  for (const kind of ["audio", "video"] as const) {
    incoming[kind].receiver.addSink({
      packet: (packet, info) => {
        if (info.selected !== true) return;
        for (const { peers, outgoing } of viewers) peers.offerer.node.call((_, now) => outgoing[kind].sender.sendPacket(now, packet, info));
      },
    });
  }
  for (const { peers } of viewers) {
    peers.offerer.node.onEvent((event) => {
      if (event.type !== "keyframe-requested") return;
      wishes += 1;
      up.answerer.node.call((_, now) => incoming.video.receiver.requestKeyframe(now));
    });
  }
  // The publisher's encoder obeys wishes, once in 300 ms.
  let asked = 0;
  const wanted = { h: false, f: false };
  up.offerer.node.onEvent((event) => {
    if (event.type !== "keyframe-requested") return;
    asked += 1;
    for (const rid of ["h", "f"] as const) if (event.rid === undefined || event.rid === rid) wanted[rid] = true;
  });
  const audio = up.sendAudio(up.offerer, published.audio, SECONDS * 50);
  let sentVideo = 0;
  const start = up.network.now;
  for (let i = 0; i < SECONDS * 25; i++) {
    up.network.at(start + i * 40, () => {
      for (const rid of ["h", "f"] as const) {
        const keyframe = i === 0 || wanted[rid];
        wanted[rid] = false;
        const frame = { kind: "video", data: made(i, keyframe, rid === "f" ? 4000 : 1500), timestamp: i * 3600, keyframe } as const;
        if (up.offerer.node.call((_, now) => published.video.sender.sendFrame(now, frame, rid)) === undefined && rid === "f")
          sentVideo += 1;
      }
    });
  }
  const heap = process.memoryUsage().heapUsed;
  for (let ms = 0; ms < (SECONDS + 3) * 1000; ms += 2) {
    if (ms === 20_000) up.answerer.node.call((_, now) => incoming.video.receiver.selectLayer(now, "f"));
    up.network.runFor(2);
    for (const { peers } of viewers) peers.network.runFor(2);
  }
  const stats = (peers: MediaPeers, side: "offerer" | "answerer") => peers[side].node.call((engine, now) => engine.mediaStats(now));
  const publisher = stats(up, "offerer");
  const forwarder = stats(up, "answerer");
  const report: unknown[] = [];
  for (const { peers, got } of viewers) {
    const outbound = stats(peers, "offerer");
    const inbound = stats(peers, "answerer");
    for (const kind of ["audio", "video"] as const) {
      const out = outbound.outbound.find((one) => one.kind === kind)!;
      const into = inbound.inbound.find((one) => one.kind === kind)!;
      const remote = outbound.remoteInbound.find((one) => one.kind === kind)!;
      const told = inbound.remoteOutbound.find((one) => one.kind === kind)!;
      const first = out.packetsSent - out.retransmittedPacketsSent;
      // Both ends say the same of one stream, but for what is under way.
      expect(told.packetsSent).toBeGreaterThan(0.9 * first);
      expect(told.packetsSent).toBeLessThanOrEqual(first);
      expect(into.packetsReceived + into.packetsLost).toBeGreaterThan(0.99 * first);
      expect(into.packetsReceived).toBeLessThanOrEqual(first);
      expect(remote.packetsLost / first).toBeGreaterThan(0.015);
      expect(remote.packetsLost / first).toBeLessThan(0.09); // of audio, which is not repaired, the publisher's leg lost some too
      expect(remote.roundTripTimeMs).toBeGreaterThan(70);
      expect(remote.roundTripTimeMs).toBeLessThan(400);
      if (kind === "video") {
        // Whole frames that came behind what was given up are received, too late for a reader.
        expect(into.framesReceived).toBeGreaterThanOrEqual(got.video.length);
        expect(into.framesReceived).toBeLessThan(got.video.length + SECONDS);
        expect(into.retransmittedPacketsReceived).toBeLessThanOrEqual(out.retransmittedPacketsSent);
        expect(into.packetsLost / first).toBeLessThan(0.005);
      }
    }
    const { availableOutgoingBitrate } = outbound.transports[0]!;
    expect(availableOutgoingBitrate).toBeGreaterThan(300_000);
    expect(got.audio.length).toBeGreaterThan(0.9 * audio.length);
    expect(got.video.length).toBeGreaterThan(0.97 * SECONDS * 25);
    report.push([got.audio.length, got.video.length, Math.round(availableOutgoingBitrate! / 1000)]);
    for (const frames of [got.audio, got.video]) {
      for (let i = 1; i < frames.length; i++) expect((frames[i]!.timestamp - frames[i - 1]!.timestamp) | 0).toBeGreaterThan(0);
    }
  }
  expect(sentVideo).toBe(SECONDS * 25);
  expect(wishes).toBeLessThan(10 * SECONDS);
  expect(asked).toBeLessThan(2 * SECONDS);
  expect(Object.keys(forwarder.transports[0]!.refused).filter((reason) => reason !== "replayed")).toEqual([]);
  expect(publisher.outbound.length).toBe(3);
  console.log(
    JSON.stringify({
      report,
      wishes,
      asked,
      heapMb: (process.memoryUsage().heapUsed - heap) / 2 ** 20,
      publisher: publisher.transports,
      forwarder: forwarder.inbound.map(({ rid, framesReceived, packetsLost, nackCount, pliCount }) => ({
        rid,
        framesReceived,
        packetsLost,
        nackCount,
        pliCount,
      })),
    }),
  );
});

/** A VP8 frame by its first octets. */
function made(seed: number, keyframe: boolean, length: number): Uint8Array {
  const data = new Uint8Array(keyframe ? 3 * length : length).fill(seed & 0xff);
  data[0] = keyframe ? 0 : 1;
  if (keyframe) data.set([0x9d, 0x01, 0x2a, 640 & 255, 640 >> 8, 480 & 255, 480 >> 8], 3);
  return data;
}
