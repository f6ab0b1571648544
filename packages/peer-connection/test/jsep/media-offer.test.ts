import { expect, test } from "vitest";
import { implicitOffer, negotiationNeeded } from "../../src/jsep/index.ts";
import { CAPABILITIES, H264, LEVEL, MediaNegotiator, MID, OPUS, PCMU, RID, RTX, VP8 } from "./media-negotiator.ts";
import { editLines, exchange, FINGERPRINT, lineValue } from "./negotiator.ts";

/** The lines of a section that matter to a test, by its index. */
function section(sdp: string, index: number, pattern = /./): readonly string[] {
  return `m=${sdp.split("\r\nm=")[index + 1]}`.split("\r\n").filter((line) => line !== "" && pattern.test(line));
}

const SMALL = {
  audio: { codecs: [OPUS, PCMU], headerExtensions: CAPABILITIES.audio.headerExtensions },
  video: { codecs: [VP8, H264, RTX], headerExtensions: CAPABILITIES.video.headerExtensions },
};

test("RFC 9429 §5.2.1: an initial offer of audio, line by line", () => {
  const a = new MediaNegotiator(1, { capabilities: SMALL });
  a.add("audio", { streamIds: ["s1", "s2"] });
  const lines = a.offer().split("\r\n");
  expect(lines.filter((line) => !/^(o=|a=ice-ufrag|a=ice-pwd)/.test(line))).toEqual([
    "v=0",
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0",
    "a=extmap-allow-mixed",
    "a=msid-semantic:WMS *",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 0",
    "c=IN IP4 0.0.0.0",
    "a=rtcp:9 IN IP4 0.0.0.0",
    "a=ice-options:trickle",
    `a=fingerprint:sha-256 ${FINGERPRINT}`,
    "a=setup:actpass",
    "a=mid:0",
    `a=extmap:1 ${LEVEL}`,
    "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    `a=extmap:4 ${MID}`,
    "a=sendrecv",
    "a=msid:s1 track-0",
    "a=msid:s2 track-0",
    "a=rtcp-mux",
    "a=rtcp-mux-only",
    "a=rtcp-rsize",
    "a=rtpmap:111 opus/48000/2",
    "a=rtcp-fb:111 transport-cc",
    "a=fmtp:111 minptime=10;useinbandfec=1",
    "a=rtpmap:0 PCMU/8000",
    "a=ssrc:1000 cname:cname",
    "a=ssrc:1000 msid:s1 track-0",
    "",
  ]);
});

test("RFC 9429 §5.2.1: video with retransmissions, in a bundle with audio's extension ids", () => {
  const a = new MediaNegotiator(1, { capabilities: SMALL });
  a.add("audio");
  a.add("video");
  const offer = a.offer();
  expect(section(offer, 1, /^(m=|a=extmap|a=rtpmap|a=fmtp|a=ssrc-group)/)).toEqual([
    "m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99",
    "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    `a=extmap:4 ${MID}`,
    `a=extmap:10 ${RID}`,
    "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    "a=rtpmap:96 VP8/90000",
    "a=rtpmap:97 rtx/90000",
    "a=fmtp:97 apt=96",
    "a=rtpmap:98 H264/90000",
    "a=fmtp:98 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
    "a=rtpmap:99 rtx/90000",
    "a=fmtp:99 apt=98",
    "a=ssrc-group:FID 1100 1101",
  ]);
});

test("RFC 8830 §2: a track of no stream has the stream '-'; who does not send has no a=msid and no sources", () => {
  const a = new MediaNegotiator(1);
  a.add("audio", { streamIds: [] });
  a.add("audio", { direction: "recvonly" });
  a.add("video", { direction: "inactive" });
  const offer = a.offer();
  expect(section(offer, 0, /^a=msid/)).toEqual(["a=msid:- track-0"]);
  expect([section(offer, 1, /^a=(msid|ssrc)/), section(offer, 2, /^a=(msid|ssrc)/)]).toEqual([[], []]);
  expect([section(offer, 1, /^a=(recvonly|inactive)/), section(offer, 2, /^a=(recvonly|inactive)/)]).toEqual([
    ["a=recvonly"],
    ["a=inactive"],
  ]);
});

