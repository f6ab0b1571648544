import type { SctpEvent } from "@purertc/sctp-datachannel";
import type { Chunk } from "@purertc/sctp-datachannel/codec";
import { simulationSeeds } from "@purertc/simulator";
import { expect, test } from "vitest";
import { connected, type RawPeer } from "./raw-peer.ts";
import { association, connectedAssociations, PORTS, pattern } from "./two-ends.ts";

const types = (chunks: readonly Chunk[]) => chunks.map((chunk) => chunk.type);
const seeds = simulationSeeds(process.env.SIMULATION_SEED, [1, 2, 3, 4]);

function sack(peer: RawPeer<SctpEvent>, count: number, window = 1_000_000, gaps: readonly { start: number; end: number }[] = []): Chunk {
  return {
    type: "SACK",
    cumulativeTsnAck: (peer.targetTsn - 1 + count) >>> 0,
    advertisedReceiverWindow: window,
    gapAckBlocks: gaps,
    duplicateTsns: [],
  };
}

function dataOf(chunks: readonly Chunk[]): number[] {
  return chunks.flatMap((chunk) => (chunk.type === "DATA" ? [chunk.tsn] : []));
}

test("RFC 9260 §9.2: shutdown delivers what is queued, and ends both sides", () => {
  const pair = connectedAssociations({ link: { delayMs: 20, lossRate: 0.1 } });
  pair.a.call((a, now) => {
    a.send(now, 1, 53, pattern(200_000, 1));
    a.shutdown(now);
    expect(() => a.send(now, 1, 53, new Uint8Array(1))).toThrow(expect.objectContaining({ code: "SCTP_SHUTTING_DOWN" }));
  });
  pair.settle();
  expect(pair.b.event("message")?.data).toEqual(pattern(200_000, 1));
  expect(pair.a.event("closed")).toEqual({ type: "closed", cause: "local" });
  expect(pair.b.event("closed")).toEqual({ type: "closed", cause: "peer-shutdown" });
});

test.each(seeds)("RFC 9260 §9.2: both sides shut down at once, under loss, seed %i", (seed) => {
  const pair = connectedAssociations({ seed, link: { delayMs: 20, lossRate: 0.2 } });
  for (const side of ["a", "b"] as const) pair[side].call((end, now) => end.send(now, 1, 53, pattern(5000, 1)));
  for (const side of ["a", "b"] as const) pair[side].call((end, now) => end.shutdown(now));
  pair.settle();
  for (const side of ["a", "b"] as const) expect(pair[side].events.at(-1)?.type).toBe("closed");
});

test("RFC 9260 §9.2: DATA in SHUTDOWN-SENT is answered with SACK and SHUTDOWN together", () => {
  const { peer, target } = connected();
  target.shutdown(0);
  expect(types(peer.takeChunks())).toEqual(["SHUTDOWN"]);
  peer.send([peer.data()]);
  expect(types(peer.takeChunks()).sort()).toEqual(["SACK", "SHUTDOWN"]);
  peer.send([{ type: "SHUTDOWN-ACK" }]);
  expect(types(peer.takeChunks())).toEqual(["SHUTDOWN-COMPLETE"]);
  expect(peer.events.at(-1)).toEqual({ type: "closed", cause: "local" });
});

test("RFC 9260 §9.2: T2-shutdown repeats, T5 ends it", () => {
  const { peer, target } = connected({ rtoMaxMs: 1000, associationMaxRetransmits: 100 });
  target.shutdown(0);
  let count = 0;
  for (let i = 0; i < 100 && target.state !== "closed"; i++) {
    count += peer.takeChunks().filter((chunk) => chunk.type === "SHUTDOWN").length;
    peer.wait(100);
  }
  expect(count).toBeGreaterThan(3);
  expect(types(peer.takeChunks())).toContain("ABORT");
  expect(peer.now).toBeLessThanOrEqual(5100);
});

test("RFC 9260 §9.1: abort tells the peer why, as the last packet", () => {
  const pair = connectedAssociations();
  pair.a.call((a, now) => a.abort(now, "enough"));
  pair.settle();
  expect(pair.a.events.at(-1)).toEqual({ type: "closed", cause: "local", sctpCauseCode: 12 });
  expect(pair.b.events.at(-1)).toEqual({ type: "closed", cause: "peer-abort", sctpCauseCode: 12 });
});

