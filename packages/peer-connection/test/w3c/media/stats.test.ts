import { expect, test } from "vitest";
import {
  type AnyRTCStats,
  EncodedTrackGenerator,
  EncodedTrackProcessor,
  type MediaStreamTrack,
  type RTCCodecStats,
  type RTCInboundRtpStreamStats,
  type RTCMediaSourceStats,
  type RTCOutboundRtpStreamStats,
  type RTCPeerConnection,
  type RTCRemoteInboundRtpStreamStats,
  type RTCRemoteOutboundRtpStreamStats,
  type RTCStatsReport,
  type RTCTransportStats,
} from "../../../src/index.ts";
import { exchangeCandidates, negotiate, next, rejection, virtualPeers } from "../../virtual-host.ts";
import { track, vp8Frame } from "./tracks.ts";

const ofType = <T extends AnyRTCStats>(report: RTCStatsReport, type: T["type"]): T[] =>
  [...report.values()].filter((stats): stats is T => stats.type === type);

/** Audio and video from `a` to `b`, for six seconds: long enough for a few RTCP reports. */
async function played(): Promise<{
  a: RTCPeerConnection;
  b: RTCPeerConnection;
  audio: EncodedTrackGenerator;
  video: EncodedTrackGenerator;
}> {
  const { create, host } = virtualPeers();
  const [a, b] = [create(), create()];
  exchangeCandidates(a, b);
  const audio = new EncodedTrackGenerator({ kind: "audio" });
  const video = new EncodedTrackGenerator({ kind: "video" });
  a.addTrack(audio.track);
  a.addTrack(video.track);
  b.ontrack = (event) => void new EncodedTrackProcessor({ track: event.track });
  await negotiate(a, b);
  while (a.connectionState !== "connected") await next(a, "connectionstatechange");
  const [audioWriter, videoWriter] = [audio.writable.getWriter(), video.writable.getWriter()];
  for (let i = 0; i < 120; i++) {
    const level = { level: 40, voice: true };
    await audioWriter.write({ data: new Uint8Array(50).fill(0x78), timestamp: i * 2400, mimeType: "audio/opus", audioLevel: level });
    await videoWriter.write({ data: vp8Frame(2000, i % 40 === 0), timestamp: i * 4500, mimeType: "video/VP8", width: 64, height: 48 });
    await host.sleep(50);
  }
  return { a, b, audio, video };
}

