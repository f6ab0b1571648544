/** Two engines with media between them, for the checker of the Sans-I/O contract. */
import { type Path, transportAddress } from "@purertc/core";
import { nobleCrypto } from "@purertc/crypto/noble";
import { seededRandom } from "@purertc/simulator";
import type { ContractScene } from "@purertc/simulator/contract";
import { formatCandidateLine } from "@purertc/stun-ice";
import { JsepFailure, PeerEngine, type PeerEvent, type SdpType } from "../src/engine/index.ts";
import { changed, routesTo, strangeRouteTo } from "./contract-strangers.ts";
import { vp8Frame } from "./media-peers.ts";

const here = transportAddress("192.0.2.1", 1000)!;
const there = transportAddress("192.0.2.2", 2000)!;

function describe(from: PeerEngine, to: PeerEngine, now: number, type: SdpType): void {
  const sdp = type === "offer" ? from.createOffer(now, { iceRestart: false }) : from.createAnswer(now);
  if (sdp instanceof JsepFailure) throw new Error(sdp.message);
  for (const applied of [from.setDescription(now, "local", type, sdp), to.setDescription(now, "remote", type, sdp)]) {
    if (applied instanceof JsepFailure) throw new Error(applied.message);
  }
}

/** Frames that came out of jitter buffers, all scenes together. */
export let frames = 0;

/** Both peers send audio and video; the first one's receivers put frames together. */
export function scene(seed: number): ContractScene<PeerEvent, Path> {
  const make = (name: string): PeerEngine =>
    new PeerEngine({ crypto: nobleCrypto, random: seededRandom(`${seed} ${name}`), timeOrigin: 1_700_000_000_000 });
  const [protocol, peer] = [make("protocol"), make("peer")];
  const init = { direction: "sendrecv", streamIds: ["s"], addedByTrack: true } as const;
  const frame = (lend: (bytes: Uint8Array) => Uint8Array, kind: "audio" | "video", length: number, timestamp: number) => ({
    kind,
    data: lend(kind === "video" ? vp8Frame(length % 7 === 0, length, length) : new Uint8Array(length)),
    timestamp,
    keyframe: kind === "audio" || length % 7 === 0,
  });
  return {
    protocol,
    peer,
    start(now) {
      for (const engine of [protocol, peer]) {
        engine.addTransceiver(now, "audio", init);
        engine.addTransceiver(now, "video", init);
      }
      describe(protocol, peer, now, "offer");
      describe(peer, protocol, now, "answer");
      for (const [engine, other, address] of [[protocol, peer, here] as const, [peer, protocol, there] as const]) {
        engine.addLocalAddress(now, 0, address);
        engine.endOfLocalAddresses(now, 0);
        for (const candidate of engine.transports[0]!.ice.agent!.stats().localCandidates) {
          other.addRemoteCandidate(now, { candidate: formatCandidateLine(candidate), sdpMid: "0" });
        }
        for (const { receiver } of engine.transceivers) receiver.addSink({ frame: () => void frames++ });
      }
    },
    actions: [
      (now, lend, random) =>
        void protocol.transceivers[1]!.sender.sendFrame(now, frame(lend, "video", random.integer(10, 4000), Math.round(now * 90))),
      (now, lend, random) =>
        void protocol.transceivers[0]!.sender.sendFrame(now, frame(lend, "audio", random.integer(1, 200), Math.round(now * 48))),
      (now, _, random) =>
        void peer.transceivers[1]!.sender.sendFrame(
          now,
          frame((bytes) => bytes, "video", random.integer(10, 4000), Math.round(now * 90)),
        ),
      (now, _, random) => void (random.chance(0.1) && protocol.transceivers[1]!.receiver.requestKeyframe(now)),
      (now, _, random) => void (random.chance(0.1) && peer.transceivers[1]!.receiver.requestKeyframe(now)),
      (now, _, random) => void (random.chance(0.05) && protocol.mediaStats(now)),
    ],
    close: (now) => protocol.close(now),
    afterClosed: [
      (now) => protocol.addTransceiver(now, "audio", init),
      (now) => protocol.setTransceiverDirection(now, 0, "inactive"),
      (now) => protocol.stopTransceiver(now, 0),
      () => protocol.setCodecPreferences(0, []),
      () => protocol.setSenderStreams(0, []),
      () => protocol.setSenderTrackId(0, undefined),
      () => protocol.noteTrackAdded(0),
      (now) => protocol.setEncodings(now, 0, [{ active: true }]),
      (now) => protocol.setSenderEnabled(now, 0, true),
      (now) => protocol.mediaStats(now),
    ],
    routes: routesTo(here, there),
    strangeRoute: (random) => strangeRouteTo(here, random),
    // SRTP or SRTCP with a changed byte, its first two left as they are.
    forge: (random, real) => (real === undefined || real[0]! < 128 || real[0]! > 191 ? undefined : changed(real, 2, random)),
  };
}
