import { expect, test } from "vitest";
import type { Direction } from "../../src/jsep/index.ts";
import {
  ABS_SEND_TIME,
  CAPABILITIES,
  H264,
  MediaNegotiator,
  MID,
  OPUS,
  PCMU,
  RID,
  RTX,
  TONES,
  VP8,
  VP9,
  video,
} from "./media-negotiator.ts";
import { editLines, exchange, FINGERPRINT } from "./negotiator.ts";

import { AUDIO, answering, offerOf, ports, VIDEO } from "./written-offers.ts";

test("RFC 9429 §5.3.1: an answer line by line", () => {
  const side = answering(
    offerOf([[...VIDEO, `a=extmap:3 ${MID}`, "a=extmap:9 urn:x", "a=rtcp-fb:96 nack", "a=rtcp-fb:* ccm fir", "a=sendrecv"]]),
  );
  side.transceivers[0]!.direction = "sendrecv";
  expect(
    side
      .answer()
      .split("\r\n")
      .filter((line) => !/^(o=|a=ice)/.test(line)),
  ).toEqual([
    "v=0",
    "s=-",
    "t=0 0",
    "a=msid-semantic:WMS *",
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
    "c=IN IP4 0.0.0.0",
    `a=fingerprint:sha-256 ${FINGERPRINT}`,
    "a=setup:active",
    "a=mid:v",
    `a=extmap:3 ${MID}`,
    "a=sendrecv",
    "a=msid:- track-0",
    "a=rtcp-mux",
    "a=rtpmap:96 VP8/90000",
    "a=rtcp-fb:96 nack",
    "a=rtcp-fb:96 ccm fir",
    "a=rtpmap:97 rtx/90000",
    "a=fmtp:97 apt=96",
    "a=ssrc-group:FID 1000 1001",
    "a=ssrc:1000 cname:cname",
    "a=ssrc:1000 msid:- track-0",
    "a=ssrc:1001 cname:cname",
    "a=ssrc:1001 msid:- track-0",
    "",
  ]);
});

const ALL: readonly Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];
/** RFC 3264 §6.1: what is left of the offerer's direction (rows) and ours (columns). */
const LEFT: Record<Direction, readonly Direction[]> = {
  sendrecv: ["sendrecv", "sendonly", "recvonly", "inactive"],
  sendonly: ["recvonly", "inactive", "recvonly", "inactive"],
  recvonly: ["sendonly", "sendonly", "inactive", "inactive"],
  inactive: ["inactive", "inactive", "inactive", "inactive"],
};
const REVERSED = { sendrecv: "sendrecv", sendonly: "recvonly", recvonly: "sendonly", inactive: "inactive" } as const;

test.each(ALL)("RFC 3264 §6.1: answers to an offer that is %s", (offered) => {
  for (const [index, ours] of ALL.entries()) {
    const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
    a.add("audio", { direction: offered });
    const offer = a.offer();
    a.set("local", "offer", offer);
    expect(b.set("remote", "offer", offer).media![0]!.direction).toBe(REVERSED[offered]);
    b.transceivers[0]!.direction = ours;
    const answer = b.answer();
    const answered = LEFT[offered][index]!;
    expect(answer).toContain(`a=${answered}\r\n`);
    expect(b.set("local", "answer", answer).media![0]!.agreed!.direction).toBe(answered);
    expect(a.set("remote", "answer", answer).media![0]!.agreed!.direction).toBe(REVERSED[answered]);
  }
});

test("RFC 8866 §6.7: a direction at the session level counts where the section has none", () => {
  const side = answering(offerOf([AUDIO, [...VIDEO, "a=sendonly"]], ["a=inactive"]));
  expect(side.answer().match(/a=(sendrecv|recvonly|inactive)/g)).toEqual(["a=inactive", "a=recvonly"]);
});

