import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { supportedMedia } from "../../src/engine/media/capabilities.ts";
import { describedCodecs } from "../../src/jsep/codec.ts";
import { JsepFailure } from "../../src/jsep/index.ts";
import { MediaNegotiator } from "./media-negotiator.ts";

const FOLDER = new URL("../../../../test-vectors/sdp/", import.meta.url);
const RECORDED = readdirSync(FOLDER)
  .filter((name) => name.includes("offer") && !name.includes("data-") && !name.startsWith("pion"))
  .map((name) => readFileSync(new URL(name, FOLDER), "utf8"));

const LINES = [
  "m=audio 9 UDP/TLS/RTP/SAVPF 0 8 96 97",
  "m=video 0 UDP/TLS/RTP/SAVPF 96",
  "m=video 9 RTP/AVP 96 96 300",
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "a=group:BUNDLE 0 1 2 3",
  "a=group:BUNDLE 1",
  "a=mid:0",
  "a=mid:1",
  "a=bundle-only",
  "a=rtpmap:96 VP8/90000",
  "a=rtpmap:96 rtx/90000",
  "a=rtpmap:97 red/48000/2",
  "a=rtpmap:111 opus/48000/0",
  "a=fmtp:96 apt=96",
  "a=fmtp:97 apt=99999999999",
  "a=fmtp:97 97/97",
  "a=fmtp:102 profile-level-id=ffffffffffffff",
  "a=rtcp-fb:* nack",
  "a=rtcp-fb:96 ccm fir tmmbr pli",
  "a=extmap:0 urn:ietf:params:rtp-hdrext:sdes:mid",
  "a=extmap:15/inactive urn:ietf:params:rtp-hdrext:sdes:mid",
  "a=extmap:4100 urn:ietf:params:rtp-hdrext:toffset",
  "a=extmap:3 urn:ietf:params:rtp-hdrext:encrypt",
  "a=extmap:3 urn:ietf:params:rtp-hdrext:encrypt urn:ietf:params:rtp-hdrext:sdes:mid x y",
  "a=rid:q recv pt=96,97;max-br=x;depend=q",
  "a=rid:q send",
  "a=simulcast:send q,q;~q recv q",
  "a=msid:- -",
  "a=ssrc:4294967295 msid:",
  "a=ssrc:1 msid:a b",
  "a=ssrc-group:FID",
  "a=sendonly",
  "a=inactive",
  "a=cryptex",
  "a=rtcp-mux-only",
  "a=ptime:0.5",
];

const SPOIL = fc.array(
  fc.record({
    at: fc.nat(400),
    how: fc.constantFrom("drop", "double", "swap", "replace", "insert"),
    to: fc.nat(400),
    line: fc.constantFrom(...LINES),
  }),
  { maxLength: 8 },
);

test("RFC 9429 §5.8: spoiled media is taken whole or refused whole; what is taken can be answered, offered again and answered again", () => {
  const seen = { taken: 0, refused: 0 };
  fc.assert(
    fc.property(
      fc.constantFrom(...RECORDED),
      SPOIL,
      SPOIL,
      fc.constantFrom("balanced", "max-compat", "max-bundle"),
      (sdp, first, second, policy) => {
        const me = new MediaNegotiator(1, { capabilities: supportedMedia, bundlePolicy: policy as "balanced", dataChannels: true });
        me.add("audio", { addedByTrack: true });
        me.add("video", { addedByTrack: true, rids: ["q", "h"] });
        for (const edits of [first, second]) {
          const offer = spoiled(sdp, edits);
          const result = me.check("remote", "offer", offer);
          if (result instanceof JsepFailure) {
            expect(["RTCError", "InvalidAccessError"]).toContain(result.name);
            seen.refused += 1;
            continue;
          }
          seen.taken += 1;
          me.set("remote", "offer", offer);
          const answered = me.set("local", "answer", me.answer());
          for (const { agreed, rejected } of answered.media ?? []) {
            expect(agreed!.sendCodecs.length).toBe(agreed!.receiveCodecs.length);
            if (!rejected) expect(agreed!.sendCodecs.length).toBeGreaterThan(0);
            for (const { id } of agreed!.headerExtensions) expect(id > 0 && id < 256 && id !== 15).toBe(true);
          }
          me.set("local", "offer", me.offer());
          me.set("local", "rollback");
        }
      },
    ),
    { numRuns: 150 },
  );
  expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(20);
});

