import { simulationSeeds } from "@purertc/simulator";
import { expect, test } from "vitest";
import { MediaPeers } from "./media-peers.ts";

const seeds = simulationSeeds(process.env.SIMULATION_SEED, [1, 2]);

test("RFC 8834 §4: two peers exchange audio and video both ways, every frame whole and in order", () => {
  const peers = new MediaPeers({ link: { delayMs: 10 } });
  const { offerer, answerer } = peers;
  const audio = peers.add(offerer, "audio");
  const video = peers.add(offerer, "video");
  peers.add(answerer, "audio");
  peers.add(answerer, "video");
  peers.connect();
  const theirs = [peers.counterpart(answerer, audio), peers.counterpart(answerer, video)] as const;
  const got = [peers.receive(theirs[0]), peers.receive(theirs[1]), peers.receive(audio), peers.receive(video)] as const;
  const sent = [
    peers.sendAudio(offerer, audio, 100),
    peers.sendVideo(offerer, video, 50),
    peers.sendAudio(answerer, theirs[0], 100),
    peers.sendVideo(answerer, theirs[1], 50),
  ] as const;
  peers.network.runFor(4000);
  for (const i of [0, 1, 2, 3] as const) {
    expect(got[i].length).toBe(i % 2 === 0 ? 100 : 50);
    expect(got[i].map(({ data }) => data)).toEqual(sent[i].map(({ data }) => data));
  }
});

const weathers = [
  { name: "10 % lost", link: { delayMs: 20, lossRate: 0.1 } },
  { name: "10 % reordered", link: { delayMs: 20, reorderRate: 0.1 } },
  { name: "10 % twice", link: { delayMs: 20, duplicateRate: 0.1 } },
  { name: "30 ms of jitter", link: { delayMs: 20, jitterMs: 30 } },
  { name: "all of it", link: { delayMs: 40, jitterMs: 10, lossRate: 0.05, reorderRate: 0.05, duplicateRate: 0.05 } },
];

for (const seed of seeds) {
  test.each(weathers)(`RFC 4585 §6.2.1, RFC 4588: what is lost of video is asked for and sent again; $name, seed ${seed}`, ({ link }) => {
    const peers = new MediaPeers({ seed, link });
    const video = peers.add(peers.offerer, "video", { direction: "sendonly" });
    peers.connect();
    const theirs = peers.counterpart(peers.answerer, video);
    const got = peers.receive(theirs);
    const sent = peers.sendVideo(peers.offerer, video, 100);
    peers.network.runFor(8000);
    // Whole frames only, in order, and nearly all of them: the first packets of a stream have nothing before them to be missed by, and a packet that is lost
    // four times in a row comes too late.
    const payloads = sent.map(({ data }) => data.join());
    const indices = got.map(({ data }) => payloads.indexOf(data.join()));
    expect(indices).not.toContain(-1);
    expect(indices).toEqual(indices.toSorted((a, b) => a - b));
    expect(indices.length).toBeGreaterThanOrEqual(97);
    expect(new Set(indices).size).toBe(indices.length);
    const { inbound } = peers.answerer.node.call((engine, now) => engine.mediaStats(now));
    const { outbound, remoteInbound } = peers.offerer.node.call((engine, now) => engine.mediaStats(now));
    if (link.lossRate === 0.1) {
      expect(inbound[0]!.nackCount).toBeGreaterThan(5);
      expect(inbound[0]!.retransmittedPacketsReceived).toBeGreaterThan(15);
      expect(outbound[0]!.retransmittedPacketsSent).toBeGreaterThanOrEqual(inbound[0]!.retransmittedPacketsReceived);
      expect(inbound[0]!.packetsLost).toBeLessThan(5);
      expect(remoteInbound[0]!.packetsLost).toBeGreaterThan(10); // of the wire, whatever was repaired
    }
    expect(remoteInbound[0]!.roundTripTimeMs).toBeGreaterThan(30);
    expect(remoteInbound[0]!.roundTripTimeMs).toBeLessThan(300);
  });
}