test("RFC 9429 §5.3.1: what is not accepted: no common codec, an unknown kind, a profile without DTLS, a stopped transceiver", () => {
  const side = answering(
    offerOf([
      ["m=audio 9 UDP/TLS/RTP/SAVPF 96", "a=mid:1", "a=rtpmap:96 EVS/16000"],
      ["m=text 9 UDP/TLS/RTP/SAVPF 98", "a=mid:2", "a=rtpmap:98 t140/1000"],
      ["m=audio 9 UDP/TLS/RTP/SAVPF 13 101", "a=mid:3", "a=rtpmap:101 telephone-event/8000"],
      AUDIO,
      VIDEO,
      ["m=audio 0 UDP/TLS/RTP/SAVPF 0", "a=mid:6"],
      ["m=audio 9 TCP/MRCPv2 1", "a=mid:7"],
    ]),
    { bundlePolicy: "max-compat" },
  );
  Object.assign(side.transceivers.find(({ mid }) => mid === "v")!, { stopping: true, stopped: true });
  const answer = side.answer();
  expect(ports(answer)).toEqual(["0", "0", "0", "9", "0", "0", "0"]);
  const result = side.set("local", "answer", answer);
  expect(result.media!.map(({ mid, rejected }) => [mid, rejected])).toEqual([
    ["1", true],
    ["3", true],
    ["a", false],
    ["v", true],
    ["7", true],
  ]);
  expect(result.media!.find(({ mid }) => mid === "1")!.agreed).toMatchObject({ direction: "inactive", sendCodecs: [], receiveCodecs: [] });
  expect(side.transceivers.map(({ mid }) => mid)).toEqual(["a"]);
});

test("RFC 9429 §5.1.2: RTP/SAVPF with a fingerprint is DTLS-SRTP, in offers and in answers; without one it is rejected", () => {
  for (const protocol of ["RTP/SAVPF", "RTP/SAVP", "RTP/AVPF", "RTP/AVP", "UDP/TLS/RTP/SAVP"]) {
    const offer = offerOf([[`m=audio 9 ${protocol} 0`, "a=mid:a"]]);
    const side = answering(offer);
    const answer = side.answer();
    expect(answer).toContain(`m=audio 9 ${protocol} 0`);
    expect(side.set("local", "answer", answer).transports).toHaveLength(1);
    expect(side.offer()).toContain(`m=audio 9 ${protocol} 0`);
  }
  expect(ports(answering(editLines(offerOf([["m=audio 9 RTP/SAVPF 0"]]), /^a=fingerprint/)).answer())).toEqual(["0"]);
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
  a.add("audio");
  const offer = a.offer();
  a.set("local", "offer", offer);
  b.set("remote", "offer", offer);
  const old = b.answer().replace("UDP/TLS/RTP/SAVPF", "RTP/SAVPF");
  expect(a.failure("remote", "answer", editLines(old, /^a=fingerprint/))).toBe("InvalidAccessError");
  expect(a.failure("remote", "answer", old)).toBe("no failure: stable");
});

test("RFC 3551 §6: static payload types need no a=rtpmap", () => {
  const side = answering(offerOf([["m=audio 9 UDP/TLS/RTP/SAVPF 3 8 0", "a=mid:a"]]));
  expect(side.answer()).toContain("m=audio 9 UDP/TLS/RTP/SAVPF 8 0\r\n");
});

test("RFC 9429 §5.3.1: codec preferences decide the answer's codecs and their order", () => {
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
  a.add("video");
  b.add("video", { addedByTrack: true, codecPreferences: [H264, RTX, VP8] });
  const { offerer, answerer } = exchange(a, b);
  const names = (codecs: readonly { mimeType: string }[]): readonly string[] => codecs.map(({ mimeType }) => mimeType.slice(6));
  expect(names(offerer.media![0]!.agreed!.sendCodecs)).toEqual(["H264", "rtx", "VP8", "rtx"]);
  expect(names(answerer.media![0]!.agreed!.receiveCodecs)).toEqual(["H264", "rtx", "VP8", "rtx"]);
  // Each sends in the order of the other's description.
  expect(names(answerer.media![0]!.agreed!.sendCodecs)).toEqual(["VP8", "rtx", "H264", "rtx"]);
});

test("RFC 4588 §8.6: no retransmissions without them on both sides", () => {
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
  a.add("video", { codecPreferences: [VP8] });
  const { answerer } = exchange(a, b);
  expect(answerer.media![0]!.agreed!.sendCodecs).toHaveLength(1);
  expect(b.state.currentLocalDescription!.sdp).not.toContain("ssrc-group");
});