test("RFC 9429 §5.2.1: codec preferences decide which codecs, in which order, and whether retransmissions", () => {
  const a = new MediaNegotiator(1, { capabilities: SMALL });
  a.add("video", { codecPreferences: [H264, RTX, VP8] });
  a.add("video", { codecPreferences: [VP8] });
  const offer = a.offer();
  expect(section(offer, 0, /^a=(rtpmap)/)).toEqual([
    "a=rtpmap:96 H264/90000",
    "a=rtpmap:97 rtx/90000",
    "a=rtpmap:98 VP8/90000",
    "a=rtpmap:99 rtx/90000",
  ]);
  expect(section(offer, 1, /^(m=|a=rtpmap|a=ssrc-group)/)).toEqual(["m=video 0 UDP/TLS/RTP/SAVPF 98", "a=rtpmap:98 VP8/90000"]);
});

test("RFC 9429 §5.2.1: without a codec a section is off, and is in no group", () => {
  const a = new MediaNegotiator(1, { capabilities: { ...SMALL, video: { codecs: [], headerExtensions: [] } } });
  a.add("video");
  a.add("audio");
  const offer = a.offer();
  expect(lineValue(offer, "a=group:BUNDLE ")).toBe("1");
  expect(section(offer, 0)).toEqual(["m=video 0 UDP/TLS/RTP/SAVPF 0", "c=IN IP4 0.0.0.0", "a=inactive", "a=mid:0"]);
  expect(a.set("local", "offer", offer).media).toMatchObject([
    { transceiver: 0, rejected: true, direction: "inactive" },
    { transceiver: 1, rejected: false },
  ]);
});

test("RFC 9429 §5.2.1, RFC 8853 §5.1: simulcast by rids, without sources", () => {
  const a = new MediaNegotiator(1, { capabilities: SMALL });
  const transceiver = a.add("video", { rids: ["q", "h", "f"] });
  transceiver.encodings = transceiver.encodings.map((one) => ({ ...one, active: one.rid !== "h" }));
  expect(section(a.offer(), 0, /^a=(rid|simulcast|ssrc|msid)/)).toEqual([
    "a=msid:stream track-0",
    "a=rid:q send",
    "a=rid:h send",
    "a=rid:f send",
    "a=simulcast:send q;~h;f",
  ]);
  transceiver.direction = "recvonly";
  expect(section(a.offer(), 0, /^a=(rid|simulcast|ssrc|msid)/)).toEqual([]);
});

const PLACES: readonly (readonly [policy: "balanced" | "max-compat" | "max-bundle", own: readonly boolean[]])[] = [
  ["balanced", [true, true, false, false, true]],
  ["max-compat", [true, true, true, true, true]],
  ["max-bundle", [true, false, false, false, false]],
];

test.each(PLACES)("RFC 9429 §4.1.1, §5.2.1: bundlePolicy %s", (bundlePolicy, own) => {
  const a = new MediaNegotiator(1, { bundlePolicy, dataChannels: true });
  for (const kind of ["audio", "video", "audio", "video"] as const) a.add(kind);
  const offer = a.offer();
  expect(lineValue(offer, "a=group:BUNDLE ")).toBe("0 1 2 3 4");
  for (const [index, expected] of own.entries()) {
    const lines = section(offer, index, /^(a=bundle-only|a=candidate|a=rtcp:)/);
    if (expected) expect(lines).not.toContain("a=bundle-only");
    else expect(lines).toEqual(["a=bundle-only"]);
    expect(section(offer, index)[0]!.split(" ")[1]).toBe(expected ? "9" : "0");
    // INTEROP Chromium 156: said in each section.
    expect(section(offer, index, /^a=(ice-ufrag|ice-pwd|fingerprint|setup)/)).toEqual(
      section(offer, 0, /^a=(ice-ufrag|ice-pwd|fingerprint|setup)/),
    );
  }
  const transports = a.set("local", "offer", offer).transports;
  expect(transports.map(({ mid }) => mid)).toEqual(own.flatMap((one, index) => (one ? [String(index)] : [])));
});

