import { equalBytes } from "@purertc/core";
import type { SctpEvent } from "@purertc/sctp-datachannel";
import type { Chunk } from "@purertc/sctp-datachannel/codec";
import { simulationSeeds } from "@purertc/simulator";
import { expect, test } from "vitest";
import { connected, type RawPeer } from "./raw-peer.ts";
import { type AssociationPairSettings, connectedAssociations, pattern } from "./two-ends.ts";

const seeds = simulationSeeds(process.env.SIMULATION_SEED, [1, 2, 3]);
const MAX = 16_384;

/** Buffers of 20,000 bytes at both ends; a tries packets up to `MAX`. */
function searching(settings: AssociationPairSettings = {}): ReturnType<typeof connectedAssociations> {
  return connectedAssociations({ mtu: 20_000, ...settings, a: { maxMtu: MAX, ...settings.a } });
}

function same(got: Uint8Array | undefined, expected: Uint8Array): boolean {
  return got !== undefined && equalBytes(got, expected);
}

/** The probes among what a raw peer got: their sizes and nonces. */
function probesOf(peer: RawPeer<SctpEvent>): readonly { readonly size: number; readonly parameters: readonly unknown[] }[] {
  return peer.take().flatMap(({ chunks }) => {
    const [heartbeat, pad] = chunks;
    if (heartbeat?.type !== "HEARTBEAT" || pad?.type !== "PAD") return [];
    return [{ size: 12 + 4 + 12 + 4 + pad.padding.length, parameters: heartbeat.parameters }];
  });
}

/** A raw peer that has not yet looked at the first probe. */
function probed(options: Parameters<typeof connected>[0] = {}): ReturnType<typeof connected> {
  const ends = connected(options);
  ends.target.setMaxMtu(0, 9000); // only now, because connected() throws away what was sent before
  return ends;
}

test("RFC 8899 §5.2: without a larger maximum nothing is probed", () => {
  const pair = connectedAssociations({ mtu: 20_000 });
  pair.runFor(100_000);
  expect(pair.a.protocol.stats().mtu).toBe(1160);
  const { peer, target } = connected({ maxMtu: 1163 });
  target.setMtu(0, 900);
  expect(probesOf(peer)).toEqual([]);
});

test("RFC 8899 §6.2, RFC 4820: a probe is HEARTBEAT and PAD alone, of exactly the size; its answer raises the MTU at once", () => {
  const { peer, target } = probed();
  const [probe, ...others] = probesOf(peer);
  expect(others).toEqual([]);
  expect(probe?.size).toBe(9000);
  expect(target.stats().mtu).toBe(1160);
  peer.send([{ type: "HEARTBEAT-ACK", parameters: probe!.parameters } as Chunk]);
  expect(target.stats().mtu).toBe(9000);
  expect(target.nextTimer(), "the maximum is reached: nothing more to try").toBeUndefined();
  target.send(0, 1, 53, pattern(20_000, 1));
  const lengths = peer.takeChunks().map((chunk) => (chunk.type === "DATA" ? chunk.userData.length : chunk.type));
  expect(lengths[0]).toBe(9000 - 12 - 16);
});

test("RFC 8899 §6.2.1.3: a HEARTBEAT ACK with other bytes proves nothing", () => {
  const { peer, target } = probed();
  probesOf(peer);
  peer.send([{ type: "HEARTBEAT-ACK", parameters: [{ type: "HEARTBEAT-INFO", bytes: new Uint8Array(8) }] }]);
  peer.send([{ type: "HEARTBEAT-ACK", parameters: [] }]);
  expect(target.stats().mtu).toBe(1160);
  expect(target.stats().refused.unexpected).toBe(2);
});

test("RFC 8899 §5.1.1, §5.1.2: three probes of a size, a second apart, then a smaller one; after ten minutes all again", () => {
  const { peer, target } = connected();
  target.setMaxMtu(0, 1500);
  const timeline: string[] = [];
  for (let at: number | undefined = 0; timeline.length < 14 && at !== undefined; at = target.pollTimeout()) {
    peer.wait(at - peer.now);
    for (const { size } of probesOf(peer)) timeline.push(`${peer.now} ${size}`);
  }
  expect(timeline).toEqual([
    ...["0 1500", "1000 1500", "2000 1500"],
    ...["3000 1328", "4000 1328", "5000 1328"],
    ...["6000 1244", "7000 1244", "8000 1244"],
    ...["609000 1500", "610000 1500", "611000 1500"],
    ...["612000 1328", "613000 1328"],
  ]);
});

test("RFC 8899 §3 6: losing probes shrinks no window and ends no association", () => {
  const { peer, target } = probed({ associationMaxRetransmits: 0 });
  const before = target.stats().congestionWindow;
  peer.wait(60_000);
  expect(probesOf(peer).length).toBeGreaterThan(5);
  expect(target.state).toBe("established");
  expect(target.stats().congestionWindow).toBe(before);
});

test("RFC 8899 §5.2: the largest size is in use a round trip after the association is up, and counts bytes against cwnd as before", () => {
  const pair = searching({ link: { delayMs: 10 } });
  const cwnd = pair.a.protocol.stats().congestionWindow!;
  pair.runFor(25);
  expect(pair.a.protocol.stats().mtu).toBe(MAX);
  expect(pair.a.protocol.stats().congestionWindow).toBe(Math.max(cwnd, MAX - 12));
  expect(pair.b.protocol.stats().mtu, "b was not told to try").toBe(1160);
});