test("RFC 6184 §8.2.2: each side sends at the level that the other states", () => {
  const capable = (level: string): typeof CAPABILITIES => ({
    ...CAPABILITIES,
    video: {
      ...CAPABILITIES.video,
      codecs: [video("H264", `level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e0${level}`)],
    },
  });
  const [a, b] = [new MediaNegotiator(1, { capabilities: capable("1f") }), new MediaNegotiator(2, { capabilities: capable("34") })];
  a.add("video");
  const { offerer, answerer } = exchange(a, b);
  expect(offerer.media![0]!.agreed!.sendCodecs[0]!.sdpFmtpLine).toContain("42e034");
  expect(answerer.media![0]!.agreed!.sendCodecs[0]!.sdpFmtpLine).toContain("42e01f");
});

test("RFC 9429 §5.8.3: rtcpMuxPolicy require refuses an offer without a=rtcp-mux; negotiate rejects its sections", () => {
  const offer = editLines(offerOf([AUDIO]), /^a=rtcp-mux/);
  expect(new MediaNegotiator(1).failure("remote", "offer", offer)).toBe("InvalidAccessError");
  expect(ports(answering(offer, { rtcpMuxPolicy: "negotiate" }).answer())).toEqual(["0"]);
});

test("RFC 5761 §5.1.1: an answer without a=rtcp-mux is refused under either policy, since nobody would hear its RTCP", () => {
  for (const rtcpMuxPolicy of ["require", "negotiate"] as const) {
    const [a, b] = [new MediaNegotiator(1, { rtcpMuxPolicy }), new MediaNegotiator(2)];
    a.add("audio");
    const offer = a.offer();
    a.set("local", "offer", offer);
    b.set("remote", "offer", offer);
    expect(a.failure("remote", "answer", editLines(b.answer(), /^a=rtcp-mux/))).toBe("InvalidAccessError");
  }
});

test("RFC 3264 §6.1: an answer whose codecs were not offered is refused", () => {
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
  a.add("audio", { codecPreferences: [OPUS] });
  const offer = a.offer();
  a.set("local", "offer", offer);
  b.set("remote", "offer", offer);
  const answer = b.answer();
  expect(a.failure("remote", "answer", editLines(answer, /^a=rtpmap:111/, "a=rtpmap:111 speex/16000"))).toBe("InvalidAccessError");
  // One that was not offered beside one that was is passed over.
  const more = editLines(editLines(answer, /^m=/, "m=audio 9 UDP/TLS/RTP/SAVPF 0 111"), /^a=mid/, "a=mid:0\na=rtpmap:0 PCMU/8000");
  expect(a.set("remote", "answer", more).media![0]!.agreed!.sendCodecs.map(({ payloadType }) => payloadType)).toEqual([111]);
});

test('RFC 9429 §5.8: several tracks in one section ("Plan B") are refused, one track\'s a=ssrc msid is read', () => {
  const tracks = (...names: readonly string[]): readonly string[] =>
    names.flatMap((name, index) => [`a=ssrc:${index + 1} cname:c`, `a=ssrc:${index + 1} msid:stream ${name}`]);
  expect(new MediaNegotiator(1).failure("remote", "offer", offerOf([[...AUDIO, ...tracks("t1", "t2")]]))).toBe("InvalidAccessError");
  const result = new MediaNegotiator(1).set("remote", "offer", offerOf([[...AUDIO, ...tracks("t1", "t1"), "a=ssrc-group:FID 1 2"]]));
  expect(result.media![0]!.remote).toEqual({
    ssrcs: [1, 2],
    ssrcGroups: [{ semantics: "FID", ssrcs: [1, 2] }],
    streamIds: ["stream"],
    trackId: "t1",
    cname: "c",
  });
});