test("RFC 9143 §7.3.1: sections that the answer bundles leave their own transports", () => {
  const [a, b] = [new MediaNegotiator(1, { dataChannels: true }), new MediaNegotiator(2)];
  a.add("audio");
  a.add("video");
  expect(a.set("local", "offer", a.offer()).transports.map(({ id }) => id)).toEqual(["0", "1", "2"]);
  a.set("local", "rollback");
  const { offerer, answerer } = exchange(a, b);
  for (const side of [offerer, answerer]) {
    expect(side.transports.map(({ id, mids }) => [id, mids])).toEqual([["0", ["0", "1", "2"]]]);
    expect(side.media!.map(({ transportId }) => transportId)).toEqual(["0", "0"]);
    expect(side.data).toMatchObject({ transportId: "0", ready: true });
  }
});

test("RFC 9143 §7.4: a re-offer repeats the bundle with its transport, and adds to it what is new", () => {
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
  a.add("audio");
  a.add("video");
  exchange(a, b);
  a.add("video");
  a.local = { ...a.local, dataChannels: true };
  for (const side of [a, b]) {
    const offer = side.offer();
    const fragments = new Set(offer.match(/a=ice-ufrag:.*/g));
    expect([...fragments]).toEqual([`a=ice-ufrag:${lineValue(side.state.currentLocalDescription!.sdp, "a=ice-ufrag:")}`]);
    expect(new Set(offer.match(/a=setup:.*/g))).toEqual(new Set(["a=setup:actpass"]));
    expect(offer).not.toMatch(/a=rtcp:|a=rtcp-mux-only\r\na=rtcp-rsize\r\na=rtpmap:111/);
  }
  const offer = a.offer();
  expect(lineValue(offer, "a=group:BUNDLE ")).toBe("0 1 2 3");
  expect(section(offer, 2, /^(m=|a=bundle-only|a=cand)/)).toEqual([expect.stringMatching(/^m=video 0 /), "a=bundle-only"]);
  expect(section(offer, 3, /^(m=|a=bundle-only|a=cand)/)).toEqual([expect.stringMatching(/^m=application 0 /), "a=bundle-only"]);
  const { offerer } = exchange(a, b);
  expect(offerer.transports.map(({ id, mids }) => [id, mids])).toEqual([["0", ["0", "1", "2", "3"]]]);
});

test("RFC 9143 §7.3, INTEROP Chromium 156, Firefox 153: our offer that stops a bundle's tag restarts ICE; who answers it may keep the transport or make one", () => {
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
  const audio = a.add("audio");
  a.add("video");
  exchange(a, b);
  const before = lineValue(a.state.currentLocalDescription!.sdp, "a=ice-ufrag:");
  const theirs = ["a=ice-ufrag:", "a=ice-pwd:"].map((line) => lineValue(a.state.currentRemoteDescription!.sdp, line));
  a.stop(audio);
  const offer = a.offer();
  expect(a.offer()).toBe(offer);
  expect(lineValue(offer, "a=group:BUNDLE ")).toBe("1");
  expect(section(offer, 0, /^(m=|a=ice)/)).toEqual([expect.stringMatching(/^m=audio 0 /)]);
  expect(section(offer, 1, /^a=ice-ufrag/)).not.toEqual([`a=ice-ufrag:${before}`]);
  // The old one carries media until the answer.
  const pending = a.set("local", "offer", offer);
  expect(pending.transports).toMatchObject([{ id: "0", mid: "1", mids: ["0", "1"], moving: "offered", local: { iceRestart: true } }]);
  expect(pending.media!.map(({ transportId }) => transportId)).toEqual([undefined, "0"]);
  expect(a.offer()).toBe(offer);
  const state = a.state;
  b.set("remote", "offer", offer);
  const answer = b.answer();
  // As browsers do, we answer such an offer with a new transport.
  expect(b.set("local", "answer", answer).transports).toMatchObject([
    { id: "1", mid: "1", mids: ["1"], dtlsAssociation: 0, dtlsRole: "client" },
  ]);
  const kept = { id: "0", mid: "1", mids: ["1"], remote: { iceRestart: true } };
  // The role is the one it had: only a ClientHello tells.
  expect(a.set("remote", "answer", answer).transports).toMatchObject([
    { ...kept, dtlsRole: "server", dtlsAssociation: 0, moving: "answered" },
  ]);
  expect(exchange(b, a).offerer.transports.map(({ id }) => id)).toEqual(["1"]);
  // Another role cannot be that of the old association.
  a.state = state;
  expect(a.set("remote", "answer", answer.replace("a=setup:active", "a=setup:passive")).transports).toMatchObject([
    { ...kept, dtlsRole: "client", dtlsAssociation: 1 },
  ]);
  // Credentials that are not new are those of the old transport, whatever is said of roles.
  a.state = state;
  const same = answer.replace(/a=ice-ufrag:.*/, `a=ice-ufrag:${theirs[0]}`).replace(/a=ice-pwd:.*/, `a=ice-pwd:${theirs[1]}`);
  for (const setup of ["active", "passive"]) {
    a.state = state;
    const [transport] = a.set("remote", "answer", same.replace("a=setup:active", `a=setup:${setup}`)).transports;
    expect(transport).toMatchObject({ id: "0", dtlsRole: "server", dtlsAssociation: 0, remote: { iceRestart: false } });
    expect(transport!.moving).toBeUndefined();
  }
});

