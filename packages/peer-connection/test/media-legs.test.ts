/** Peers that are not browsers: gateways, SIP phones behind one, servers that are lite, and calls that move to another machine. */
import { expect, test } from "vitest";
import { MediaPeers } from "./media-peers.ts";

const without =
  (...patterns: readonly RegExp[]) =>
  (_: string, sdp: string) =>
    patterns.reduce((text, pattern) => text.replace(pattern, ""), sdp);
const MID_EXTENSION = /a=extmap:\d+(?:\/\w+)? urn:ietf:params:rtp-hdrext:sdes:mid\r\n/g;
const SSRC_LINES = /a=ssrc(?:-group)?:.*\r\n/g;
const GROUP = /a=group:.*\r\n/g;

test.each([
  ["bundled, told by payload types alone", [MID_EXTENSION, SSRC_LINES]],
  ["bundled, told by SSRCs alone", [MID_EXTENSION]],
  ["each section with a transport of its own", [MID_EXTENSION, SSRC_LINES, GROUP]],
] as const)("RFC 9143 §9.2: a peer without the MID extension, %s", (_, patterns) => {
  const bundlePolicy = patterns.some((pattern) => pattern === GROUP) ? "max-compat" : "max-bundle";
  const peers = new MediaPeers({ link: { delayMs: 10 }, engine: { bundlePolicy }, onSignal: without(...patterns) });
  const { offerer, answerer } = peers;
  const [audio, video] = [peers.add(offerer, "audio"), peers.add(offerer, "video")];
  for (const kind of ["audio", "video"] as const) peers.add(answerer, kind);
  peers.connect();
  const got = [audio, video].map((one) => peers.receive(peers.counterpart(answerer, one)));
  const back = [audio, video].map((one) => peers.receive(one));
  for (const peer of [offerer, answerer]) {
    peers.sendAudio(peer, peers.counterpart(peer, audio), 20);
    peers.sendVideo(peer, peers.counterpart(peer, video), 10);
  }
  peers.network.runFor(1500);
  expect([...got, ...back].map(({ length }) => length)).toEqual([20, 10, 20, 10]);
});

test("RFC 8445 §2.5: media with a peer that says it is lite", () => {
  const peers = new MediaPeers({
    link: { delayMs: 10 },
    onSignal: (type, sdp) => (type === "answer" ? sdp.replace(/(\r\nt=0 0\r\n)/, "$1a=ice-lite\r\n") : sdp),
  });
  const video = peers.add(peers.offerer, "video");
  peers.connect();
  const got = peers.receive(peers.counterpart(peers.answerer, video));
  peers.sendVideo(peers.offerer, video, 20);
  peers.network.runFor(1500);
  expect(got).toHaveLength(20);
});

test("RFC 8842 §4, RFC 5764 §4.2: a re-offer that another machine answers brings new keys, and media goes on with them", () => {
  const peers = new MediaPeers({ link: { delayMs: 10 } });
  const { offerer } = peers;
  const ours = peers.add(offerer, "video");
  peers.add(peers.answerer, "video");
  peers.connect();
  const before = peers.receive(peers.counterpart(peers.answerer, ours));
  const back = peers.receive(ours);
  peers.sendVideo(offerer, ours, 250, 10);
  peers.sendVideo(peers.answerer, peers.counterpart(peers.answerer, ours), 20);
  peers.network.runFor(1500);
  expect([before.length > 30, back.length]).toEqual([true, 20]);
  peers.replaceAnswerer("192.0.2.77");
  offerer.node.call((engine, now) => engine.restartIce(now));
  const { answerer } = peers;
  peers.add(answerer, "video");
  peers.negotiate(offerer, answerer);
  peers.network.run(() => answerer.engine.connectionState === "connected", { limitMs: 30_000 });
  const theirs = peers.counterpart(answerer, ours);
  const after = peers.receive(theirs);
  answerer.node.call((_, now) => theirs.receiver.requestKeyframe(now));
  const sent = peers.sendVideo(answerer, theirs, 25);
  peers.network.runFor(4000);
  expect(offerer.engine.connectionState).toBe("connected");
  expect(after.length).toBeGreaterThan(75);
  expect(back.slice(20).map(({ data }) => data)).toEqual(sent.map(({ data }) => data));
  const { refused } = offerer.node.call((engine, now) => engine.mediaStats(now)).transports[0]!;
  expect(refused["bad-tag"] ?? 0).toBe(0);
});
