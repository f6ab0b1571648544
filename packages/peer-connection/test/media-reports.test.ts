/** What goes out in RTCP, and what comes of it at the other side. */
import { Malformed } from "@purertc/core";
import { parseRtcp, type RtcpPacket } from "@purertc/rtp";
import { expect, test } from "vitest";
import { MediaPeers } from "./media-peers.ts";

/** RTCP that the offerer sends, with the time. */
function listening(kind: "audio" | "video", link: object = {}, direction: "sendonly" | "sendrecv" = "sendonly") {
  const said: { readonly at: number; readonly packets: readonly RtcpPacket[] }[] = [];
  const heard: RtcpPacket[] = [];
  const collect = (into: (at: number, packets: readonly RtcpPacket[]) => void, wanted: "in" | "out") => ({
    packet: (at: number, way: string, layer: string, bytes: Uint8Array) => {
      const packets = way === wanted && layer === "rtcp" ? parseRtcp(bytes.slice()) : [];
      if (!(packets instanceof Malformed) && packets.length > 0) into(at, packets);
    },
  });
  const peers = new MediaPeers({
    link: { delayMs: 10, ...link },
    offerer: { observer: collect((at, packets) => void said.push({ at, packets }), "out") },
    answerer: { observer: collect((_, packets) => void heard.push(...packets), "out") },
  });
  const ours = peers.add(peers.offerer, kind, { direction });
  peers.connect();
  const theirs = peers.counterpart(peers.answerer, ours);
  const own = () => peers.offerer.node.call((engine, now) => engine.mediaStats(now)).outbound[0]!;
  const types = (from: number) => said.filter(({ at }) => at >= from).flatMap(({ packets }) => packets.map(({ type }) => type));
  return { peers, ours, theirs, said, heard, own, types, offerer: peers.offerer, answerer: peers.answerer };
}

test("RFC 3550 §6.4: who sent nothing since the report before the last reports as a receiver, and as a sender at once when it sends again", () => {
  const { peers, offerer, ours, types } = listening("audio");
  peers.sendAudio(offerer, ours, 100);
  peers.network.runFor(2000);
  expect(types(0)).toContain("SR");
  peers.network.runFor(4000); // silence: two reports at most still count it as a sender
  const silent = peers.network.now;
  peers.network.runFor(5000);
  expect(types(silent)).not.toContain("SR");
  expect(types(silent)).toContain("RR");
  const again = peers.network.now;
  peers.sendAudio(offerer, ours, 3);
  peers.network.runFor(60);
  expect(types(again)).toContain("SR");
});

test("RFC 3550 §6.4: report blocks are on sources that were heard since the last report, and on no others", () => {
  const { peers, offerer, ours, heard } = listening("audio");
  peers.sendAudio(offerer, ours, 100);
  peers.network.runFor(2000);
  const blocks = () => heard.flatMap((packet) => (packet.type === "RR" || packet.type === "SR" ? packet.reports : []));
  expect(blocks().length).toBeGreaterThan(1);
  peers.network.runFor(3000);
  heard.length = 0;
  peers.network.runFor(5000);
  expect([heard.some(({ type }) => type === "RR"), blocks()]).toEqual([true, []]);
});

test("RFC 4588 §4: the stream of retransmissions is a source like any other: sender reports, CNAME and report blocks of its own", () => {
  const { peers, offerer, ours, said, heard, own } = listening("video", { lossRate: 0.1 });
  peers.sendVideo(offerer, ours, 200);
  peers.network.runFor(10_000);
  const { ssrc, rtxSsrc, retransmittedPacketsSent, retransmittedBytesSent } = own();
  const reports = said
    .flatMap(({ packets }) => packets)
    .flatMap((packet) => (packet.type === "SR" && packet.ssrc === rtxSsrc ? packet : []));
  expect(reports.length).toBeGreaterThan(2);
  const last = reports.at(-1)!;
  expect(last.packetCount).toBeLessThanOrEqual(retransmittedPacketsSent);
  expect(last.packetCount).toBeGreaterThan(0.8 * retransmittedPacketsSent);
  expect(last.octetCount).toBeLessThanOrEqual(retransmittedBytesSent);
  const names = said.flatMap(({ packets }) => packets).flatMap((packet) => (packet.type === "SDES" ? packet.chunks : []));
  const cname = (of: number) => names.findLast((chunk) => chunk.ssrc === of)?.items[0]?.value;
  expect(cname(rtxSsrc!)).toEqual(cname(ssrc));
  const blocks = heard.flatMap((packet) => (packet.type === "RR" ? packet.reports : []));
  expect(blocks.filter((block) => block.ssrc === rtxSsrc).length).toBeGreaterThan(2);
});

test("RFC 3551 §4.1, RFC 7587 §3.1.3: gaps of discontinuous transmission are no loss, and energy is by the sound in the packets", () => {
  const { peers, offerer, ours, theirs, answerer } = listening("audio");
  const got = peers.receive(theirs);
  const start = peers.network.now;
  for (let i = 0; i < 20; i++) {
    // 60 ms of sound, then silence until 400 ms have passed.
    peers.network.at(start + i * 400, () =>
      offerer.node.call((_, now) =>
        ours.sender.sendFrame(now, {
          kind: "audio",
          data: Uint8Array.of(0x18, 1, 2, 3),
          timestamp: i * 400 * 48,
          keyframe: true,
          audioLevel: { level: 20, voice: true },
        }),
      ),
    );
  }
  peers.network.runFor(9000);
  expect([got.length, got.some(({ afterLoss }) => afterLoss)]).toEqual([20, false]);
  const { inbound } = answerer.node.call((engine, now) => engine.mediaStats(now));
  expect(inbound[0]).toMatchObject({ packetsLost: 0, packetsDiscarded: 0, totalSamplesDurationMs: 20 * 60 });
  expect(inbound[0]!.totalAudioEnergy).toBeCloseTo(20 * 0.06 * 0.01); // -20 dBov: a hundredth of full power
});

test("RFC 3611 §4.5: who only receives learns the round trip, and who stopped sending does too", () => {
  const { peers, offerer, answerer, ours, theirs } = listening("audio", { delayMs: 25 }, "sendrecv");
  const roundTrip = (peer: typeof offerer) => peer.node.call((engine, now) => engine.mediaStats(now)).remoteOutbound[0]?.roundTripTimeMs;
  peers.sendAudio(offerer, ours, 400);
  peers.sendAudio(answerer, theirs, 10); // and then no more
  peers.network.runFor(8000);
  expect(roundTrip(answerer)).toBeGreaterThan(90);
  expect(roundTrip(answerer)).toBeLessThan(130);
});
