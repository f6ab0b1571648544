/** Which congestion control feedback two peers agree on, and that it is given and heeded. */
import { Malformed } from "@purertc/core";
import { parseRtcp, type RtcpPacket } from "@purertc/rtp";
import { expect, test } from "vitest";
import { type SupportedMedia, supportedMedia } from "../src/index.ts";
import type { PeersOptions } from "./engine-peers.ts";
import { MediaPeers } from "./media-peers.ts";

/** Our capabilities with other feedback for every codec of video. */
function withFeedback(change: (feedback: readonly string[]) => readonly string[]): SupportedMedia {
  const { audio, video } = supportedMedia;
  const codecs = video.codecs.map((codec) => ({ ...codec, rtcpFeedback: change(codec.rtcpFeedback) }));
  return { audio, video: { ...video, codecs } };
}

/** Video from the offerer to the answerer for a while: the offer's and the answer's lines of feedback, and the RTCP that the answerer sent. */
function exchange(options: PeersOptions, link: object = {}) {
  const said: RtcpPacket[] = [];
  const packet = (_: number, way: string, layer: string, bytes: Uint8Array): void => {
    const packets = way === "out" && layer === "rtcp" ? parseRtcp(bytes.slice()) : [];
    if (!(packets instanceof Malformed)) said.push(...packets);
  };
  const peers = new MediaPeers({ link: { delayMs: 10, ...link }, ...options, answerer: { ...options.answerer, observer: { packet } } });
  const ours = peers.add(peers.offerer, "video", { direction: "sendonly" });
  peers.connect();
  const theirs = peers.counterpart(peers.answerer, ours);
  peers.receive(theirs);
  peers.sendVideo(peers.offerer, ours, 100);
  peers.network.runFor(5000);
  const feedback = (sdp: string): readonly string[] => [...new Set([...sdp.matchAll(/a=rtcp-fb:\S+ (.*)\r/g)].map(([, one]) => one!))];
  const estimate = (): number | undefined =>
    peers.offerer.node.call((engine, now) => engine.mediaStats(now)).transports[0]!.availableOutgoingBitrate;
  const types = new Set(said.map(({ type }) => type));
  return { peers, ours, said, types, estimate, answer: peers.answerer.engine.negotiation.currentLocalDescription!.sdp, feedback };
}

const OFFERS_CCFB = { offerer: { media: withFeedback((feedback) => (feedback.length === 0 ? [] : [...feedback, "ack ccfb"])) } };

test("RFC 8888 §6: ack ccfb is answered for all payload types at once, in the place of transport-cc, and reported by stream", () => {
  const { peers, ours, said, types, estimate, answer, feedback } = exchange(OFFERS_CCFB, { lossRate: 0.02 });
  expect(answer.match(/a=rtcp-fb:.* ack ccfb\r\n/g)).toEqual(["a=rtcp-fb:* ack ccfb\r\n"]);
  expect(feedback(answer)).not.toContain("transport-cc");
  expect([types.has("CCFB"), types.has("transport-cc"), types.has("REMB")]).toEqual([true, false, false]);
  const { ssrc, rtxSsrc } = peers.offerer.node.call((engine, now) => engine.mediaStats(now)).outbound[0]!;
  const streams = new Set(said.flatMap((packet) => (packet.type === "CCFB" ? packet.streams.map((stream) => stream.ssrc) : [])));
  expect(streams).toEqual(new Set([ssrc, rtxSsrc]));
  expect(estimate()).toBeGreaterThan(500_000);
  // Whoever offers next goes on with it, though it would not have offered it.
  peers.negotiate(peers.answerer, peers.offerer);
  peers.network.runFor(500);
  said.length = 0;
  peers.sendVideo(peers.offerer, ours, 50);
  peers.network.runFor(2500);
  expect(peers.answerer.engine.negotiation.currentLocalDescription!.sdp).toContain("a=rtcp-fb:* ack ccfb\r\n");
  expect([said.some(({ type }) => type === "CCFB"), said.some(({ type }) => type === "transport-cc")]).toEqual([true, false]);
});

test("RFC 8888 §4: a path that is too narrow brings the estimate down", () => {
  const wide = exchange(OFFERS_CCFB, { rateBitsPerSecond: 50_000_000 });
  const narrow = exchange(OFFERS_CCFB, { rateBitsPerSecond: 250_000 });
  expect(narrow.estimate()).toBeLessThan(0.7 * wide.estimate()!);
});

test("draft-alvestrand-rmcat-remb-03 §2.3: REMB is sent where it was agreed on and nothing better was, and heeded", () => {
  const old = withFeedback((feedback) => feedback.filter((one) => one !== "transport-cc"));
  const { said, types, estimate, feedback, answer, peers } = exchange({ offerer: { media: old } });
  expect(feedback(answer)).toContain("goog-remb");
  expect([types.has("REMB"), types.has("transport-cc")]).toEqual([true, false]);
  const last = said.findLast((packet) => packet.type === "REMB")!;
  const { ssrc } = peers.offerer.node.call((engine, now) => engine.mediaStats(now)).outbound[0]!;
  expect(last).toMatchObject({ mediaSsrc: 0, ssrcs: [ssrc] });
  expect(last.type === "REMB" && last.bitRate).toBeGreaterThan(500_000);
  expect(estimate()).toBeGreaterThan(500_000);
  const plain = exchange({});
  expect([plain.types.has("REMB"), plain.types.has("transport-cc")]).toEqual([false, true]);
});

test("RFC 9335 §4: an offer of the side that only accepted cryptex goes on with it", () => {
  const { peers } = exchange({ offerer: { cryptex: "offer" } });
  peers.negotiate(peers.answerer, peers.offerer);
  expect(peers.answerer.engine.negotiation.currentLocalDescription!.sdp).toContain("a=cryptex\r\n");
  expect(peers.offerer.engine.negotiation.currentLocalDescription!.sdp).toContain("a=cryptex\r\n");
});