test("RFC 9143 §7.3, INTEROP werift 0.25, Firefox 153: a peer's offer of another tag keeps the transport when it says the same of it, candidates included", () => {
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
  const audio = a.add("audio");
  a.add("video");
  const host = (port: number): string => `a=candidate:1 1 udp 2130706431 192.0.2.1 ${port} typ host`;
  const first = a.offer().replace("a=mid:0", `${host(4000)}\r\na=mid:0`);
  a.set("local", "offer", a.offer());
  b.set("remote", "offer", first);
  a.set("remote", "answer", b.answer());
  b.set("local", "answer", b.answer());
  a.stop(audio);
  const moved = (port: number): string =>
    ["a=ice-ufrag:", "a=ice-pwd:"]
      .reduce((sdp, line) => sdp.replaceAll(new RegExp(`${line}.*`, "g"), line + lineValue(first, line)!), a.offer())
      .replace("a=mid:1", `${host(port)}\r\na=mid:1`);
  const state = b.state;
  b.set("remote", "offer", moved(4000));
  const [kept] = b.set("local", "answer", b.answer()).transports;
  expect(kept).toMatchObject({ id: "0", mid: "1", mids: ["1"], dtlsRole: "client", dtlsAssociation: 0, remote: { iceRestart: false } });
  b.state = state;
  b.set("remote", "offer", moved(5000));
  const [made] = b.set("local", "answer", b.answer()).transports;
  expect(made).toMatchObject({ id: "1", mid: "1", mids: ["1"], dtlsRole: "client" });
});

test("RFC 9143 §7.3, INTEROP Chromium 156, Firefox 153: a new section before all others is its bundle's tag, and may begin a transport", () => {
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
  const audio = a.add("audio");
  a.add("video");
  exchange(a, b);
  a.stop(audio);
  exchange(a, b);
  a.add("audio");
  const offer = a.offer();
  expect(lineValue(offer, "a=group:BUNDLE ")).toBe("2 1");
  expect(section(offer, 0, /^(m=|a=bundle-only)/)).toEqual([expect.stringMatching(/^m=audio 9 /)]);
  expect(new Set(offer.match(/a=ice-ufrag:.*/g)).size).toBe(1);
  const pending = a.set("local", "offer", offer).transports;
  expect(pending.map(({ id, mid, mids, moving }) => [id, mid, mids, moving])).toEqual([["0", "2", ["1", "2"], "offered"]]);
  expect(a.set("local", "rollback").transports).toMatchObject([{ id: "0", mid: "1", mids: ["1"], local: { iceRestart: true } }]);
  const { offerer, answerer } = exchange(a, b);
  expect(offerer.transports.map(({ id, mid, mids, moving }) => [id, mid, mids, moving])).toEqual([["0", "2", ["2", "1"], "answered"]]);
  expect(answerer.transports.map(({ id, mids }) => [id, mids])).toEqual([["2", ["2", "1"]]]);
});