test("webrtc-stats: streams of both ends, their codecs and sources, all referring to each other", async () => {
  const { a, b, audio, video } = await played();
  const [sent, received] = [await a.getStats(), await b.getStats()];
  for (const report of [sent, received]) {
    for (const stats of report.values()) {
      for (const [member, value] of Object.entries(stats)) {
        if (member.endsWith("Id") && member !== "candidateId") expect(report.has(value), `${stats.type}.${member}`).toBe(true);
      }
    }
  }
  const outbound = ofType<RTCOutboundRtpStreamStats>(sent, "outbound-rtp");
  expect(outbound.map(({ kind }) => kind)).toEqual(["audio", "video"]);
  expect(ofType(received, "outbound-rtp"), "a stream that was never sent is none").toEqual([]);
  const [sentAudio, sentVideo] = outbound;
  expect(sentAudio).toMatchObject({ mid: "0", active: true, packetsSent: 120, bytesSent: 6000, encodingIndex: 0, nackCount: 0 });
  expect(sentVideo).toMatchObject({ mid: "1", active: true, framesSent: 120, keyFramesSent: 3, frameWidth: 64, frameHeight: 48 });
  expect(sentVideo!.headerBytesSent).toBeGreaterThan(12 * sentVideo!.packetsSent);
  const source = sent.get(sentVideo!.mediaSourceId!) as RTCMediaSourceStats;
  expect(source).toMatchObject({
    type: "media-source",
    kind: "video",
    trackIdentifier: video.track.id,
    width: 64,
    height: 48,
    frames: 120,
  });
  const sound = sent.get(sentAudio!.mediaSourceId!) as RTCMediaSourceStats;
  expect(sound).toMatchObject({ kind: "audio", audioLevel: 0.01 });
  expect(sound.totalSamplesDuration).toBeCloseTo(2.4);
  expect(sound.totalAudioEnergy).toBeCloseTo(2.4 * 0.0001);
  const codec = sent.get(sentAudio!.codecId!) as RTCCodecStats;
  expect(codec).toMatchObject({ mimeType: "audio/opus", clockRate: 48_000, channels: 2, transportId: sentAudio!.transportId });
  const inbound = ofType<RTCInboundRtpStreamStats>(received, "inbound-rtp");
  const receivedAudio = inbound.find(({ kind }) => kind === "audio")!;
  const receivedVideo = inbound.find(({ kind }) => kind === "video")!;
  expect(receivedAudio).toMatchObject({
    ssrc: sentAudio!.ssrc,
    mid: "0",
    trackIdentifier: audio.track.id,
    packetsReceived: 120,
    packetsLost: 0,
    bytesReceived: 6000,
  });
  expect(receivedAudio.audioLevel).toBeCloseTo(0.01);
  expect(receivedAudio.totalSamplesDuration).toBeCloseTo(2.4); // the frames say 20 ms
  expect(receivedVideo).toMatchObject({
    ssrc: sentVideo!.ssrc,
    framesReceived: 120,
    keyFramesReceived: 3,
    frameWidth: 64,
    framesDropped: 0,
  });
  expect(receivedVideo.jitterBufferEmittedCount).toBe(120);
  expect(receivedAudio.jitterBufferEmittedCount, "samples").toBe(120 * 960);
  const remoteInbound = sent.get(sentVideo!.remoteId!) as RTCRemoteInboundRtpStreamStats;
  expect(remoteInbound).toMatchObject({ type: "remote-inbound-rtp", localId: sentVideo!.id, fractionLost: 0, packetsLost: 0 });
  expect(remoteInbound.roundTripTime).toBeGreaterThan(0);
  expect(remoteInbound.roundTripTime).toBeLessThan(0.1);
  const remoteOutbound = received.get(receivedVideo.remoteId!) as RTCRemoteOutboundRtpStreamStats;
  expect(remoteOutbound).toMatchObject({ type: "remote-outbound-rtp", localId: receivedVideo.id });
  expect(remoteOutbound.reportsSent).toBeGreaterThan(0);
  expect(Math.abs(remoteOutbound.remoteTimestamp - remoteOutbound.timestamp)).toBeLessThan(100);
  const [transport] = ofType<RTCTransportStats>(sent, "transport");
  expect(transport!.srtpCipher).toMatch(/^SRTP_/);
  // Ids are the same in the next report.
  expect((await a.getStats()).get(sentAudio!.id)).toMatchObject({ type: "outbound-rtp", ssrc: sentAudio!.ssrc });
});

test("dfn-stats-selection-algorithm: by track, sender and receiver", async () => {
  const { a, b, video } = await played();
  const bySender = await a.getSenders()[1]!.getStats();
  expect([...bySender.keys()].toSorted()).toEqual([...(await a.getStats(video.track)).keys()].toSorted());
  expect(ofType(bySender, "outbound-rtp")).toMatchObject([{ kind: "video" }]);
  expect(new Set([...bySender.values()].map(({ type }) => type))).toEqual(
    new Set([
      "outbound-rtp",
      "remote-inbound-rtp",
      "codec",
      "media-source",
      "transport",
      "certificate",
      "candidate-pair",
      "local-candidate",
      "remote-candidate",
    ]),
  );
  const [audioReceiver] = b.getReceivers();
  const byReceiver = await audioReceiver!.getStats();
  expect(ofType(byReceiver, "inbound-rtp")).toMatchObject([{ kind: "audio" }]);
  expect([...(await b.getStats(audioReceiver!.track)).keys()].toSorted()).toEqual([...byReceiver.keys()].toSorted());
  expect((await a.getReceivers()[0]!.getStats()).size).toBe(0);
});

