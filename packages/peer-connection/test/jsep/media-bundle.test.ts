/** Answers to offers whose sections share transports, or mean to. */
import { expect, test } from "vitest";
import { ABS_SEND_TIME, LEVEL, MediaNegotiator, MID } from "./media-negotiator.ts";
import { editLines, lineValue } from "./negotiator.ts";

import { AUDIO, answering, offerOf, ports, VIDEO } from "./written-offers.ts";

test("RFC 9143 §7.3: the answer's groups are the offer's, each with its own transport, and only what is accepted is in them", () => {
  const offer = offerOf(
    [AUDIO, VIDEO, ["m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:b"], ["m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:w", "a=rtpmap:96 VP8/90000"]],
    ["a=group:BUNDLE v a", "a=group:BUNDLE b w"],
  );
  const side = answering(offer, { bundlePolicy: "max-compat" });
  const answer = side.answer();
  expect(answer.match(/a=group.*/g)).toEqual(["a=group:BUNDLE v a", "a=group:BUNDLE b w"]);
  const result = side.set("local", "answer", answer);
  expect(result.transports.map(({ id, mids }) => [id, mids])).toEqual([
    ["v", ["a", "v"]],
    ["b", ["b", "w"]],
  ]);
  // Our own offer keeps the two apart.
  expect(side.offer().match(/a=group.*/g)).toEqual(["a=group:BUNDLE v a", "a=group:BUNDLE b w"]);
});

test("RFC 9429 §5.3.1: bundle policies: what cannot be bundled with the first, or the first of its kind, is rejected", () => {
  const four = [
    AUDIO,
    VIDEO,
    ["m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:b"],
    ["m=video 9 UDP/TLS/RTP/SAVPF 96", "a=mid:w", "a=rtpmap:96 VP8/90000"],
  ];
  const answered = (group: readonly string[], bundlePolicy: "balanced" | "max-compat" | "max-bundle"): readonly string[] =>
    ports(answering(offerOf(four, group), { bundlePolicy }).answer());
  expect(answered([], "max-compat")).toEqual(["9", "9", "9", "9"]);
  expect(answered([], "balanced")).toEqual(["9", "9", "0", "0"]);
  expect(answered([], "max-bundle")).toEqual(["9", "0", "0", "0"]);
  expect(answered(["a=group:BUNDLE a b"], "balanced")).toEqual(["9", "9", "9", "0"]);
  expect(answered(["a=group:BUNDLE a b"], "max-bundle")).toEqual(["9", "0", "9", "0"]);
  expect(answered(["a=group:BUNDLE a v b w"], "max-bundle")).toEqual(["9", "9", "9", "9"]);
});

test("RFC 9143 §7.3.1: the next section with a transport becomes the tag when the first is rejected", () => {
  const offer = offerOf([["m=audio 9 UDP/TLS/RTP/SAVPF 98", "a=mid:a", "a=rtpmap:98 EVS/16000"], VIDEO], ["a=group:BUNDLE a v"]);
  const side = answering(offer);
  const answer = side.answer();
  expect([lineValue(answer, "a=group:BUNDLE "), ports(answer)]).toEqual(["v", ["0", "9"]]);
  expect(side.set("local", "answer", answer).transports.map(({ id }) => id)).toEqual(["v"]);
});

test("RFC 9143 §7.2.1: what is bundle-only lives with its group", () => {
  const only = (port: string): readonly string[] => [
    `m=video ${port} UDP/TLS/RTP/SAVPF 96`,
    "a=mid:v",
    "a=bundle-only",
    "a=rtpmap:96 VP8/90000",
  ];
  const bare = (offer: string): string => {
    const at = offer.indexOf("m=video");
    return offer.slice(0, at) + editLines(offer.slice(at), /^a=(ice|finger|setup|rtcp-mux)/);
  };
  const good = bare(offerOf([AUDIO, only("0")], ["a=group:BUNDLE a v"]));
  expect(ports(answering(good).answer())).toEqual(["9", "9"]);
  const bad = good.replace("SAVPF 0\r\n", "SAVPF 99\r\n");
  expect(ports(answering(bad).answer())).toEqual(["0", "0"]);
});

test("RFC 9143 §7.1.3: a=rtcp-mux, a=rtcp-rsize and a=cryptex of the tag count for the sections bundled with it", () => {
  const offer = offerOf(
    [
      [...AUDIO, "a=rtcp-rsize", "a=cryptex"],
      ["m=video 0 UDP/TLS/RTP/SAVPF 96", "a=mid:v", "a=bundle-only", "a=rtpmap:96 VP8/90000"],
    ],
    ["a=group:BUNDLE a v"],
  );
  const at = offer.indexOf("m=video");
  const side = answering(offer.slice(0, at) + editLines(offer.slice(at), /^a=(ice|finger|setup|rtcp-mux)/));
  const result = side.set("local", "answer", side.answer());
  expect(result.media!.map(({ agreed }) => [agreed!.rtcpMux, agreed!.rtcpReducedSize, agreed!.cryptex])).toEqual([
    [true, true, true],
    [true, true, true],
  ]);
});