test("RFC 9260 §6.3.3, §8.1: T3-rtx doubles, and after Association.Max.Retrans the association ends", () => {
  const { peer, target } = connected({ rtoInitialMs: 200, rtoMinMs: 200, rtoMaxMs: 800, associationMaxRetransmits: 4 });
  target.send(0, 1, 53, new Uint8Array(100));
  const times: number[] = [];
  for (let ms = 0; ms <= 5000; ms += 50) {
    if (dataOf(peer.takeChunks()).length > 0) times.push(peer.now);
    peer.wait(50);
  }
  expect(times).toEqual([0, 200, 600, 1400, 2200]);
  expect(peer.events.at(-1)).toEqual({ type: "closed", cause: "too-many-retransmissions" });
});

test("RFC 9260 §7.2.4: three reports of a gap bring the chunk back before T3-rtx, and halve the window once", () => {
  const { peer, target } = connected();
  for (let i = 0; i < 8; i++) target.send(0, 1, 53, new Uint8Array(1000));
  expect(dataOf(peer.takeChunks()).length).toBe(8);
  const before = target.stats().congestionWindow!;
  for (const end of [2, 3]) peer.send([sack(peer, 0, 1e6, [{ start: 2, end }])]);
  expect(dataOf(peer.takeChunks())).toEqual([]);
  peer.send([sack(peer, 0, 1e6, [{ start: 2, end: 4 }])]);
  expect(dataOf(peer.takeChunks())).toEqual([peer.targetTsn]);
  expect(target.stats().congestionWindow).toBe(Math.max(Math.floor(before / 2), 4 * 1148));
  peer.send([sack(peer, 0, 1e6, [{ start: 2, end: 5 }])]);
  expect(target.stats().retransmittedChunks).toBe(1);
});

test("RFC 9260 §7.2.4: a retransmission that is lost too is found by what was sent after it", () => {
  const { peer, target } = connected();
  for (let i = 0; i < 20; i++) target.send(0, 1, 53, new Uint8Array(1000));
  const first = dataOf(peer.takeChunks()).length;
  for (let end = 2; end <= 4; end++) peer.send([sack(peer, 0, 1e6, [{ start: 2, end }])]);
  for (let end = 5; end <= first; end++) peer.send([sack(peer, 0, 1e6, [{ start: 2, end }])]);
  expect(target.stats().retransmittedChunks).toBe(1);
  const sent = dataOf(peer.takeChunks()).length - 1;
  expect(sent).toBeGreaterThan(2);
  // Two more chunks went out before the first retransmission: only those after them count.
  for (let end = first + 1; end <= first + 4; end++) peer.send([sack(peer, 0, 1e6, [{ start: 2, end }])]);
  expect(target.stats().retransmittedChunks).toBe(1);
  peer.send([sack(peer, 0, 1e6, [{ start: 2, end: first + 5 }])]);
  expect(target.stats().retransmittedChunks).toBe(2);
});

test("RFC 9260 §6.2.1 D iii: data that a gap ack block covered and no longer covers is sent again", () => {
  const { peer, target } = connected();
  for (let i = 0; i < 3; i++) target.send(0, 1, 53, new Uint8Array(1000));
  peer.take();
  peer.send([sack(peer, 0, 1e6, [{ start: 2, end: 3 }])]);
  expect(target.stats().unacknowledged).toBe(1000);
  peer.send([sack(peer, 1)]); // reneged
  expect(target.stats().unacknowledged).toBe(2000);
  peer.wait(2000);
  expect(dataOf(peer.takeChunks())).toContain((peer.targetTsn + 1) >>> 0);
});

test("RFC 9260 §6.1 A: a closed window is probed with one chunk an RTO, and never ends the association while SACKs come", () => {
  const { peer, target } = connected({ rtoInitialMs: 200, rtoMinMs: 200, rtoMaxMs: 400, associationMaxRetransmits: 3 });
  for (let i = 0; i < 5; i++) target.send(0, 1, 53, new Uint8Array(1000));
  peer.take();
  peer.send([sack(peer, 5, 0)]);
  for (let i = 0; i < 5; i++) target.send(0, 1, 53, new Uint8Array(1000));
  expect(dataOf(peer.takeChunks())).toEqual([]);
  let probes = 0;
  for (let i = 0; i < 20; i++) {
    peer.wait(400);
    const sent = dataOf(peer.takeChunks());
    probes += sent.length;
    expect(sent.length).toBeLessThanOrEqual(2);
    peer.send([sack(peer, 5, 0)]);
  }
  expect(probes).toBeGreaterThan(10);
  expect(target.state).toBe("established");
  peer.send([sack(peer, 6, 1e6)]);
  expect(dataOf(peer.takeChunks()).length).toBeGreaterThan(0);
});

