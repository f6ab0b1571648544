import { readdirSync, readFileSync } from "node:fs";
import { parseSdp, SdpMalformed } from "@purertc/sdp";
import { expect, test } from "vitest";
import { supportedMedia } from "../../src/engine/media/capabilities.ts";
import { AppliedDescription } from "../../src/jsep/applied-description.ts";
import type { Direction, Negotiated } from "../../src/jsep/index.ts";
import { MediaNegotiator } from "./media-negotiator.ts";

const FOLDER = new URL("../../../../test-vectors/sdp/", import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".sdp"));
const EXCHANGES = FILES.filter((name) => name.endsWith(".offer.sdp") && FILES.includes(name.replace("offer", "answer")));

/** A side that can do what the engine can. */
function side(seed: number): MediaNegotiator {
  return new MediaNegotiator(seed, { capabilities: supportedMedia });
}

test.each(FILES.filter((name) => name.includes("offer")))("RFC 9429 §5.3: everything in the recorded %s is accepted", (name) => {
  const offer = recorded(name);
  const me = side(1);
  const offered = me.set("remote", "offer", offer);
  for (const transceiver of me.transceivers) transceiver.direction = "sendrecv";
  const result = me.set("local", "answer", me.answer());
  expect(result.sections.every(({ rejected }) => !rejected)).toBe(true);
  expect(result.transports).toHaveLength(1);
  expect(result.transports[0]!.mids).toEqual(offered.sections.map(({ mid }) => mid));
  for (const { agreed, kind, remote } of result.media ?? []) {
    expect(agreed).toMatchObject({ rtcpMux: true, extmapAllowMixed: true });
    const names = agreed!.sendCodecs.map(({ mimeType }) => mimeType);
    expect(names).toContain(kind === "audio" ? "audio/opus" : "video/VP8");
    expect(names.some((one) => /ulpfec/.test(one) || one === "video/red")).toBe(false);
    if (kind === "video") expect(names.filter((one) => one === "video/rtx").length).toBe(names.length / 2);
    if (name.includes("av")) expect(remote!.ssrcs.length).toBe(kind === "audio" ? 1 : 2);
  }
});

test.each(EXCHANGES)("RFC 9429 §5.11: the recorded answer to %s is applied, and says what the other side would say", (name) => {
  const [offer, answer] = [recorded(name), recorded(name.replace("offer", "answer"))];
  const me = offering(offer);
  const result = me.set("remote", "answer", answer);
  expect(me.state.signalingState).toBe("stable");
  expect(result.transports).toHaveLength(1);
  const answerLines = answer.split("\r\nm=").slice(1);
  for (const section of result.media ?? []) {
    const stated = /a=(sendrecv|sendonly|recvonly|inactive)/.exec(answerLines[section.index]!)![1] as Direction;
    expect(section.agreed!.direction).toBe(REVERSED[stated]);
    expect(section.agreed!.sendCodecs.map(({ payloadType }) => String(payloadType))).toEqual(
      answerLines[section.index]!.split("\r\n")[0]!
        .split(" ")
        .slice(3)
        .filter((type) => type !== ""),
    );
    expect(section.agreed!.receiveCodecs.length).toBe(section.agreed!.sendCodecs.length);
    expect(section.agreed!.headerExtensions.length).toBe(answerLines[section.index]!.split("a=extmap:").length - 1);
    expect(section.agreed!.sendRids).toEqual([]);
  }
});

const REVERSED: Record<Direction, Direction> = { sendrecv: "sendrecv", inactive: "inactive", sendonly: "recvonly", recvonly: "sendonly" };

test("RFC 9429 §5.3.1: Chromium's offer of audio, video and data is answered in its own numbers", () => {
  const me = side(1);
  me.set("remote", "offer", recorded("chromium-av-data.offer.sdp"));
  const lines = me.answer().split("\r\n");
  expect(lines.filter((line) => /^(m=|a=mid|a=group|a=(sendrecv|recvonly)|a=setup|a=extmap-)/.test(line))).toEqual([
    "a=group:BUNDLE 0 1 2",
    "a=extmap-allow-mixed",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126",
    "a=setup:active",
    "a=mid:0",
    "a=recvonly",
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 107 108 109 114 115 116 117 39 40 45 46 98 99 100 101",
    "a=setup:active",
    "a=mid:1",
    "a=recvonly",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "a=setup:active",
    "a=mid:2",
  ]);
  expect(lines.filter((line) => line.startsWith("a=extmap:"))).toEqual([
    "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
    "a=extmap:14 urn:ietf:params:rtp-hdrext:toffset",
    "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    "a=extmap:13 urn:3gpp:video-orientation",
    "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
    "a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
    "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
    "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
  ]);
});

