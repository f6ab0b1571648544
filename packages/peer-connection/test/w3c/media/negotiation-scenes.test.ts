/** Whole exchanges of media as web applications and gateways have them: bundles, sections of unknown kinds, missing lines, pairing, glare. */
import { expect, test } from "vitest";
import { MediaStream, type RTCPeerConnection, type RTCSessionDescriptionInit } from "../../../src/index.ts";
import { exchangeCandidates, negotiate, next, rejection, virtualPeers } from "../../virtual-host.ts";
import { track } from "./tracks.ts";

const SESSION = `v=0\r\no=- 0 3 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 ${"A7:24:".repeat(15)}A7:24\r\na=ice-ufrag:6HHH\r\na=ice-pwd:XYDGVpfvklQIEnZ6YnyLsAew\r\n`;
const OPUS = "c=IN IP4 0.0.0.0\r\na=rtpmap:111 opus/48000/2\r\na=setup:actpass\r\na=rtcp-mux\r\n";

const ports = (pc: RTCPeerConnection): readonly string[] => [...pc.localDescription!.sdp.matchAll(/m=\w+ (\d+)/g)].map(([, port]) => port!);
const transports = (pc: RTCPeerConnection) => pc.getSenders().map(({ transport }) => transport);

async function connected(...all: readonly RTCPeerConnection[]): Promise<void> {
  for (const pc of all) while (pc.connectionState !== "connected") await next(pc, "connectionstatechange");
}

/** Audio and video from `a` to `b`, whose descriptions `rewrite` may change on their way. */
async function pair(
  policies: { readonly a?: RTCBundle; readonly b?: RTCBundle },
  rewrite: (sdp: string) => string = (sdp) => sdp,
): Promise<{ readonly a: RTCPeerConnection; readonly b: RTCPeerConnection; readonly offered: ReturnType<typeof transports> }> {
  const { create } = virtualPeers();
  const [a, b] = [create(policies.a && { bundlePolicy: policies.a }), create(policies.b && { bundlePolicy: policies.b })];
  exchangeCandidates(a, b);
  a.addTrack(track("audio"));
  a.addTrack(track("video"));
  await a.setLocalDescription();
  const offered = transports(a);
  await b.setRemoteDescription({ type: "offer", sdp: rewrite(a.localDescription!.sdp) });
  await b.setLocalDescription();
  await a.setRemoteDescription({ type: "answer", sdp: rewrite(b.localDescription!.sdp) });
  return { a, b, offered };
}

type RTCBundle = "balanced" | "max-compat" | "max-bundle";

test.each([
  ["balanced", 2],
  ["max-compat", 2],
  ["max-bundle", 1],
] as const)("RFC 9429 §4.1.1: %s offers %i transports, and the answer's bundle closes all but the first", async (policy, count) => {
  const { a, b, offered } = await pair({ a: policy });
  expect(new Set(offered).size).toBe(count);
  expect(new Set(transports(a))).toEqual(new Set([offered[0]]));
  await connected(a, b);
  if (count === 2) expect([offered[1]!.state, offered[1]!.iceTransport.state]).toEqual(["closed", "closed"]);
});

const withoutGroup = (sdp: string): string => sdp.replace(/a=group:BUNDLE.*\r\n/, "");

test("RFC 9429 §4.1.1: without a group each section has a transport of its own, and max-bundle takes the first section only", async () => {
  const { a, b } = await pair({ a: "max-compat" }, withoutGroup);
  await connected(a, b);
  for (const pc of [a, b]) expect(new Set(transports(pc)).size).toBe(2);
  const strict = await pair({ b: "max-bundle" }, withoutGroup);
  expect(ports(strict.b)).toEqual([expect.stringMatching(/^(9|4000)$/), "0"]);
  expect(strict.a.getTransceivers().map(({ currentDirection }) => currentDirection)).toEqual(["sendonly"]);
});

test("RFC 9143 §7.1.1: a bundled section needs no lines of a transport", async () => {
  const { a, b } = await pair({ a: "max-bundle" }, (sdp) => {
    const [session, audio, video] = sdp.split(/(?=^m=)/m);
    return [session, audio, video!.replace(/a=(ice-ufrag|ice-pwd|fingerprint|setup|ice-options|rtcp-mux).*\r\n/g, "")].join("");
  });
  await connected(a, b);
});

test("RFC 9429 §5.8.2: an offer of old, without a mid and with an older profile's name, is answered as it is", async () => {
  const pc = virtualPeers().create();
  await pc.setRemoteDescription({ type: "offer", sdp: `${SESSION}m=audio 1 RTP/SAVPF 111\r\n${OPUS}a=sendonly\r\n` });
  await pc.setLocalDescription();
  expect(pc.localDescription!.sdp).not.toContain("a=mid");
  expect(pc.localDescription!.sdp).toMatch(/m=audio 9 RTP\/SAVPF 111\r\n/);
  expect(pc.getTransceivers()).toHaveLength(1);
});

test("RFC 3264 §6: a section of a kind that nobody knows is turned down, the others are not", async () => {
  const pc = virtualPeers().create();
  const sdp = `${SESSION}m=bogus 9 FOO 0 8\r\nc=IN IP4 0.0.0.0\r\na=mid:b\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n${OPUS}a=mid:a\r\n`;
  await pc.setRemoteDescription({ type: "offer", sdp });
  await pc.setLocalDescription();
  expect(pc.localDescription!.sdp).toMatch(/m=bogus 0 FOO 0 8\r\n/);
  expect(ports(pc)[1]).not.toBe("0");
});