test("RFC 8830 §2: a=msid comes before a=ssrc msid, needs no track id, and '-' is no stream", () => {
  const remote = (...lines: readonly string[]): unknown =>
    new MediaNegotiator(1).set("remote", "offer", offerOf([[...AUDIO, ...lines]])).media![0]!.remote;
  expect(remote("a=msid:s1", "a=msid:s2", "a=ssrc:1 msid:other track")).toMatchObject({ streamIds: ["s1", "s2"], ssrcs: [1] });
  expect(remote("a=msid:s1")).not.toHaveProperty("trackId");
  expect(remote("a=msid:- t1")).toMatchObject({ streamIds: [], trackId: "t1" });
  expect(remote()).toEqual({ ssrcs: [], ssrcGroups: [], streamIds: [] });
});

test("RFC 8285 §6: a=extmap-allow-mixed is answered where it was offered", () => {
  const answered = (session: readonly string[], media: readonly string[]): unknown => {
    const side = answering(offerOf([[...AUDIO, ...media]], session));
    const sdp = side.answer();
    return [
      sdp.indexOf("a=extmap-allow-mixed") < 0 ? "none" : sdp.indexOf("a=extmap-allow-mixed") < sdp.indexOf("m=") ? "session" : "media",
      side.set("local", "answer", sdp).media![0]!.agreed!.extmapAllowMixed,
    ];
  };
  expect(answered(["a=extmap-allow-mixed"], [])).toEqual(["session", true]);
  expect(answered([], ["a=extmap-allow-mixed"])).toEqual(["media", true]);
  expect(answered([], [])).toEqual(["none", false]);
});

test("RFC 8853 §5.3.2: layers are accepted only with the extension that names them", () => {
  const simulcast = [...VIDEO, "a=rid:q send", "a=rid:h send", "a=simulcast:send q;h"];
  expect(answering(offerOf([simulcast])).answer()).not.toContain("a=simulcast");
  const named = answering(offerOf([[...simulcast, `a=extmap:5 ${RID}`]]));
  expect(named.answer()).toContain("a=rid:q recv\r\na=rid:h recv\r\na=simulcast:recv q;h\r\n");
  named.transceivers[0]!.direction = "inactive";
  expect(named.answer()).not.toContain("a=simulcast");
});

test("RFC 8853 §5.3.2, webrtc-pc §4.4.1.5: an offer to receive simulcast is told, and answered with the layers it asks for", () => {
  const offer = offerOf([[...VIDEO, "a=rid:q recv", "a=rid:h recv", "a=simulcast:recv q;~h", `a=extmap:5 ${RID}`]]);
  const side = new MediaNegotiator(1);
  side.add("video", { addedByTrack: true });
  const offered = side.set("remote", "offer", offer).media![0]!;
  expect(offered.requestedEncodings).toEqual([
    { rid: "q", active: true },
    { rid: "h", active: false },
  ]);
  const answer = side.answer();
  expect(answer).toContain("a=rid:q send\r\na=rid:h send\r\na=simulcast:send q;~h\r\n");
  expect(answer).not.toContain("a=ssrc");
  expect(side.set("local", "answer", answer).media![0]!.agreed).toMatchObject({ sendRids: ["q", "h"], pausedRids: ["h"], receiveRids: [] });
});

test("RFC 8853 §5.3.3: an answer may take some of our layers, pause them, or none", () => {
  const answered = (line: string | undefined): unknown => {
    const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
    a.add("video", { rids: ["q", "h", "f"] });
    const offer = a.offer();
    a.set("local", "offer", offer);
    b.set("remote", "offer", offer);
    const { sendRids, pausedRids } = a.set("remote", "answer", editLines(b.answer(), /^a=simulcast/, line)).media![0]!.agreed!;
    return [sendRids, pausedRids];
  };
  expect(answered("a=simulcast:recv q;h;f")).toEqual([["q", "h", "f"], []]);
  expect(answered("a=simulcast:recv q;~f")).toEqual([["q", "f"], ["f"]]);
  expect(answered(undefined)).toEqual([[], []]);
});

test("RFC 4733 §2.4.1: tones are agreed on with the events of both", () => {
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
  a.add("audio", { codecPreferences: [PCMU, TONES] });
  const { answerer } = exchange(a, b);
  expect(answerer.media![0]!.agreed!.sendCodecs.map(({ mimeType, sdpFmtpLine }) => [mimeType, sdpFmtpLine])).toEqual([
    ["audio/PCMU", undefined],
    ["audio/telephone-event", "0-15"],
  ]);
});

