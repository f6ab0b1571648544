import { type Path, transportAddress } from "@purertc/core";
import { nobleCrypto } from "@purertc/crypto/noble";
import { seededRandom, simulationSeeds } from "@purertc/simulator";
import { type ContractScene, checkProtocolContract } from "@purertc/simulator/contract";
import { memoryInUse } from "@purertc/simulator/node";
import { formatCandidateLine } from "@purertc/stun-ice";
import { expect, test } from "vitest";
import { JsepFailure, PeerEngine, type PeerEvent, type SdpType } from "../src/engine/index.ts";
import { changed, routesTo, strangeRouteTo } from "./contract-strangers.ts";

const here = transportAddress("192.0.2.1", 1000)!;
const there = transportAddress("192.0.2.2", 2000)!;
const init = { label: "x", protocol: "", ordered: true, negotiated: false, priority: "low" } as const;

function describe(from: PeerEngine, to: PeerEngine, now: number, type: SdpType): void {
  const sdp = type === "offer" ? from.createOffer(now, { iceRestart: false }) : from.createAnswer(now);
  if (sdp instanceof JsepFailure) throw new Error(sdp.message);
  for (const applied of [from.setDescription(now, "local", type, sdp), to.setDescription(now, "remote", type, sdp)]) {
    if (applied instanceof JsepFailure) throw new Error(applied.message);
  }
}

function scene(seed: number): ContractScene<PeerEvent, Path> {
  const make = (name: string): PeerEngine =>
    // The provider whose signatures and keys come from our random source: node:crypto's own would differ from run to run.
    new PeerEngine({ crypto: nobleCrypto, random: seededRandom(`${seed} ${name}`), timeOrigin: 1_700_000_000_000 });
  const [protocol, peer] = [make("protocol"), make("peer")];
  const channel = { handle: 0 };
  return {
    protocol,
    peer,
    start(now) {
      channel.handle = protocol.openChannel(now, init);
      describe(protocol, peer, now, "offer");
      describe(peer, protocol, now, "answer");
      for (const [engine, other, address] of [[protocol, peer, here] as const, [peer, protocol, there] as const]) {
        engine.addLocalAddress(now, 0, address);
        engine.endOfLocalAddresses(now, 0);
        for (const candidate of engine.transports[0]!.ice.agent!.stats().localCandidates) {
          other.addRemoteCandidate(now, { candidate: formatCandidateLine(candidate), sdpMid: "0" });
        }
      }
    },
    actions: [
      (now, lend, random) =>
        protocol.send(now, channel.handle, random.pick(["text", "binary"]), lend(random.bytes(random.integer(0, 3000)))),
      (now, _, random) => void (random.chance(0.1) && protocol.openChannel(now, init)),
      (now, _, random) => void (random.chance(0.02) && protocol.closeChannel(now, channel.handle)),
      (now, _, random) => void (random.chance(0.05) && protocol.addRemoteCandidate(now, { candidate: "", sdpMid: "0" })),
      (now, _, random) => void (random.chance(0.05) && protocol.createOffer(now, { iceRestart: random.chance(0.5) })),
    ],
    close: (now) => protocol.close(now),
    afterClosed: [
      (now) => protocol.createOffer(now, { iceRestart: false }),
      (now) => protocol.createAnswer(now),
      (now) => protocol.setDescription(now, "local", "rollback", ""),
      (now) => protocol.addRemoteCandidate(now, { candidate: "", sdpMid: "0" }),
      (now) => protocol.restartIce(now),
      () => protocol.setIceTransportPolicy("relay"),
      (now) => protocol.addLocalAddress(now, 0, here),
      (now) => protocol.addStunServer(now, 0, there),
      (now) => protocol.endOfLocalAddresses(now, 0),
      (now) => protocol.openChannel(now, init),
      (now) => protocol.send(now, 1, "text", new Uint8Array(1)),
      (now) => protocol.closeChannel(now, 1),
      (now) => protocol.close(now),
    ],
    routes: routesTo(here, there),
    strangeRoute: (random) => strangeRouteTo(here, random),
    // An application record with a changed byte. What came in plaintext is not authenticated, and a record may be one that was lost before.
    forge: (random, real) => (real === undefined || real[0] !== 23 ? undefined : changed(real, 13, random)),
  };
}

test("Protocol: PeerEngine keeps the eight laws of the Sans-I/O contract", { timeout: 60_000 }, () => {
  const report = checkProtocolContract(scene, {
    seeds: simulationSeeds(process.env.SIMULATION_SEED, [1]),
    steps: 120,
    memoryInUse,
    floodDatagrams: 3000,
  });
  expect(report.laws).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(report.events).toBeGreaterThan(200);
});
