import { copyBytes, crc32c, writeU32 } from "@purertc/core";
import type { DataChannels, DataChannelsEvent, SctpEvent } from "@purertc/sctp-datachannel";
import { type SeededRandom, simulationSeeds } from "@purertc/simulator";
import { type ContractScene, checkProtocolContract } from "@purertc/simulator/contract";
import { memoryInUse } from "@purertc/simulator/node";
import { expect, test } from "vitest";
import { association, channels, connectOptions, PORTS, RELIABLE } from "./two-ends.ts";

const seeds = simulationSeeds(process.env.SIMULATION_SEED, [1, 2]);

/** A packet of the peer with a wrong verification tag and a right checksum, or with a wrong checksum. */
function forge(random: SeededRandom, real: Uint8Array | undefined): Uint8Array | undefined {
  if (real === undefined || real.length < 16) return undefined;
  const bad = copyBytes(real);
  // INIT carries no tag of ours; bring the rest under a tag that nobody has.
  if (random.chance(0.5) || bad[12] === 1) {
    bad[8]! ^= 0x10;
    return bad;
  }
  bad[4]! ^= 0x55;
  bad.fill(0, 8, 12);
  const crc = crc32c(bad);
  writeU32(bad, 8, ((crc << 24) | ((crc & 0xff00) << 8) | ((crc >>> 8) & 0xff00) | (crc >>> 24)) >>> 0);
  return bad;
}

function channelScene(seed: number): ContractScene<DataChannelsEvent> {
  const protocol = channels(`${seed} p`);
  const peer = channels(`${seed} q`);
  const handles = new Map<DataChannels, number[]>([
    [protocol, []],
    [peer, []],
  ]);
  const act = (end: DataChannels) => (now: number, lend: (bytes: Uint8Array) => Uint8Array, random: SeededRandom) => {
    const list = handles.get(end)!;
    const what = random.integer(0, 9);
    if (list.length < 3 || what === 0) {
      const ordered = random.chance(0.5);
      const limit = random.chance(0.3) ? { maxRetransmits: random.integer(0, 2) } : {};
      list.push(end.open(now, { ...RELIABLE, ordered, ...limit }));
    } else if (what === 1) {
      end.closeChannel(now, list[random.integer(0, list.length - 1)]!);
    } else {
      const size = random.pick([0, 1, 100, 1200, 5000]);
      end.send(now, list[random.integer(0, list.length - 1)]!, random.pick(["text", "binary"]), lend(random.bytes(size)));
    }
  };
  return {
    protocol,
    peer,
    start: (now) => {
      peer.connect(now, connectOptions("odd"));
      protocol.connect(now, connectOptions("even"));
    },
    actions: [act(protocol), act(protocol), act(peer)],
    close: (now) => protocol.abort(now),
    afterClosed: [
      (now) => protocol.open(now, RELIABLE),
      (now) => protocol.connect(now, connectOptions("even")),
      (now) => protocol.send(now, 1, "text", new Uint8Array(1)),
      (now) => protocol.closeChannel(now, 1),
      (now) => protocol.setMtu(now, 1200),
      (now) => protocol.abort(now),
      (now) => protocol.shutdown(now),
    ],
    forge,
  };
}

function associationScene(seed: number): ContractScene<SctpEvent> {
  const protocol = association(`${seed} p`);
  const peer = association(`${seed} q`);
  return {
    protocol,
    peer,
    start: (now) => {
      peer.connect(now, PORTS);
      protocol.connect(now, PORTS);
    },
    actions: [
      (now, lend, random) => protocol.send(now, random.integer(0, 5), 53, lend(random.bytes(random.pick([1, 100, 3000]))), {}),
      (now, lend, random) => peer.send(now, random.integer(0, 5), 53, lend(random.bytes(random.pick([1, 100, 3000]))), { unordered: true }),
      (now, _lend, random) => protocol.resetStreams(now, [random.integer(0, 5)]),
    ],
    close: (now) => protocol.shutdown(now),
    afterClosed: [
      (now) => protocol.connect(now, PORTS),
      (now) => protocol.listen(now, PORTS),
      (now) => protocol.send(now, 0, 53, new Uint8Array(1)),
      (now) => protocol.resetStreams(now, [0]),
      (now) => protocol.setMtu(now, 1200),
      (now) => protocol.setMaxMtu(now, 1200),
      () => protocol.setStreamPriority(0, 1),
      (now) => protocol.abort(now),
      (now) => protocol.shutdown(now),
    ],
    forge,
  };
}

test("the eight laws, data channels", () => {
  const report = checkProtocolContract(channelScene, { seeds, steps: 120 });
  expect(report.laws).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(report.events).toBeGreaterThan(500);
});

test("the eight laws, association that ends by SHUTDOWN", () => {
  const report = checkProtocolContract(associationScene, { seeds, steps: 120 });
  expect(report.laws).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(report.events).toBeGreaterThan(300);
});

test("law 8: memory does not grow with what strangers send", () => {
  const report = checkProtocolContract(channelScene, { seeds: [1], steps: 60, memoryInUse, floodDatagrams: 4000 });
  expect(report.laws).toContain(8);
});