test("RFC 9260 §6.1: no more is sent than the peer's window holds", () => {
  const { peer, target } = connected();
  peer.take();
  target.send(0, 1, 53, new Uint8Array(500));
  peer.take();
  peer.send([sack(peer, 1, 3000)]);
  for (let i = 0; i < 10; i++) target.send(0, 1, 53, new Uint8Array(1000));
  expect(dataOf(peer.takeChunks()).length).toBe(3);
});

test("RFC 9260 §6.2: one packet is acknowledged after the delay, two at once; the I bit at once (RFC 7053)", () => {
  const { peer } = connected({ sackDelayMs: 50 });
  peer.send([peer.data()]);
  expect(peer.takeChunks()).toEqual([]);
  peer.wait(49);
  expect(peer.takeChunks()).toEqual([]);
  peer.wait(1);
  expect(types(peer.takeChunks())).toEqual(["SACK"]);
  peer.send([peer.data()]);
  peer.send([peer.data()]);
  expect(types(peer.takeChunks())).toEqual(["SACK"]);
  peer.send([peer.data({ immediate: true })]);
  expect(types(peer.takeChunks())).toEqual(["SACK"]);
});

test("RFC 9260 §6.10: small messages share packets, and a SACK travels with data", () => {
  const { peer, target } = connected();
  for (let i = 0; i < 50; i++) target.send(0, 1, 53, new Uint8Array(10));
  const packets = peer.take();
  expect(packets.length).toBe(2);
  peer.send([sack(peer, 50)]);
  peer.send([peer.data()]);
  target.send(0, 1, 53, new Uint8Array(10));
  expect(peer.take().map((packet) => types(packet.chunks))).toEqual([["SACK", "DATA"]]);
});

test("RFC 9260 §6.9: a large message is cut into packets that are full", () => {
  const { peer, target } = connected({ mtu: 1188 });
  target.send(0, 1, 53, new Uint8Array(3000));
  const lengths = peer.takeChunks().flatMap((chunk) => (chunk.type === "DATA" ? [chunk.userData.length] : []));
  expect(lengths).toEqual([1160, 1160, 680]);
});

test("RFC 9260 §8.3: an idle path is probed; answers keep it up, silence ends it", () => {
  const { peer, target } = connected({ heartbeatIntervalMs: 1000, associationMaxRetransmits: 2, rtoMaxMs: 1000 });
  peer.wait(2000);
  const beat = peer.takeChunks().find((chunk) => chunk.type === "HEARTBEAT");
  if (beat?.type !== "HEARTBEAT") throw new Error("no HEARTBEAT");
  peer.send([{ type: "HEARTBEAT-ACK", parameters: beat.parameters }]);
  peer.wait(30_000);
  expect(target.state).toBe("closed");
  expect(peer.events.at(-1)).toEqual({ type: "closed", cause: "too-many-retransmissions" });
});

test("RFC 9260 §8.3: a HEARTBEAT comes back as it went", () => {
  const { peer } = connected();
  const parameters = [{ type: "HEARTBEAT-INFO", bytes: pattern(33, 1) }] as const;
  peer.send([{ type: "HEARTBEAT", parameters }]);
  expect(peer.takeChunks()).toEqual([{ type: "HEARTBEAT-ACK", parameters }]);
});

test("RFC 3758 §3.5: limit 0 gives a lost message up at once, whole, also what was not sent yet", () => {
  const { peer, target } = connected({ initialWindowPackets: 3 });
  target.send(0, 1, 53, new Uint8Array(20_000), { maxRetransmits: 0 });
  target.send(0, 1, 53, new Uint8Array(10));
  const sent = dataOf(peer.takeChunks()).length;
  expect(sent).toBe(3);
  peer.wait(1000);
  const chunks = peer.takeChunks();
  const forward = chunks.find((chunk) => chunk.type === "FORWARD-TSN");
  // Three fragments and a TSN for the end that was never sent.
  expect(forward).toMatchObject({ newCumulativeTsn: (peer.targetTsn + 3) >>> 0, streams: [{ streamId: 1, streamSequenceNumber: 0 }] });
  expect(chunks.filter((chunk) => chunk.type === "DATA")).toEqual([
    expect.objectContaining({ streamSequenceNumber: 1, beginning: true, ending: true }),
  ]);
  expect(target.stats().abandonedMessages).toBe(1);
});