test("RFC 9143 §7.3.1: a peer's answer that rejects the bundle's tag leaves the rest on the transport they have", () => {
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
  a.add("audio");
  a.add("video");
  exchange(a, b);
  const offer = a.offer();
  a.set("local", "offer", offer);
  b.set("remote", "offer", offer);
  const answer = b.answer().replace("a=group:BUNDLE 0 1", "a=group:BUNDLE 1").replace("m=audio 9", "m=audio 0");
  expect(a.set("remote", "answer", answer).transports).toMatchObject([
    { id: "0", mid: "1", mids: ["1"], local: { iceRestart: false }, remote: { iceRestart: false } },
  ]);
});

test("INTEROP Chromium 156: our answer keeps a stopped tag in place, inactive, and our next offer stops it", () => {
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
  a.add("audio");
  a.add("video");
  exchange(a, b);
  b.stop(b.transceivers[0]!);
  const { answerer } = exchange(a, b);
  expect(answerer.media).toMatchObject([{ rejected: false, agreed: { direction: "inactive" } }, { rejected: false }]);
  expect(answerer.transports).toMatchObject([{ id: "0", mids: ["0", "1"] }]);
  expect(negotiationNeeded(b.state, b.local)).toBe(true);
  const { offerer } = exchange(b, a);
  expect(offerer.media).toMatchObject([{ rejected: true }, { rejected: false }]);
  expect(negotiationNeeded(b.state, b.local)).toBe(false);
});

test("RFC 9429 §5.2.2: gathered candidates are repeated in the tag only, and a bundled section shares its address", async () => {
  const { addLocalCandidate } = await import("../../src/jsep/index.ts");
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
  a.add("audio");
  a.add("video");
  exchange(a, b);
  const usernameFragment = lineValue(a.state.currentLocalDescription!.sdp, "a=ice-ufrag:")!;
  a.state = addLocalCandidate(a.state, { mid: "0", usernameFragment, candidate: "candidate:1 1 udp 2122194687 192.0.2.1 5000 typ host" });
  const offer = a.offer();
  expect(section(offer, 0, /^(m=|c=|a=cand)/)).toEqual([
    expect.stringMatching(/^m=audio 5000 /),
    "c=IN IP4 192.0.2.1",
    expect.stringMatching(/^a=cand/),
  ]);
  expect(section(offer, 1, /^(m=|c=|a=cand)/)).toEqual([expect.stringMatching(/^m=video 5000 /), "c=IN IP4 192.0.2.1"]);
});

test("RFC 9429 §5.2.3.1: an ICE restart gives the whole bundle the same new credentials", () => {
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
  a.add("audio");
  a.add("video");
  exchange(a, b);
  const old = lineValue(a.state.currentLocalDescription!.sdp, "a=ice-ufrag:");
  const fragments = a.offer({ iceRestart: true }).match(/a=ice-ufrag:.*/g)!;
  expect(new Set(fragments).size).toBe(1);
  expect(fragments[0]).not.toBe(`a=ice-ufrag:${old}`);
  const { offerer } = exchange(a, b, { iceRestart: true });
  expect(offerer.transports).toMatchObject([{ id: "0", remote: { iceRestart: true } }]);
});

test("RFC 9429 §5.2.2: the place of a stopped transceiver is used again, under a new mid, by the same kind first", () => {
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
  const [audio, video] = [a.add("audio"), a.add("video")];
  a.add("audio");
  exchange(a, b);
  a.stop(audio);
  a.stop(video);
  const fresh = a.add("video");
  // Not yet: the peer still has them.
  expect(a.offer().split("\r\nm=")).toHaveLength(5);
  fresh.stopping = true;
  exchange(a, b);
  expect(a.transceivers.map(({ mid }) => mid)).toEqual(["2"]);
  expect([...a.offer().matchAll(/m=(\w+ \d+)/g)].map(([, line]) => line)).toEqual(["audio 0", "video 0", "audio 9"]);
  a.add("video");
  a.add("video");
  const offer = a.offer();
  expect([...offer.matchAll(/m=(\w+)/g)].map(([, kind]) => kind)).toEqual(["video", "video", "audio"]);
  expect([...offer.matchAll(/a=mid:(\w+)/g)].map(([, mid]) => mid)).toEqual(["4", "3", "2"]);
  const { offerer, answerer } = exchange(a, b);
  for (const side of [offerer, answerer]) expect(side.sections.every(({ rejected }) => !rejected)).toBe(true);
});

