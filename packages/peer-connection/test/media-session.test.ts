/** What becomes of streams as descriptions, RTCP and the application change them. */
import { expect, test } from "vitest";
import { type MediaCapabilities, type PeerEvent, supportedMedia } from "../src/engine/index.ts";
import type { Peer } from "./engine-peers.ts";
import { MediaPeers } from "./media-peers.ts";

const without = (capabilities: MediaCapabilities, name: string): MediaCapabilities => ({
  ...capabilities,
  codecs: capabilities.codecs.filter(({ mimeType }) => !mimeType.toLowerCase().endsWith(`/${name}`)),
});
const events = ({ node }: Peer, type: PeerEvent["type"]) => node.events.filter((event) => event.type === type);
const stats = ({ node }: Peer) => node.call((engine, now) => engine.mediaStats(now));

/** A connection with one section that the offerer sends on. */
function oneWay(kind: "audio" | "video", options: ConstructorParameters<typeof MediaPeers>[0] = {}) {
  const peers = new MediaPeers({ link: { delayMs: 10 }, ...options });
  const ours = peers.add(peers.offerer, kind, { direction: "sendonly" });
  peers.connect();
  const theirs = peers.counterpart(peers.answerer, ours);
  return { peers, offerer: peers.offerer, answerer: peers.answerer, ours, theirs, got: peers.receive(theirs) };
}

test("webrtc-pc §5.3: the first packet of a stream unmutes the track, once", () => {
  const { peers, answerer, offerer, ours } = oneWay("audio");
  expect(events(answerer, "receiver-unmuted")).toEqual([]);
  peers.sendAudio(offerer, ours, 10);
  peers.network.runFor(500);
  expect(events(answerer, "receiver-unmuted")).toHaveLength(1);
});

test("RFC 3550 §6.6: a transceiver that is stopped says BYE, and the peer's track is muted", () => {
  const { peers, answerer, offerer, ours, theirs } = oneWay("audio");
  peers.sendAudio(offerer, ours, 10);
  peers.network.runFor(500);
  offerer.node.call((engine, now) => engine.stopTransceiver(now, ours.id));
  peers.network.runFor(100);
  const [outbound] = stats(offerer).outbound;
  expect(events(answerer, "bye")).toEqual([{ type: "bye", transceiver: theirs.id, ssrc: outbound!.ssrc }]);
  expect(events(answerer, "receiver-muted")).toHaveLength(1);
  expect(
    offerer.node.call((_, now) => ours.sender.sendFrame(now, { kind: "audio", data: Uint8Array.of(1), timestamp: 0, keyframe: true })),
  ).toBe("stopped");
  peers.negotiate(offerer, answerer);
  peers.network.runFor(200);
  expect(offerer.engine.transceivers).toEqual([]);
  expect(answerer.engine.transceivers).toEqual([]);
});

test("RFC 3550 §6.6: closing a peer says BYE for what it sends", () => {
  const { peers, answerer, offerer, ours } = oneWay("audio");
  peers.sendAudio(offerer, ours, 10);
  peers.network.runFor(500);
  offerer.node.call((engine, now) => engine.close(now));
  peers.network.runFor(100);
  expect(events(answerer, "bye")).toHaveLength(1);
});

test("RFC 3550 §6.4.1: sender reports tell when frames were captured, in step across streams", () => {
  const peers = new MediaPeers({ link: { delayMs: 30 } });
  const { offerer, answerer } = peers;
  const [audio, video] = [peers.add(offerer, "audio"), peers.add(offerer, "video")];
  peers.connect();
  const heard = peers.receive(peers.counterpart(answerer, audio));
  const seen = peers.receive(peers.counterpart(answerer, video));
  const origin = Date.UTC(2026, 10, 20) + peers.network.now;
  peers.sendAudio(offerer, audio, 150);
  peers.sendVideo(offerer, video, 75);
  peers.network.runFor(4000);
  for (const [frames, intervalMs] of [
    [heard, 20],
    [seen, 40],
  ] as const) {
    expect(frames[5]!.captureTimeMs).toBeDefined(); // the first report leaves with the first packet
    for (const [i, { captureTimeMs }] of frames.entries()) {
      if (captureTimeMs !== undefined) expect(Math.abs(captureTimeMs - (origin + i * intervalMs))).toBeLessThan(5);
    }
  }
  const { remoteOutbound, remoteInbound } = stats(answerer);
  expect(remoteOutbound.map(({ kind }) => kind).toSorted()).toEqual(["audio", "video"]);
  expect(remoteInbound).toEqual([]);
  expect(stats(offerer).remoteInbound.every(({ roundTripTimeMs }) => Math.abs(roundTripTimeMs! - 120) < 5)).toBe(true);
  expect(remoteOutbound.every(({ roundTripTimeMs }) => Math.abs(roundTripTimeMs! - 120) < 5)).toBe(true); // RFC 3611 §4.4
});