test("RFC 3758 §3.5 A: a message whose time ended before it was sent takes no TSN and no SSN", () => {
  const { peer, target } = connected();
  peer.take();
  target.send(0, 1, 53, new Uint8Array(500));
  peer.take();
  peer.send([sack(peer, 0, 0)]);
  target.send(0, 1, 53, new Uint8Array(100), { lifetimeMs: 50 });
  target.send(0, 1, 53, new Uint8Array(200));
  peer.wait(100);
  peer.send([sack(peer, 1, 1e6)]);
  expect(peer.takeChunks().filter((chunk) => chunk.type === "DATA")).toEqual([
    expect.objectContaining({ tsn: (peer.targetTsn + 1) >>> 0, streamSequenceNumber: 1, userData: new Uint8Array(200) }),
  ]);
});

test.each(seeds)(
  "RFC 3758: partly reliable messages under loss: none twice, ordered ones in order, all later ones arrive, seed %i",
  (seed) => {
    for (const interleaving of [true, false]) {
      for (const unordered of [true, false]) {
        const pair = connectedAssociations({ seed, link: { delayMs: 20, lossRate: 0.2, reorderRate: 0.1 }, a: { interleaving } });
        for (let i = 0; i < 100; i++) {
          const data = pattern(i % 3 === 0 ? 5000 : 50, i);
          data[0] = i;
          const options = i % 2 === 0 ? { maxRetransmits: i % 3 } : { lifetimeMs: 60 };
          pair.at(pair.now + 5 * i, () => pair.a.call((a, now) => a.send(now, 1 + (i % 2), 53, data, { unordered, ...options })));
        }
        pair.at(pair.now + 600, () => pair.a.call((a, now) => a.send(now, 1, 53, Uint8Array.of(200))));
        pair.run(() => pair.b.events.some((event) => event.type === "message" && event.data[0] === 200));
        pair.runFor(20_000);
        for (const streamId of [1, 2]) {
          const got = pair.b.events.flatMap((event) => (event.type === "message" && event.streamId === streamId ? [event.data[0]!] : []));
          expect(new Set(got).size).toBe(got.length);
          if (!unordered) expect(got).toEqual([...got].sort((x, y) => x - y));
        }
        const stats = pair.a.protocol.stats();
        expect([stats.unacknowledged, stats.buffered]).toEqual([0, 0]);
        expect(stats.abandonedMessages).toBeGreaterThan(0);
        expect(pair.b.protocol.state).toBe("established");
      }
    }
  },
);

test.each(seeds)(
  "RFC 6525 §5: streams are reset after their data, under loss; both sides at once; ids start again at 0, seed %i",
  (seed) => {
    const pair = connectedAssociations({ seed, link: { delayMs: 20, lossRate: 0.2 } });
    for (let round = 0; round < 3; round++) {
      const count = (side: "a" | "b") => pair[side].events.filter((event) => event.type === "outgoing-streams-reset").length;
      for (const side of ["a", "b"] as const) {
        pair[side].call((end, now) => {
          end.send(now, 7, 53, pattern(3000, round));
          end.resetStreams(now, [7]);
          expect(() => end.send(now, 7, 53, new Uint8Array(1))).toThrow(expect.objectContaining({ code: "SCTP_STREAM_RESETTING" }));
        });
      }
      pair.run(() => count("a") === round + 1 && count("b") === round + 1);
      pair.runFor(5000);
    }
    for (const side of ["a", "b"] as const) {
      const told = pair[side].events.filter((event) => event.type !== "buffered-amount" && event.type !== "connected");
      expect(told.filter((event) => event.type === "message").length).toBe(3);
      expect(told.filter((event) => event.type === "incoming-streams-reset").length).toBe(3);
      expect(told.filter((event) => event.type === "outgoing-streams-reset" && event.performed).length).toBe(3);
    }
  },
);