test("RFC 9429 §5.2.2: a section that the peer rejected is used again, by the other kind of media if need be; one after the tag rather than before it", () => {
  const deaf = { ...CAPABILITIES, video: { codecs: [], headerExtensions: [] } };
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2, { capabilities: deaf })];
  for (const kind of ["video", "audio", "video"] as const) a.add(kind);
  exchange(a, b);
  expect(a.transceivers.map(({ kind }) => kind)).toEqual(["audio"]);
  a.add("audio");
  const lines = (): unknown => [...a.offer().matchAll(/m=(\w+ \d+)/g)].map(([, line]) => line);
  expect(lines()).toEqual(["video 0", "audio 9", "audio 0"]);
  expect(a.offer()).toContain("a=bundle-only");
  a.add("audio");
  expect(lines()).toEqual(["audio 9", "audio 9", "audio 0"]);
});

test("RFC 9429 §5.2.2: media does not take the place of data, nor data that of media", () => {
  const [a, b] = [new MediaNegotiator(1, { dataChannels: true }), new MediaNegotiator(2)];
  const offer = a.offer();
  a.set("local", "offer", offer);
  b.set("remote", "offer", offer);
  a.set("remote", "answer", editLines(editLines(b.answer(), /^m=/, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel"), /^a=group/));
  a.add("audio");
  expect([...a.offer().matchAll(/m=(\w+)/g)].map(([, kind]) => kind)).toEqual(["application", "audio"]);
});

test("RFC 9429 §5.2.2: codecs stay in the order of our last description, and keep their numbers", () => {
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2, { capabilities: SMALL })];
  b.add("video");
  exchange(b, a);
  const current = section(a.state.currentLocalDescription!.sdp, 0)[0]!.split(" ").slice(3);
  const offered = section(a.offer(), 0)[0]!.split(" ").slice(3);
  expect(offered.slice(0, current.length)).toEqual(current);
  expect(offered.length).toBeGreaterThan(current.length);
});

test("webrtc-pc §4.4.1.5: an implicit offer is the last one while it is true, and a new one after a transceiver was added", () => {
  const a = new MediaNegotiator(1);
  a.add("audio");
  const first = a.offer();
  expect(implicitOffer(a.state, a.local)).toMatchObject({ sdp: first });
  a.add("audio");
  const second = implicitOffer(a.state, a.local);
  expect(second).not.toMatchObject({ sdp: first });
});

test("RFC 9335 §4, RFC 6904 §4: cryptex and encrypted header extensions are offered only when that is wanted", () => {
  const [a, b] = [new MediaNegotiator(1), new MediaNegotiator(2)];
  a.add("audio");
  expect(a.offer()).not.toMatch(/cryptex|hdrext:encrypt/);
  a.local = { ...a.local, cryptex: "offer", headerExtensionEncryption: "offer" };
  const offer = a.offer();
  expect(section(offer, 0, /cryptex|encrypt/)).toHaveLength(4);
  const agreed = exchange(a, b).offerer.media![0]!.agreed!;
  expect(agreed.cryptex).toBe(true);
  expect(agreed.headerExtensions.every(({ encrypted }) => encrypted)).toBe(true);
  const [c, d] = [
    new MediaNegotiator(1, { cryptex: "offer", headerExtensionEncryption: "offer" }),
    new MediaNegotiator(2, { cryptex: "never", headerExtensionEncryption: "never" }),
  ];
  c.add("audio");
  const refused = exchange(c, d).offerer.media![0]!.agreed!;
  expect([refused.cryptex, refused.headerExtensions.some(({ encrypted }) => encrypted), refused.headerExtensions.length]).toEqual([
    false,
    false,
    3,
  ]);
});

test("RFC 9429 §5.2.1: rtcpMuxPolicy negotiate leaves a=rtcp-mux-only out", () => {
  const a = new MediaNegotiator(1, { rtcpMuxPolicy: "negotiate" });
  a.add("audio");
  expect(section(a.offer(), 0, /^a=rtcp-mux/)).toEqual(["a=rtcp-mux"]);
});