test("RFC 4585 §6.2.1: without RTX the packets themselves are sent again, under the SRTP index they had", () => {
  const media = { ...supportedMedia, video: without(supportedMedia.video, "rtx") };
  const { peers, offerer, answerer, ours, got } = oneWay("video", { engine: { media }, link: { delayMs: 20, lossRate: 0.1 } });
  const sent = peers.sendVideo(offerer, ours, 100);
  peers.network.runFor(6000);
  expect(sent.length).toBe(100);
  expect(got.length).toBeGreaterThanOrEqual(98);
  expect(stats(offerer).outbound[0]).toMatchObject({ rtxSsrc: undefined });
  expect(stats(offerer).outbound[0]!.retransmittedPacketsSent).toBeGreaterThan(15);
  expect(stats(answerer).inbound[0]!.packetsLost).toBeLessThan(5);
});

test("RFC 2198: redundancy replaces what is lost of audio where both sides prefer it", () => {
  const { codecs } = supportedMedia.audio;
  const red = codecs.find(({ mimeType }) => mimeType === "audio/red")!;
  const audio = { ...supportedMedia.audio, codecs: [red, ...codecs.filter((codec) => codec !== red)] };
  const media = { ...supportedMedia, audio };
  const { peers, offerer, ours, got } = oneWay("audio", { engine: { media }, link: { delayMs: 20, lossRate: 0.05 } });
  const sent = peers.sendAudio(offerer, ours, 300);
  peers.network.runFor(8000);
  const payloads = sent.map(({ data }) => data.join());
  expect(got.map(({ data }) => payloads.indexOf(data.join()))).not.toContain(-1);
  expect(got.every(({ mimeType }) => mimeType === "audio/opus")).toBe(true);
  expect(got.length).toBeGreaterThan(294); // two in a row are lost for good
});

test("RFC 9429 §5.3.1: directions of a new offer stop and start what flows", () => {
  const { peers, offerer, answerer, ours, got } = oneWay("audio");
  peers.sendAudio(offerer, ours, 10);
  peers.network.runFor(400);
  expect(got.length).toBe(10);
  offerer.node.call((engine, now) => engine.setTransceiverDirection(now, ours.id, "inactive"));
  peers.negotiate(offerer, answerer);
  peers.network.runFor(200);
  const frame = { kind: "audio", data: Uint8Array.of(0x78, 1), timestamp: 0, keyframe: true } as const;
  expect(offerer.node.call((_, now) => ours.sender.sendFrame(now, frame))).toBe("muted");
  offerer.node.call((engine, now) => engine.setTransceiverDirection(now, ours.id, "sendonly"));
  peers.negotiate(offerer, answerer);
  peers.network.runFor(200);
  peers.sendAudio(offerer, ours, 10);
  peers.network.runFor(400);
  expect(got.length).toBe(20);
  expect(events(answerer, "receiver-unmuted")).toHaveLength(2);
});

test("webrtc-pc §5.2: what cannot be sent is refused by name", () => {
  const peers = new MediaPeers();
  const { offerer } = peers;
  const video = peers.add(offerer, "video", { direction: "sendonly" });
  const frame = { kind: "video", data: Uint8Array.of(1, 2, 3), timestamp: 0, keyframe: false } as const;
  const send = (more: object, rid?: string) => offerer.node.call((_, now) => video.sender.sendFrame(now, { ...frame, ...more }, rid));
  expect(send({})).toBe("not-negotiated");
  peers.connect();
  expect(send({})).toBeUndefined();
  expect(send({}, "x")).toBe("no-such-encoding");
  expect(send({ mimeType: "video/unheard-of" })).toBe("wrong-codec");
  expect(send({ mimeType: "video/rtx" })).toBe("wrong-codec");
  expect(send({ data: new Uint8Array(0) })).toBe("malformed");
  expect(send({ mimeType: "video/H264" })).toBe("malformed"); // no start code
  expect(send({ data: new Uint8Array(3 << 20) })).toBeUndefined();
  expect(send({ data: new Uint8Array(3 << 20) })).toBe("queue-full");
  offerer.node.call((engine, now) => engine.setSenderEnabled(now, video.id, false));
  expect(send({})).toBe("muted");
});

test("RFC 9143 §7.3: sections without BUNDLE have transports and keys of their own", () => {
  const peers = new MediaPeers({
    engine: { bundlePolicy: "max-compat" },
    link: { delayMs: 10 },
    onSignal: (_, sdp) => sdp.replace(/^a=group:BUNDLE.*\r\n/m, ""),
  });
  const { offerer, answerer } = peers;
  const [audio, video] = [peers.add(offerer, "audio"), peers.add(offerer, "video")];
  peers.connect();
  expect(offerer.engine.transports).toHaveLength(2);
  const heard = peers.receive(peers.counterpart(answerer, audio));
  const seen = peers.receive(peers.counterpart(answerer, video));
  peers.sendAudio(offerer, audio, 20);
  peers.sendVideo(offerer, video, 10);
  peers.network.runFor(1000);
  expect([heard.length, seen.length]).toEqual([20, 10]);
});

test("RFC 8445 §9: an ICE restart interrupts no frame", () => {
  const { peers, offerer, answerer, ours, got } = oneWay("video");
  const sent = peers.sendVideo(offerer, ours, 100);
  peers.network.runFor(1000);
  offerer.node.call((engine, now) => engine.restartIce(now));
  peers.negotiate(offerer, answerer);
  peers.network.runFor(5000);
  expect(got.map(({ data }) => data.length)).toEqual(sent.map(({ data }) => data.length));
});