test.each(seeds)("RFC 8899 §5.3: the search comes close to what the path takes, with loss, seed %i", (seed) => {
  const pair = searching({ seed, link: { delayMs: 10, lossRate: 0.1, mtu: 4000 } });
  pair.a.call((a, now) => a.send(now, 1, 53, pattern(250_000, seed)));
  pair.runFor(60_000);
  expect(pair.a.protocol.stats().mtu).toBeGreaterThan(1160);
  expect(pair.a.protocol.stats().mtu).toBeLessThanOrEqual(4000);
  expect(same(pair.b.event("message")?.data, pattern(250_000, seed))).toBe(true);
});

test("RFC 8899 §5.3: without loss it ends within 128 bytes of what the path takes", () => {
  for (const mtu of [1200, 1500, 4000, 9000, 16_380, 20_000]) {
    const pair = searching({ link: { delayMs: 10, mtu } });
    pair.runFor(60_000);
    expect(pair.a.protocol.stats().mtu).toBeGreaterThan(Math.min(mtu, MAX) - 128);
    expect(pair.a.protocol.stats().mtu).toBeLessThanOrEqual(mtu);
  }
});

test("RFC 8899 §4.3: when large packets stop passing, the base size comes back after two timeouts", () => {
  const pair = searching({ link: { delayMs: 10 } });
  pair.runFor(100);
  pair.toB.change({ mtu: 1200 });
  for (let i = 0; i < 10; i++) pair.a.call((a, now) => a.send(now, 1, 53, pattern(2000, i), { unordered: true, maxRetransmits: 1 }));
  pair.runFor(5000);
  expect(pair.a.protocol.stats().mtu).toBe(1160);
  pair.a.call((a, now) => a.send(now, 2, 53, pattern(50_000, 77)));
  pair.runFor(5000);
  const last = pair.b.events.at(-1);
  expect(last?.type === "message" && same(last.data, pattern(50_000, 77))).toBe(true);
});

test("RFC 9260 §6.9: chunks that have a TSN keep their size; on a path whose MTU shrank they go out alone", () => {
  const pair = searching({ link: { delayMs: 10 } });
  pair.runFor(100);
  pair.a.call((a, now) => a.send(now, 1, 53, pattern(100_000, 5)));
  pair.toB.change({ lossRate: 1 });
  pair.runFor(5000);
  expect(pair.a.protocol.stats().mtu, "a black hole, as far as one can see").toBe(1160);
  pair.toB.change({ lossRate: 0 });
  pair.runFor(10_000);
  expect(same(pair.b.event("message")?.data, pattern(100_000, 5))).toBe(true);
  expect(pair.a.protocol.stats().mtu, "and what is acknowledged starts the search again").toBe(MAX);
});

test("RFC 8899 §5.2: an outage teaches nothing about sizes: probes wait until something is acknowledged", () => {
  const pair = searching({ link: { delayMs: 10, outages: [{ from: 22, to: 20_000 }] } });
  pair.a.call((a, now) => a.send(now, 1, 53, pattern(5000, 5)));
  pair.runFor(40_000);
  expect(same(pair.b.event("message")?.data, pattern(5000, 5))).toBe(true);
  expect(pair.a.protocol.stats().mtu).toBe(MAX);
});

test("RFC 8899 §5.1.2: a smaller maximum goes back to the base at once, a larger one searches on", () => {
  const pair = searching();
  pair.runFor(100);
  pair.a.call((a, now) => a.setMaxMtu(now, 1000));
  expect(pair.a.protocol.stats().mtu).toBe(1160);
  pair.runFor(5000);
  expect(pair.a.protocol.stats().mtu).toBe(1160);
  pair.a.call((a, now) => a.setMaxMtu(now, 9000));
  pair.runFor(100);
  expect(pair.a.protocol.stats().mtu).toBe(9000);
  pair.a.call((a, now) => a.setMaxMtu(now, 9000)); // again, as an owner does that does not remember
  expect(pair.a.protocol.stats().mtu).toBe(9000);
  pair.a.call((a, now) => a.setMtu(now, 1300));
  expect(pair.a.protocol.stats().mtu).toBe(1300);
  pair.runFor(100);
  expect(pair.a.protocol.stats().mtu).toBe(9000);
});

test("RFC 8899 §3 1: buffers that hold no probe keep the base size", () => {
  const pair = searching({ mtu: 1500 });
  pair.a.call((a, now) => a.send(now, 1, 53, pattern(100_000, 5)));
  pair.runFor(30_000);
  expect(pair.a.protocol.stats().mtu).toBeLessThanOrEqual(1500);
  expect(same(pair.b.event("message")?.data, pattern(100_000, 5))).toBe(true);
});

test("RFC 9260 §16 Max.Burst: larger packets do not make larger bursts, but for the RFC's four packets", () => {
  const { peer, target } = probed({ maxBurst: 32 });
  peer.send([{ type: "HEARTBEAT-ACK", parameters: probesOf(peer)[0]!.parameters } as Chunk]);
  target.send(0, 1, 53, pattern(250_000, 5));
  const bursts: number[] = [];
  for (let packets = peer.take(); packets.length > 0; packets = peer.take()) {
    bursts.push(packets.length);
    const sent = packets.flatMap(({ chunks }) => chunks.flatMap((chunk) => (chunk.type === "DATA" ? [chunk.tsn] : [])));
    const ack = { cumulativeTsnAck: sent.at(-1)!, advertisedReceiverWindow: 1_000_000, gapAckBlocks: [], duplicateTsns: [] };
    peer.send([{ type: "SACK", ...ack }]);
  }
  expect(Math.max(...bursts)).toBe(4);
});