test("RFC 9429 §5.3: audio, video and data of sections that are not bundled have a transport each", () => {
  const data = ["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:d", "a=sctp-port:5000"];
  const side = answering(offerOf([AUDIO, VIDEO, data]), { bundlePolicy: "max-compat" });
  const result = side.set("local", "answer", side.answer());
  expect(result.transports.map(({ id, mids, dtlsRole }) => [id, mids, dtlsRole])).toEqual([
    ["a", ["a"], "client"],
    ["v", ["v"], "client"],
    ["d", ["d"], "client"],
  ]);
  expect(result.media!.map(({ transportId }) => transportId)).toEqual(["a", "v"]);
  expect(result.data).toMatchObject({ transportId: "d" });
});

test("RFC 3264 §5.1, RFC 9143 §9.1: outside a bundle a number may mean another thing in each section, and stays what it is", () => {
  const audio = ["m=audio 9 UDP/TLS/RTP/SAVPF 96", "a=mid:a", "a=rtpmap:96 opus/48000/2", `a=extmap:1 ${LEVEL}`];
  const second = [...VIDEO, `a=extmap:1 ${MID}`];
  const apart = answering(offerOf([audio, second]), { bundlePolicy: "max-compat" });
  apart.set("local", "answer", apart.answer());
  const again = apart.offer();
  expect(again.match(/a=rtpmap:96 .*/g)).toEqual(["a=rtpmap:96 opus/48000/2", "a=rtpmap:96 VP8/90000"]);
  expect(again.match(/a=extmap:1 .*/g)).toEqual([`a=extmap:1 ${LEVEL}`, `a=extmap:1 ${MID}`]);
});

test("INTEROP Firefox 153: a new tag that repeats the bundle's credentials gets ours again, on a new transport without the old candidates", () => {
  const first = offerOf([AUDIO, VIDEO], ["a=group:BUNDLE a v"]);
  const side = answering(first);
  const before = side.set("local", "answer", side.answer()).transports[0]!;
  const stopped = offerOf([["m=audio 0 UDP/TLS/RTP/SAVPF 0", "a=mid:a"], VIDEO], ["a=group:BUNDLE v"]);
  side.set("remote", "offer", stopped);
  side.set("local", "answer", side.answer());
  side.set("remote", "offer", offerOf([["m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:n"], VIDEO], ["a=group:BUNDLE n v"]));
  const after = side.set("local", "answer", side.answer()).transports;
  expect(after).toMatchObject([{ id: "n", mids: ["n", "v"], dtlsRole: "client", local: { iceCredentials: before.local!.iceCredentials } }]);
});

test("RFC 8285 §5: an id for two extensions in one section is refused", () => {
  const offer = offerOf([[...AUDIO, `a=extmap:1 ${LEVEL}`, `a=extmap:1 ${MID}`]]);
  expect(new MediaNegotiator(1).failure("remote", "offer", offer)).toBe("InvalidAccessError");
});

test("INTEROP Firefox 153: payload types and ids that mean two things in one bundle are taken, and stay per section", () => {
  const audio = ["m=audio 9 UDP/TLS/RTP/SAVPF 96", "a=mid:a", "a=rtpmap:96 opus/48000/2", `a=extmap:1 ${LEVEL}`];
  const side = answering(offerOf([audio, [...VIDEO, `a=extmap:1 ${ABS_SEND_TIME}`]], ["a=group:BUNDLE a v"]));
  const { media } = side.set("local", "answer", side.answer());
  expect(media!.map(({ agreed }) => [agreed!.sendCodecs[0]!.mimeType, agreed!.sendCodecs[0]!.payloadType])).toEqual([
    ["audio/opus", 96],
    ["video/VP8", 96],
  ]);
  expect(media!.map(({ agreed }) => agreed!.headerExtensions.map(({ uri, id }) => [uri, id]))).toEqual([
    [[LEVEL, 1]],
    [[ABS_SEND_TIME, 1]],
  ]);
  // Our own offers give one meaning to each.
  const again = side.offer();
  const numbers = [...again.matchAll(/a=(rtpmap|extmap):(\d+) (\S+)/g)].map(
    ([, what, number, name]) => [`${what} ${number}`, name!] as const,
  );
  for (const [number, name] of numbers) expect(numbers.find(([one]) => one === number)![1]).toBe(name);
});
