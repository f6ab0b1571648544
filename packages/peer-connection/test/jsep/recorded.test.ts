import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MediaNegotiator } from "./media-negotiator.ts";
import { editLines, lineValue, Negotiator } from "./negotiator.ts";

const FOLDER = new URL("../../../../test-vectors/sdp/", import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".sdp"));
const OFFERS = FILES.filter((name) => name.includes("offer"));
const DATA_ANSWERS = FILES.filter((name) => name.includes("data.answer") && !name.includes("av-"));

test.each(OFFERS)("RFC 9429 §5.3: the recorded %s is answered", (name) => {
  const offer = recorded(name);
  const side = new Negotiator(1, { dataChannels: false });
  const offered = side.set("remote", "offer", offer);
  expect(offered.sections.length).toBe(offer.split("\r\nm=").length - 1);
  const answer = side.answer();
  const result = side.set("local", "answer", answer);
  expect(side.state.signalingState).toBe("stable");
  const hasData = name.includes("data");
  expect(result.sections.map((section) => section.rejected)).toEqual(result.sections.map((section) => section.kind !== "application"));
  expect(result.transports.length).toBe(hasData ? 1 : 0);
  expect(lineValue(answer, "a=group:BUNDLE ")).toBe(hasData ? result.data!.mid : undefined);
  if (!hasData) return;
  const [transport] = result.transports;
  const data = offer.slice(offer.indexOf("m=application"));
  expect(transport).toMatchObject({ id: result.data!.mid, dtlsRole: "client", iceRole: "controlled" });
  expect(transport!.remote!.iceCredentials).toEqual({
    usernameFragment: lineValue(data, "a=ice-ufrag:"),
    password: lineValue(data, "a=ice-pwd:"),
  });
  expect(transport!.remote!.candidates.length).toBe(data.split("a=candidate:").length - 1);
  expect(transport!.remote!.endOfCandidates).toBe(data.includes("a=end-of-candidates"));
  expect(transport!.remote!.fingerprints[0]!.hash).toBe("sha-256");
  expect(transport!.remote!.iceOptions).toContain("trickle");
  expect(result.data).toMatchObject({
    ready: true,
    localPort: 5000,
    remotePort: 5000,
    remoteMaxMessageSize: name.startsWith("firefox") ? 1_073_741_823 : 262_144,
  });
});

test.each(DATA_ANSWERS)("RFC 9429 §5.11: the recorded %s is applied to our offer", (name) => {
  const side = new Negotiator(1);
  side.set("local", "offer", side.offer());
  const result = side.set("remote", "answer", recorded(name));
  expect(result.transports).toHaveLength(1);
  expect(result.transports[0]).toMatchObject({ id: "0", dtlsRole: "server", iceRole: "controlling" });
  // pion says no a=max-message-size: RFC 8841 §6.1's 64 KiB.
  const limit = name.startsWith("pion") ? 65_536 : name.startsWith("firefox") ? 1_073_741_823 : 262_144;
  expect(result.data).toMatchObject({ ready: true, remotePort: 5000, remoteMaxMessageSize: limit });
});

test("RFC 9429 §5.3.1: an offer of Chromium with media: data is accepted with a group of its own, the rest is kept in place and rejected", () => {
  const side = new Negotiator(1);
  side.set("remote", "offer", recorded("chromium-av-data.offer.sdp"));
  const lines = side.answer().split("\r\n");
  expect(lines.filter((line) => /^(m=|a=mid|a=group|a=inactive|a=setup)/.test(line))).toEqual([
    "a=group:BUNDLE 2",
    "m=audio 0 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126",
    "a=inactive",
    "a=mid:0",
    "m=video 0 UDP/TLS/RTP/SAVPF 96 97 102 103 104 107 108 109 114 115 116 117 39 40 45 46 98 99 100 101 118 119 120",
    "a=inactive",
    "a=mid:1",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "a=setup:active",
    "a=mid:2",
  ]);
});

test("RFC 9429 §5.10: Firefox's own re-offer with an ICE restart restarts the transport that was agreed on", () => {
  const side = new MediaNegotiator(1);
  side.set("remote", "offer", recorded("firefox-av-data.offer.sdp"));
  const before = side.set("local", "answer", side.answer()).transports[0]!;
  const offered = side.set("remote", "offer", recorded("firefox-av-data.restart-offer.sdp"));
  expect(offered.transports[0]!.remote!.iceCredentials).toEqual(before.remote!.iceCredentials); // not in effect yet
  const after = side.set("local", "answer", side.answer()).transports[0]!;
  expect(after.id).toBe(before.id);
  expect(after.remote).toMatchObject({ iceRestart: true, iceCredentials: { usernameFragment: "6c275787" } });
  expect(after.local!.iceRestart).toBe(true);
  expect(after.local!.iceCredentials.usernameFragment).not.toBe(before.local!.iceCredentials.usernameFragment);
  expect(after).toMatchObject({ dtlsRole: "client", dtlsAssociation: 0 });
});

test("RFC 9143 §7.2.1: an offer bundled in full under a media section cannot carry data while media is rejected", () => {
  // What Chromium sends with bundlePolicy "max-bundle": the data section has no transport of its own.
  let offer = recorded("chromium-av-data.offer.sdp");
  const at = offer.indexOf("m=application");
  const data = editLines(
    editLines(offer.slice(at), /^a=(ice-|candidate|fingerprint|setup)/),
    /^m=/,
    "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
  );
  offer = `${offer.slice(0, at)}${data}a=bundle-only\r\n`;
  const side = new Negotiator(1);
  side.set("remote", "offer", offer);
  const answered = side.set("local", "answer", side.answer());
  expect(answered.sections.every((section) => section.rejected)).toBe(true);
  expect(answered.transports).toEqual([]);
  expect(answered.data).toBeUndefined();
});

function recorded(name: string): string {
  return readFileSync(new URL(name, FOLDER), "utf8");
}