test("dom-rtcpeerconnection-getstats step 3: a track of none, or of two, is an InvalidAccessError", async () => {
  const pc = virtualPeers().create();
  const audio = track();
  expect(await rejection(pc.getStats(audio))).toBe("InvalidAccessError");
  pc.addTransceiver(audio);
  expect(await rejection(pc.getStats(audio))).toBe("fulfilled");
  pc.addTransceiver(audio);
  expect(await rejection(pc.getStats(audio))).toBe("InvalidAccessError");
  expect(await rejection(pc.getStats({} as never))).toBe("TypeError");
  const [transceiver] = pc.getTransceivers();
  pc.close();
  expect((await transceiver!.sender.getStats()).size).toBe(0);
});

test("dom-rtcinboundrtpstreamstats-framesreceived: counted without a reader, with one, and after it; and what a relay sends of them", async () => {
  const { create, host } = virtualPeers();
  const [a, b] = [create(), create()];
  exchangeCandidates(a, b);
  const generator = new EncodedTrackGenerator({ kind: "video" });
  a.addTrack(generator.track);
  let remote: MediaStreamTrack | undefined;
  b.ontrack = ({ track: arrived, transceiver }) => {
    remote = arrived;
    transceiver.direction = "sendrecv";
    void transceiver.sender.replaceTrack(arrived);
  };
  await negotiate(a, b);
  while (a.connectionState !== "connected") await next(a, "connectionstatechange");
  const writer = generator.writable.getWriter();
  let written = 0;
  const write = async (frames: number): Promise<void> => {
    for (let i = 0; i < frames; i++, written++) {
      await writer.write({ data: vp8Frame(3000, written % 10 === 0), timestamp: written * 4500, mimeType: "video/VP8" });
      await host.sleep(50);
    }
  };
  const counted = async () => ofType<RTCInboundRtpStreamStats>(await b.getStats(), "inbound-rtp")[0]!;
  await write(20);
  expect(await counted()).toMatchObject({ framesReceived: 20, keyFramesReceived: 2, jitterBufferEmittedCount: 0 });
  const reader = new EncodedTrackProcessor({ track: remote! }).readable.getReader();
  await write(20);
  const { framesReceived, jitterBufferEmittedCount } = await counted();
  expect(framesReceived).toBe(40);
  expect(jitterBufferEmittedCount).toBeGreaterThan(10);
  await reader.cancel();
  await write(10);
  expect(await counted(), "nothing is counted down").toMatchObject({ framesReceived: 50, keyFramesReceived: 5, jitterBufferEmittedCount });
  const [relayed] = ofType<RTCOutboundRtpStreamStats>(await b.getStats(), "outbound-rtp");
  expect(relayed!.framesSent).toBeGreaterThan(40);
  expect(relayed!.keyFramesSent).toBeGreaterThan(3);
});

test("RFC 3711 §3.3: transports tell what they refused, by reason", async () => {
  const { create, host } = virtualPeers();
  const [a, b] = [create(), create()];
  exchangeCandidates(a, b);
  const audio = new EncodedTrackGenerator({ kind: "audio" });
  a.addTrack(audio.track);
  await negotiate(a, b);
  while (a.connectionState !== "connected") await next(a, "connectionstatechange");
  const refused = async () => ofType<RTCTransportStats>(await b.getStats(), "transport")[0]!.refusedPackets;
  expect(await refused()).toEqual({});
  let media = 0;
  host.onDatagram = (_from, _to, datagram) => {
    if (datagram[0]! >= 128 && datagram[0]! <= 191 && media++ < 3) datagram[datagram.length - 1]! ^= 1;
    return true;
  };
  const writer = audio.writable.getWriter();
  for (let i = 0; i < 10; i++) {
    await writer.write({ data: new Uint8Array(50), timestamp: i * 960, mimeType: "audio/opus" });
    await host.sleep(20);
  }
  const { "bad-tag": rtp = 0, "rtcp-bad-tag": rtcp = 0, ...others } = (await refused())!;
  expect([rtp + rtcp, others]).toEqual([3, {}]);
});