test("RFC 8866 §6.4, §6.5: the peer's packet times", () => {
  const side = answering(offerOf([[...AUDIO, "a=ptime:20", "a=maxptime:120"]]));
  expect(side.set("local", "answer", side.answer()).media![0]!.agreed).toMatchObject({ ptime: 20, maxptime: 120 });
});

test("RFC 9429 §5.3.1: an offer without mids is answered without, and our next offer has them", () => {
  const offer = editLines(offerOf([AUDIO, VIDEO]), /^a=mid/);
  const side = answering(offer, { bundlePolicy: "max-compat" });
  const answer = side.answer();
  expect(answer).not.toContain("a=mid");
  side.set("local", "answer", answer);
  expect(side.transceivers.map(({ mid }) => mid)).toEqual(["0", "1"]);
  expect(side.offer().match(/a=mid:.*/g)).toEqual(["a=mid:0", "a=mid:1"]);
});

test("RFC 9429 §5.10: an offer of the peer changes nothing of what is agreed on until it is answered", () => {
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
  const audio = a.add("audio");
  exchange(a, b);
  audio.direction = "inactive";
  audio.codecPreferences = [PCMU];
  const offer = a.offer();
  expect(a.set("local", "offer", offer).media![0]).not.toHaveProperty("agreed");
  const atB = b.set("remote", "offer", offer).media![0]!;
  expect(atB).not.toHaveProperty("agreed");
  expect(atB).toMatchObject({ direction: "inactive", transceiver: 0 });
});

test("RFC 9429 §5.3.2: an answer to a re-offer keeps the transport and may change codecs", () => {
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
  const transceiver = a.add("video");
  const first = exchange(a, b);
  transceiver.codecPreferences = [VP9];
  const second = exchange(a, b);
  expect(second.answerer.transports[0]!.local).toEqual(first.answerer.transports[0]!.local);
  expect(second.answerer.media![0]!.agreed!.sendCodecs.map(({ mimeType }) => mimeType)).toEqual(["video/VP9"]);
  const before = first.answerer.media![0]!.agreed!.sendCodecs.find(({ mimeType }) => mimeType === "video/VP9")!;
  expect(second.answerer.media![0]!.agreed!.sendCodecs[0]!.payloadType).toBe(before.payloadType);
});

test("RFC 9429 §4.1.8.1: a provisional answer agrees on media as a final one does, which may then differ", () => {
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
  a.add("audio");
  const offer = a.offer();
  a.set("local", "offer", offer);
  b.set("remote", "offer", offer);
  const provisional = b.answer();
  b.set("local", "pranswer", provisional);
  expect(a.set("remote", "pranswer", provisional).media![0]!.agreed).toMatchObject({ direction: "sendonly" });
  b.transceivers[0]!.direction = "sendrecv";
  const final = b.answer();
  expect(final).not.toBe(provisional);
  b.set("local", "answer", final);
  expect(a.set("remote", "answer", final).media![0]!.agreed).toMatchObject({ direction: "sendrecv" });
});

test("RFC 8285 §6: header extensions that both have, by kind", () => {
  const [a, b] = [
    new MediaNegotiator(1),
    new MediaNegotiator(2, {
      capabilities: {
        ...CAPABILITIES,
        audio: {
          ...CAPABILITIES.audio,
          headerExtensions: [
            { uri: MID, direction: "sendrecv" },
            { uri: ABS_SEND_TIME, direction: "recvonly" },
          ],
        },
      },
    }),
  ];
  a.add("audio");
  const { offerer, answerer } = exchange(a, b);
  expect(offerer.media![0]!.agreed!.headerExtensions).toEqual([
    { uri: ABS_SEND_TIME, id: 2, encrypted: false, sends: true, receives: false },
    { uri: MID, id: 4, encrypted: false, sends: true, receives: true },
  ]);
  expect(answerer.media![0]!.agreed!.headerExtensions[0]).toMatchObject({ sends: false, receives: true });
});