test("RFC 6525 §5.2.2 E1: a reset waits for data that is missing, says so, and is carried out when it came", () => {
  const { peer } = connected();
  const late = peer.data({ streamId: 3, unordered: false });
  const request: Chunk = {
    type: "RE-CONFIG",
    parameters: [
      { type: "OUTGOING-SSN-RESET-REQUEST", requestSequenceNumber: 1000, responseSequenceNumber: 0, lastAssignedTsn: 1000, streams: [3] },
    ],
  };
  peer.send([request]);
  expect(peer.takeChunks()).toContainEqual({
    type: "RE-CONFIG",
    parameters: [{ type: "RE-CONFIGURATION-RESPONSE", responseSequenceNumber: 1000, result: 6 }],
  });
  const after = peer.data({ streamId: 3, unordered: false });
  peer.send([after]); // belongs to the time after the reset: not taken in yet
  peer.send([late]);
  expect(peer.events.map((event) => event.type)).toEqual(["message", "incoming-streams-reset"]);
  expect(peer.takeChunks()).toContainEqual({
    type: "RE-CONFIG",
    parameters: [{ type: "RE-CONFIGURATION-RESPONSE", responseSequenceNumber: 1000, result: 1 }],
  });
  peer.send([after]);
  expect(peer.events.at(-1)).toMatchObject({ type: "message", streamId: 3 });
});

test("RFC 6525 §5.2.3: an incoming reset request is answered by our own outgoing one", () => {
  const { peer, target } = connected();
  target.send(0, 3, 53, new Uint8Array(10));
  peer.take();
  peer.send([{ type: "RE-CONFIG", parameters: [{ type: "INCOMING-SSN-RESET-REQUEST", requestSequenceNumber: 1000, streams: [3] }] }]);
  const request = peer.takeChunks().find((chunk) => chunk.type === "RE-CONFIG");
  expect(request).toMatchObject({ parameters: [{ type: "OUTGOING-SSN-RESET-REQUEST", responseSequenceNumber: 1000, streams: [3] }] });
});

test("RFC 6525 §5.2.5, §5.2.6: requests for more streams or new TSNs are denied", () => {
  const { peer } = connected();
  const parameters = [
    { type: "ADD-OUTGOING-STREAMS-REQUEST", requestSequenceNumber: 1000, newStreams: 5 },
    { type: "SSN-TSN-RESET-REQUEST", requestSequenceNumber: 1001 },
  ] as const;
  peer.send([{ type: "RE-CONFIG", parameters }]);
  expect(peer.takeChunks()).toEqual([
    {
      type: "RE-CONFIG",
      parameters: [1000, 1001].map((responseSequenceNumber) => ({ type: "RE-CONFIGURATION-RESPONSE", responseSequenceNumber, result: 2 })),
    },
  ]);
});

test("RFC 8260 §2.2.2: with I-DATA a short message does not wait for a long one, with DATA it does", () => {
  for (const interleaving of [true, false]) {
    const pair = connectedAssociations({ link: { delayMs: 20 }, a: { interleaving } });
    pair.a.call((a, now) => a.send(now, 1, 53, new Uint8Array(200_000)));
    pair.runFor(5);
    pair.a.call((a, now) => a.send(now, 2, 53, new Uint8Array(10)));
    pair.run(() => pair.b.events.filter((event) => event.type === "message").length === 2);
    const sizes = pair.b.events.flatMap((event) => (event.type === "message" ? [event.data.length] : []));
    expect(sizes).toEqual(interleaving ? [10, 200_000] : [200_000, 10]);
  }
});

test("the send buffer is bounded; arguments and states are checked", () => {
  const end = association("x", { sendBuffer: 1000 });
  const code = (expected: string) => expect.objectContaining({ code: expected });
  expect(() => end.resetStreams(0, [1])).toThrow(code("SCTP_NO_STREAM_RESET"));
  end.send(0, 1, 53, new Uint8Array(900));
  expect(() => end.send(0, 1, 53, new Uint8Array(101))).toThrow(code("SCTP_SEND_BUFFER_FULL"));
  expect(() => end.send(0, 1, 53, new Uint8Array(0))).toThrow(code("SCTP_EMPTY_MESSAGE"));
  expect(() => end.send(0, 65_535, 53, new Uint8Array(1))).toThrow(code("SCTP_OPTION_RANGE"));
  end.connect(0, PORTS);
  expect(() => end.connect(0, PORTS)).toThrow(code("SCTP_NOT_NEW"));
  end.abort(0);
  expect(() => end.send(0, 1, 53, new Uint8Array(1))).toThrow(code("SCTP_CLOSED"));
  expect(() => association("y", { mtu: 100 })).toThrow(code("SCTP_OPTION_RANGE"));
});