test("RFC 9429 §5.2.2: after Firefox's offer ours has Firefox's numbers, and new sections use the same", () => {
  const me = side(1);
  me.set("remote", "offer", recorded("firefox-av.offer.sdp"));
  me.set("local", "answer", me.answer());
  me.add("audio");
  me.add("video");
  const offer = me.offer();
  const sections = offer.split("\r\nm=").slice(1);
  const types = sections.map((one) => one.split("\r\n")[0]!.split(" ").slice(3));
  expect(types[0]!.slice(0, 5)).toEqual(["109", "9", "0", "8", "101"]);
  expect(types[1]!.slice(0, 6)).toEqual(["120", "124", "121", "125", "99", "100"]);
  expect([...types[2]!].sort()).toEqual([...types[0]!].sort());
  expect([...types[3]!].sort()).toEqual([...types[1]!].sort());
  const maps = new Map<string, string>();
  for (const [, type, name] of offer.matchAll(/a=rtpmap:(\d+) (.*)/g)) {
    expect(maps.get(type!) ?? name).toBe(name);
    maps.set(type!, name!);
  }
  const ids = new Map<string, string>();
  for (const [, id, uri] of offer.matchAll(/a=extmap:(\d+) (.*)/g)) {
    expect(ids.get(id!) ?? uri).toBe(uri);
    ids.set(id!, uri!);
  }
  expect(sections[1]).toContain("a=extmap:5 urn:ietf:params:rtp-hdrext:toffset");
});

test.each(["chromium", "firefox"])("RFC 8853 §5.3.2: three layers from %s are answered with three", (browser) => {
  const me = side(1);
  me.set("remote", "offer", recorded(`${browser}-simulcast.offer.sdp`));
  const answer = me.answer();
  expect(answer.match(/a=(rid|simulcast).*/g)).toEqual(["a=rid:q recv", "a=rid:h recv", "a=rid:f recv", "a=simulcast:recv q;h;f"]);
  const result: Negotiated = me.set("local", "answer", answer);
  const { agreed, remote } = result.media![0]!;
  expect(agreed).toMatchObject({ receiveRids: ["q", "h", "f"], sendRids: [], direction: "recvonly" });
  expect(remote!.streamIds).toHaveLength(1);
  const uris = agreed!.headerExtensions.map(({ uri }) => uri);
  expect(uris).toContain("urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id");
  expect(uris).toContain("https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension");
  if (browser === "firefox") {
    // Offered /sendonly, so we only receive it.
    expect(answer).toContain("a=extmap:9/recvonly urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id");
    expect(agreed!.headerExtensions.find(({ uri }) => uri.endsWith(":rtp-stream-id"))).toMatchObject({ sends: false, receives: true });
    expect(remote!.ssrcGroups).toHaveLength(3);
  }
});

test("RFC 9429 §5.10: Chromium's re-offer with an ICE restart keeps sections, codecs and transceivers", () => {
  const me = side(1);
  me.set("remote", "offer", recorded("chromium-av-data.offer.sdp"));
  const first = me.set("local", "answer", me.answer());
  const transceivers = me.transceivers.map(({ id }) => id);
  me.set("remote", "offer", recorded("chromium-av-data.restart-offer.sdp"));
  const second = me.set("local", "answer", me.answer());
  expect(me.transceivers.map(({ id }) => id)).toEqual(transceivers);
  expect(second.transports[0]).toMatchObject({ id: first.transports[0]!.id, remote: { iceRestart: true }, local: { iceRestart: true } });
  expect(second.media!.map(({ agreed }) => agreed)).toEqual(first.media!.map(({ agreed }) => agreed));
});

/** A side whose own offer was the recorded one. */
function offering(offer: string): MediaNegotiator {
  const me = side(1);
  const parsed = parseSdp(offer);
  if (parsed instanceof SdpMalformed) throw new Error(parsed.reason);
  me.state = { ...me.state, signalingState: "have-local-offer", pendingLocalDescription: new AppliedDescription("offer", parsed, offer) };
  for (const media of parsed.media) if (media.kind !== "application") me.add(media.kind as "audio", { mid: media.mid! });
  return me;
}

function recorded(name: string): string {
  return readFileSync(new URL(name, FOLDER), "utf8");
}
