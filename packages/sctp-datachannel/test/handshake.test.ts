import { Malformed } from "@purertc/core";
import { type Chunk, parsePacket } from "@purertc/sctp-datachannel/codec";
import { tap } from "@purertc/simulator";
import { expect, test } from "vitest";
import { connected, listening, RawPeer } from "./raw-peer.ts";
import { association, associationPair, connectedAssociations, PORTS, startedChannels } from "./two-ends.ts";

const types = (chunks: readonly Chunk[]) => chunks.map((chunk) => chunk.type);

function chunksOf(datagram: Uint8Array): string {
  const packet = parsePacket(datagram, "accept-zero");
  return packet instanceof Malformed ? packet.reason : types(packet.chunks).join("+");
}

test("RFC 9260 §5.1: four packets make an association", () => {
  const pair = associationPair({ link: { delayMs: 10 } });
  const seen: string[] = [];
  pair.intercept((direction, datagram) => {
    seen.push(`${direction} ${chunksOf(datagram)}`);
    return [datagram];
  });
  pair.run(() => pair.a.protocol.state === "established");
  // The INIT was sent before the interceptor was there.
  expect(seen).toEqual(["toA INIT-ACK", "toB COOKIE-ECHO", "toA COOKIE-ACK"]);
  expect(pair.a.event("connected")).toMatchObject({ interleaving: true, partialReliability: true, streamReset: true });
});

test("RFC 9260 §5.2.1: INITs that collide make one association, without a retransmission, within two round trips", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const pair = startedChannels({ seed, link: { delayMs: 50, jitterMs: seed } });
    pair.run(() => pair.a.protocol.state === "connected" && pair.b.protocol.state === "connected");
    expect(pair.now).toBeLessThan(280);
    pair.a.call((a, now) => a.open(now, { label: "x", protocol: "", ordered: true, negotiated: false, priority: "low" }));
    pair.run(() => pair.b.event("channel-announced") !== undefined);
    pair.runFor(100);
    expect(pair.a.protocol.stats().association.retransmittedChunks + pair.b.protocol.stats().association.retransmittedChunks).toBe(0);
  }
});

test("RFC 9260 §5.1.6, §8.2: INIT is sent again 9 times with doubled timeouts, then the association fails", () => {
  const target = association("a", { rtoInitialMs: 500, rtoMaxMs: 4000 });
  target.connect(0, PORTS);
  const peer = new RawPeer(target);
  const times: number[] = [];
  for (let ms = 0; ms < 60_000; ms += 500) {
    if (peer.takeChunks().length > 0) times.push(peer.now);
    peer.wait(500);
  }
  expect(times).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500]);
  expect(peer.events).toEqual([{ type: "closed", cause: "init-failed" }]);
  expect(target.pollTimeout()).toBeUndefined();
});

test("RFC 9260 §5.1.6: a lost COOKIE ECHO or COOKIE ACK is made good", () => {
  for (const lost of ["COOKIE-ECHO", "COOKIE-ACK"]) {
    const pair = associationPair();
    let dropped = 0;
    const drop = (datagram: Uint8Array) => (chunksOf(datagram).startsWith(lost) && dropped++ === 0 ? false : undefined);
    tap(pair, { toA: drop as never, toB: drop as never });
    pair.run(() => pair.a.protocol.state === "established" && pair.b.protocol.state === "established");
    expect(dropped).toBeGreaterThan(0);
  }
});

test("RFC 9260 §5.2.4 D: a COOKIE ECHO that comes again is answered again", () => {
  const { peer, target } = listening();
  peer.send([peer.init("INIT")], { verificationTag: 0 });
  const ack = peer.takeChunks()[0];
  if (ack?.type !== "INIT-ACK") throw new Error("no INIT ACK");
  const cookie = ack.parameters.flatMap((parameter) => (parameter.type === "STATE-COOKIE" ? [parameter.bytes] : []))[0]!;
  for (let i = 0; i < 2; i++) {
    peer.send([{ type: "COOKIE-ECHO", cookie }]);
    expect(types(peer.takeChunks())).toEqual(["COOKIE-ACK"]);
  }
  // Even when it is stale by now: both tags are those of the association.
  peer.wait(100_000);
  peer.take();
  peer.send([{ type: "COOKIE-ECHO", cookie }]);
  expect(types(peer.takeChunks())).toEqual(["COOKIE-ACK"]);
  expect(target.state).toBe("established");
});