test("RFC 8827 §6.5: keys in the description (SDES) are no substitute for fingerprints", async () => {
  const pc = virtualPeers().create();
  const keys = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:2nra27hTUb9ilyn2rEkBEQN9WOFts26F/jvofasw\r\n";
  const sdp = `${SESSION.replace(/a=fingerprint.*\r\n/, "")}m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n${OPUS}${keys}a=mid:0\r\n`;
  expect(await rejection(pc.setRemoteDescription({ type: "offer", sdp }))).toBe("InvalidAccessError");
});

test("RFC 9429 §5.10: a remote section takes a transceiver that addTrack made or used, and no other", async () => {
  const { create } = virtualPeers();
  const [a] = [create()];
  a.addTransceiver("audio");
  await a.setLocalDescription();
  const taken = async (prepare: (b: RTCPeerConnection) => unknown): Promise<number> => {
    const b = create();
    await prepare(b);
    await b.setRemoteDescription(a.localDescription!);
    return b.getTransceivers().findIndex(({ mid }) => mid !== null);
  };
  expect(await taken((b) => b.addTransceiver("audio"))).toBe(1);
  expect(await taken((b) => b.addTransceiver("audio").sender.replaceTrack(track("audio")))).toBe(1);
  expect(await taken((b) => [b.addTransceiver("audio"), b.addTrack(track("audio"))])).toBe(0);
  expect(await taken((b) => b.addTrack(track("audio")).replaceTrack(null))).toBe(0);
  expect(await taken((b) => b.removeTrack(b.addTrack(track("audio"))))).toBe(0);
  expect(await taken((b) => b.addTrack(track("video")))).toBe(1);
});

test("RFC 8830 §3.1: msid lines: one for each stream, '-' for none, none of what only receives", async () => {
  const { create } = virtualPeers();
  const lines = async (prepare: (pc: RTCPeerConnection) => unknown): Promise<readonly string[]> => {
    const pc = create();
    prepare(pc);
    return (await pc.createOffer()).sdp!.match(/a=msid:\S+/g) ?? [];
  };
  const [one, two] = [new MediaStream(), new MediaStream()];
  const audio = track("audio");
  expect(await lines((pc) => pc.addTrack(audio, one, two, one))).toEqual([`a=msid:${one.id}`, `a=msid:${two.id}`]);
  expect(await lines((pc) => pc.addTrack(audio))).toEqual(["a=msid:-"]);
  expect(await lines((pc) => pc.addTransceiver("audio", { streams: [two] }))).toEqual([`a=msid:${two.id}`]);
  expect(await lines((pc) => pc.addTransceiver("audio", { direction: "recvonly", streams: [two] }))).toEqual([]);
});

test("dom-rtcpeerconnection-setremotedescription: an offer that meets ours rolls it back; its own rollback restores what there was", async () => {
  const { create } = virtualPeers();
  const [a, b] = [create(), create()];
  a.addTrack(track("audio"));
  await a.setLocalDescription();
  b.addTransceiver("video");
  await b.setLocalDescription();
  const shown = () => a.getTransceivers().map(({ receiver, mid }) => [receiver.track.kind, mid]);
  await a.setRemoteDescription(b.localDescription!);
  expect(shown()).toEqual([
    ["audio", null],
    ["video", b.getTransceivers()[0]!.mid],
  ]);
  await a.setRemoteDescription({ type: "rollback" });
  expect(shown()).toEqual([["audio", null]]);
  expect(a.signalingState).toBe("stable");
  await negotiate(a, b);
  expect(shown()).toEqual([["audio", "0"]]);
});

test("perfect-negotiation-example: two ends that offer whenever they like come to rest with everything agreed on", async () => {
  const { create, host } = virtualPeers();
  const [polite, impolite] = [create(), create()];
  const deliver: ((description: RTCSessionDescriptionInit) => Promise<void>)[] = [];
  for (const [index, pc] of [polite, impolite].entries()) {
    const other = [impolite, polite][index]!;
    const send = (): void => {
      const { type, sdp } = pc.localDescription!;
      host.after(3, () => void deliver[1 - index]!({ type, sdp }));
    };
    // A candidate of an offer that was ignored is nobody's.
    pc.onicecandidate = ({ candidate }) => host.after(3, () => void other.addIceCandidate(candidate).catch(() => undefined));
    let [making, settingAnswer] = [false, false];
    pc.onnegotiationneeded = async () => {
      making = true;
      await pc.setLocalDescription();
      making = false;
      send();
    };
    deliver[index] = async (description) => {
      const collides = description.type === "offer" && (making || (pc.signalingState !== "stable" && !settingAnswer));
      if (collides && pc === impolite) return;
      settingAnswer = description.type === "answer";
      await pc.setRemoteDescription(description);
      settingAnswer = false;
      if (description.type !== "offer") return;
      await pc.setLocalDescription();
      send();
    };
  }
  for (let i = 0; i < 8; i++) {
    polite.addTrack(track(i % 2 === 0 ? "video" : "audio"));
    const transceiver = impolite.addTransceiver(i % 2 === 0 ? "audio" : "video");
    if (i === 5) transceiver.stop();
    if (i === 6) polite.getTransceivers()[0]!.stop();
    await host.sleep(i);
  }
  await host.sleep(3000);
  const state = (pc: RTCPeerConnection) =>
    pc
      .getTransceivers()
      .map(({ mid, currentDirection }) => `${mid} ${currentDirection}`)
      .toSorted();
  for (const pc of [polite, impolite]) {
    expect([pc.signalingState, pc.connectionState]).toEqual(["stable", "connected"]);
    expect(pc.getTransceivers().every(({ mid, direction }) => mid !== null && direction !== "stopped")).toBe(true);
  }
  expect(state(polite)).toEqual(
    state(impolite).map((one) => one.replace(/sendonly|recvonly/, (direction) => (direction === "sendonly" ? "recvonly" : "sendonly"))),
  );
});