test("RFC 9429 §5.11: spoiled answers to our own offer are taken whole or refused whole", () => {
  const peer = new MediaNegotiator(2, { capabilities: supportedMedia });
  const me = new MediaNegotiator(1, { capabilities: supportedMedia });
  me.add("audio");
  me.add("video", { rids: ["q", "h"] });
  me.add("video");
  const offer = me.offer();
  me.set("local", "offer", offer);
  peer.set("remote", "offer", offer);
  const answer = peer.answer();
  const seen = { taken: 0, refused: 0 };
  fc.assert(
    fc.property(SPOIL, (edits) => {
      const result = me.check("remote", "answer", spoiled(answer, edits));
      if (result instanceof JsepFailure) {
        expect(["RTCError", "InvalidAccessError"]).toContain(result.name);
        seen.refused += 1;
        return;
      }
      seen.taken += 1;
      for (const { agreed, rejected, transportId } of result.media ?? []) {
        expect(agreed!.receiveCodecs.length).toBe(agreed!.sendCodecs.length);
        if (rejected) continue;
        expect(transportId).toBeDefined();
        expect(agreed!.sendCodecs.length).toBeGreaterThan(0);
        expect(agreed!.sendRids.every((rid) => ["q", "h"].includes(rid))).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
  expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(20);
});

const TRANSPORT = [
  "a=ice-ufrag:abcd",
  `a=ice-pwd:${"p".repeat(24)}`,
  `a=fingerprint:sha-256 ${"AB:".repeat(31)}AB`,
  "a=setup:actpass",
  "a=rtcp-mux",
];
const offerWith = (...lines: readonly string[]): string =>
  `${["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=rtpmap:96 VP8/90000", ...TRANSPORT, ...lines].join("\r\n")}\r\n`;
const times = (count: number, line: (index: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, index) => line(index));

test("RFC 5576, RFC 8830: what a section says of its streams is kept up to a limit", () => {
  const lines = [
    ...times(500, (i) => `a=msid:s${i} t`),
    ...times(500, (i) => `a=ssrc:${i} cname:c`),
    ...times(500, (i) => `a=ssrc-group:SIM ${times(100, String).join(" ")} ${i}`),
  ];
  const { remote } = new MediaNegotiator(1).set("remote", "offer", offerWith(...lines)).media![0]!;
  expect([remote!.streamIds.length, remote!.ssrcs.length, remote!.ssrcGroups.length, remote!.ssrcGroups[0]!.ssrcs.length]).toEqual([
    64, 64, 64, 64,
  ]);
});

test("RFC 4585 §4.2: kinds of feedback are kept up to a limit, for each payload type and for all", () => {
  const me = new MediaNegotiator(1);
  const offer = offerWith(...times(9000, (i) => `a=rtcp-fb:* x${i}`), ...times(9000, (i) => `a=rtcp-fb:96 y${i}`), "a=rtcp-fb:96 nack");
  me.set("remote", "offer", offer);
  expect(me.answer()).not.toContain("a=rtcp-fb"); // ours came too late
  const [codec] = describedCodecs(me.state.pendingRemoteDescription!.parsed.media[0]!);
  expect(codec!.rtcpFeedback).toHaveLength(64);
});

test("RFC 9429 §5.8: a text of a peer is read up to a limit of length and of lines, our own whole", () => {
  const side = new MediaNegotiator(1);
  expect(side.failure("remote", "offer", offerWith(`a=x:${"y".repeat(4_194_304)}`))).toBe("RTCError");
  expect(side.failure("remote", "offer", offerWith(...times(100_000, () => "a=x")))).toBe("RTCError");
  expect(side.failure("remote", "offer", offerWith(...times(90_000, () => "a=x")))).toBe("no failure: have-remote-offer");
});

test("RFC 8851 §4: more rids than anyone sends are refused", () => {
  const side = new MediaNegotiator(1);
  const rids = (count: number): string => offerWith(...times(count, (i) => `a=rid:r${i} send`));
  expect(side.failure("remote", "offer", rids(257))).toBe("InvalidAccessError");
  expect(side.failure("remote", "offer", rids(256))).toBe("no failure: have-remote-offer");
});

test("RFC 3264 §8.3.2, RFC 8285 §6: of payload types our own are remembered, of extension ids the first meaning, however many a peer tries", () => {
  const me = new MediaNegotiator(1, { bundlePolicy: "max-compat" });
  for (let round = 0; round < 28; round++) {
    const first = 35 + round;
    me.set(
      "remote",
      "offer",
      offerWith("a=mid:v", `a=extmap:${1 + (round % 13)} urn:${round}`, "a=extmap:14 urn:ietf:params:rtp-hdrext:sdes:mid")
        .replace("SAVPF 96", `SAVPF ${first} ${first + 1}`)
        .replace("a=rtpmap:96 VP8", `a=rtpmap:${first} X${round}/90000\r\na=rtpmap:${first + 1} VP8`),
    );
    me.set("local", "answer", me.answer());
  }
  expect(me.state.payloadTypes.size).toBe(1);
  expect([...me.state.extensionIds.values()].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 14 }, (_, index) => index + 1));
});

test("RFC 9429 §5.2: two hundred transceivers are negotiated in one bundle, above what a text could once hold", () => {
  const [a, b] = [new MediaNegotiator(1, { capabilities: supportedMedia }), new MediaNegotiator(2, { capabilities: supportedMedia })];
  for (let index = 0; index < 200; index++) a.add("video");
  const offer = a.offer();
  expect(offer.split("\r\n").length).toBeGreaterThan(20_000);
  a.set("local", "offer", offer);
  b.set("remote", "offer", offer);
  const answer = b.answer();
  b.set("local", "answer", answer);
  const result = a.set("remote", "answer", answer);
  expect([result.transports.length, result.media!.length, result.media!.every(({ rejected }) => !rejected)]).toEqual([1, 200, true]);
});

function spoiled(
  sdp: string,
  edits: readonly { readonly at: number; readonly how: string; readonly to: number; readonly line: string }[],
): string {
  const lines = sdp.split("\r\n").slice(0, -1);
  for (const { at, how, to, line } of edits) {
    const [i, j] = [at % lines.length, to % lines.length];
    if (how === "drop") lines.splice(i, 1);
    else if (how === "double") lines.splice(j, 0, lines[i]!);
    else if (how === "replace") lines.splice(i, 1, line);
    else if (how === "insert") lines.splice(i, 0, line);
    else [lines[i], lines[j]] = [lines[j]!, lines[i]!];
    if (lines.length === 0) lines.push("v=0");
  }
  return lines.map((line) => `${line}\r\n`).join("");
}