test("RFC 9260 §5.1: DATA after COOKIE ECHO in the same packet is taken in", () => {
  const { peer } = listening();
  peer.send([peer.init("INIT")], { verificationTag: 0 });
  const ack = peer.takeChunks()[0];
  if (ack?.type !== "INIT-ACK") throw new Error("no INIT ACK");
  const cookie = ack.parameters.flatMap((parameter) => (parameter.type === "STATE-COOKIE" ? [parameter.bytes] : []))[0]!;
  peer.send([{ type: "COOKIE-ECHO", cookie }, peer.data()]);
  expect(peer.events.map((event) => event.type)).toEqual(["connected", "message"]);
});

test("RFC 9260 §5.2.4 A: a peer that lost its state begins anew; the association restarts with new tags", () => {
  const { peer, target } = connected();
  target.send(0, 1, 53, new Uint8Array(10));
  peer.take();
  const again = new RawPeer(target);
  Object.assign(again, { tag: 0x11112222, tsn: 5000 });
  again.connect();
  expect(again.events.map((event) => event.type)).toEqual(["restarted"]);
  expect(types(again.takeChunks())).toEqual(["COOKIE-ACK"]);
  again.send([again.data()]);
  expect(again.events.at(-1)).toMatchObject({ type: "message" });
  peer.send([peer.data()]); // the old tag is dead
  expect(target.stats().refused.wrongTag).toBe(1);
  target.send(0, 1, 53, new Uint8Array(10));
  expect(again.takeChunks().find((chunk) => chunk.type === "DATA")).toMatchObject({ streamSequenceNumber: 0 });
});

test("RFC 9260 §5.2.2: an INIT while established is answered under new tags and changes nothing by itself", () => {
  const { peer, target } = connected();
  const before = peer.targetTag;
  peer.send([{ ...peer.init("INIT"), initiateTag: 99 }], { verificationTag: 0 });
  expect(peer.targetTag).not.toBe(before);
  peer.targetTag = before;
  peer.send([peer.data()]);
  expect(peer.events.at(-1)).toMatchObject({ type: "message" });
  expect(target.state).toBe("established");
});

test("RFC 9260 §5.2.6: after a Stale Cookie error INIT asks for a longer life", () => {
  const target = association("a", { heartbeatIntervalMs: 0 });
  target.connect(0, PORTS);
  const peer = new RawPeer(target);
  peer.take();
  peer.send([peer.init("INIT-ACK", [{ type: "STATE-COOKIE", bytes: new Uint8Array(20) }])]);
  expect(types(peer.takeChunks())).toEqual(["COOKIE-ECHO"]);
  peer.send([{ type: "ERROR", causes: [{ type: "STALE-COOKIE", value: 2_000_000 }] }]);
  const [init] = peer.takeChunks();
  if (init?.type !== "INIT") throw new Error("no INIT");
  const asked = init.parameters.flatMap((parameter) => (parameter.type === "COOKIE-PRESERVATIVE" ? [parameter.value] : []));
  expect(asked[0]).toBeGreaterThan(2000);
});

test("RFC 9260 §5.1, §3.3.3: INIT ACK without a cookie is answered with ABORT", () => {
  const target = association("a");
  target.connect(0, PORTS);
  const peer = new RawPeer(target);
  peer.take();
  peer.send([peer.init("INIT-ACK", [])]);
  const [abort] = peer.takeChunks();
  expect(abort).toMatchObject({ type: "ABORT", causes: [{ type: "MISSING-MANDATORY-PARAMETER", parameterTypes: [7] }] });
  expect(peer.events).toEqual([{ type: "closed", cause: "init-failed" }]);
});

test("RFC 9653 §5: checksums are left out only when both sides offer it, and never on INIT and COOKIE ECHO", () => {
  for (const both of [true, false]) {
    const pair = associationPair({ a: { zeroChecksum: true }, b: { zeroChecksum: both } });
    const zero: string[] = [];
    const full: string[] = [];
    pair.intercept((_, datagram) => {
      (datagram.subarray(8, 12).every((byte) => byte === 0) ? zero : full).push(chunksOf(datagram));
      return [datagram];
    });
    pair.run(() => pair.a.protocol.state === "established" && pair.b.protocol.state === "established");
    pair.a.call((a, now) => a.send(now, 0, 53, new Uint8Array(5000)));
    pair.run(() => pair.b.event("message") !== undefined);
    expect(zero.length > 0).toBe(both);
    expect(zero.some((chunks) => chunks.includes("INIT") || chunks.includes("COOKIE-ECHO"))).toBe(false);
  }
});

test("RFC 8260 §2.2.1: interleaving only when both sides have it", () => {
  const pair = connectedAssociations({ b: { interleaving: false } });
  expect(pair.a.event("connected")).toMatchObject({ interleaving: false });
  expect(pair.b.event("connected")).toMatchObject({ interleaving: false });
});