test("RFC 9429 §5.10: a re-negotiation in the middle of a frame, and of repairs, loses nothing", () => {
  const { peers, offerer, answerer, ours, got } = oneWay("video", { link: { delayMs: 20, lossRate: 0.05 } });
  const sent = peers.sendVideo(offerer, ours, 100, 3);
  for (let i = 0; i < 20; i++) peers.network.at(peers.network.now + 100 + i * 97, () => peers.negotiate(offerer, answerer));
  peers.network.runFor(8000);
  const payloads = sent.map(({ data }) => data.join());
  expect(got.map(({ data }) => payloads.indexOf(data.join()))).not.toContain(-1);
  expect(got.length).toBeGreaterThanOrEqual(97);
  expect(stats(offerer).outbound[0]!.retransmittedPacketsSent).toBeGreaterThan(20);
});

test("RFC 3711 §3.3: when RTX is agreed away, nothing that was kept for it goes out unprotected", () => {
  const { peers, offerer, answerer, ours, theirs } = oneWay("video", { link: { delayMs: 20, lossRate: 0.1 } });
  peers.sendVideo(offerer, ours, 200, 3);
  peers.network.runFor(2000);
  const { codecs } = without(supportedMedia.video, "rtx");
  for (const [{ engine }, { id }] of [[offerer, ours] as const, [answerer, theirs] as const]) engine.setCodecPreferences(id, codecs);
  peers.negotiate(offerer, answerer);
  peers.network.runFor(3000);
  expect(stats(offerer).outbound[0]!.rtxSsrc).toBeUndefined();
  const { "bad-tag": forged = 0, "not-rtp": other = 0 } = stats(answerer).transports[0]!.refused;
  expect([forged, other]).toEqual([0, 0]);
});

test("RFC 4588 §8.6: retransmissions name the payload type of what they repair, whichever codec that is", () => {
  const { peers, offerer, ours, got } = oneWay("video", { link: { delayMs: 20, lossRate: 0.1 } });
  const h264 = ours.sender.codecs.find(({ mimeType }) => mimeType === "video/H264")!;
  expect(ours.sender.codecs[0]).not.toBe(h264);
  for (let i = 0; i < 50; i++) {
    const data = Uint8Array.of(0, 0, 0, 1, i === 0 ? 0x65 : 0x41, ...new Uint8Array(3000).fill(i + 4));
    const frame = { kind: "video", data, timestamp: i * 3600, keyframe: i === 0, mimeType: "video/H264" } as const;
    peers.network.at(peers.network.now + i * 40, () => void offerer.node.call((_, now) => ours.sender.sendFrame(now, frame)));
  }
  peers.network.runFor(5000);
  expect(got.length).toBeGreaterThanOrEqual(48);
  expect(got.every(({ mimeType }) => mimeType === "video/H264")).toBe(true);
});

test("RFC 8834 §8: frames of a key frame's size leave at the pacer's pace, and the estimate of the path is told", () => {
  const { peers, offerer, ours, got } = oneWay("video", { link: { delayMs: 20, rateBitsPerSecond: 3_000_000, queueBytes: 60_000 } });
  peers.sendVideo(offerer, ours, 250, 25);
  peers.network.runFor(12_000);
  expect(got.length).toBeGreaterThanOrEqual(245);
  const told = events(offerer, "bitrate-estimate");
  expect(told.length).toBeGreaterThan(2);
  const { transports } = stats(offerer);
  expect(transports[0]!.availableOutgoingBitrate).toBeGreaterThan(300_000);
  expect(transports[0]!.srtpProfile).toMatch(/^SRTP_/);
});

test("draft-ietf-rmcat-gcc-02 §5: a path that is too narrow brings the estimate down below what it carries", () => {
  const { peers, offerer, ours } = oneWay("video", { link: { delayMs: 20, rateBitsPerSecond: 600_000, queueBytes: 100_000 } });
  peers.sendVideo(offerer, ours, 500, 5); // 1.1 Mbit/s
  peers.network.runFor(20_000);
  const { availableOutgoingBitrate } = stats(offerer).transports[0]!;
  expect(availableOutgoingBitrate).toBeLessThan(700_000);
  expect(availableOutgoingBitrate).toBeGreaterThan(100_000);
});

test("webrtc-pc §5.3.3: who was heard in the last ten seconds", () => {
  const { peers, offerer, answerer, ours, theirs } = oneWay("audio");
  peers.sendAudio(offerer, ours, 10);
  peers.network.runFor(400);
  const [outbound] = stats(offerer).outbound;
  expect(answerer.engine.synchronizationSources(theirs.id)).toMatchObject([{ source: outbound!.ssrc, audioLevel: 30 }]);
  expect(answerer.engine.contributingSources(theirs.id)).toEqual([]);
  peers.network.runFor(11_000);
  expect(answerer.engine.synchronizationSources(theirs.id)).toEqual([]);
});
