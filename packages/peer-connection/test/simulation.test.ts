import type { Observer } from "@purertc/core";
import { nobleCrypto } from "@purertc/crypto/noble";
import { simulationSeeds } from "@purertc/simulator";
import { expect, test } from "vitest";
import { apply, Peers } from "./engine-peers.ts";

const seeds = simulationSeeds(process.env.SIMULATION_SEED, [1, 2]);

const texts = (count: number, prefix: string) => Array.from({ length: count }, (_, i) => `${prefix} ${i}`);

test("RFC 8831 §6: two peers open a channel and speak both ways", () => {
  const peers = new Peers();
  peers.start();
  peers.runUntilOpen();
  expect(peers.network.now).toBeLessThan(150); // signalling 20 ms, then checks, handshake and association at 10 ms a way
  peers.send(peers.offerer, "hello");
  peers.send(peers.answerer, "world");
  peers.network.run(() => peers.offerer.received.length === 1 && peers.answerer.received.length === 1);
  expect(peers.answerer.received).toEqual(["hello"]);
  expect(peers.offerer.received).toEqual(["world"]);
  expect(peers.offerer.engine.connectionState).toBe("connected");
  expect(peers.answerer.engine.connectionState).toBe("connected");
});

const weathers = [
  { name: "1 ms", link: { delayMs: 0.5 } },
  { name: "500 ms", link: { delayMs: 250 } },
  { name: "10 % loss", link: { delayMs: 10, lossRate: 0.05 } },
  { name: "30 % loss", link: { delayMs: 10, lossRate: 0.16 } },
  { name: "reordering", link: { delayMs: 10, jitterMs: 5, reorderRate: 0.2 } },
  { name: "duplication", link: { delayMs: 10, duplicateRate: 0.3 } },
  { name: "all of it", link: { delayMs: 40, jitterMs: 20, lossRate: 0.05, reorderRate: 0.1, duplicateRate: 0.1 } },
];

for (const seed of seeds) {
  test.each(weathers)(`RFC 8831 §6.6: every reliable message arrives once and in order; $name, seed ${seed}`, ({ link }) => {
    const peers = new Peers({ seed, link });
    peers.start();
    peers.runUntilOpen();
    const there = texts(60, "there");
    const back = texts(60, "back");
    for (const text of there) peers.send(peers.offerer, text.padEnd(400, "."));
    for (const text of back) peers.send(peers.answerer, text);
    peers.network.run(() => peers.offerer.received.length >= 60 && peers.answerer.received.length >= 60);
    peers.network.runFor(5_000);
    expect(peers.answerer.received.map((text) => text.replace(/\.+$/, ""))).toEqual(there);
    expect(peers.offerer.received).toEqual(back);
  });
}

test("RFC 7675 §5.1, RFC 9260 §6.3: an outage of 20 seconds passes, and nothing is lost or told twice", () => {
  const peers = new Peers({ link: { delayMs: 20 } });
  peers.start();
  peers.runUntilOpen();
  const from = peers.network.now + 500;
  for (const { node } of [peers.offerer, peers.answerer]) {
    for (const each of node.interfaces) each.up.change({ outages: [{ from, to: from + 20_000 }] });
  }
  const there = texts(200, "there");
  for (const [i, text] of there.entries()) peers.network.at(peers.network.now + i * 150, () => peers.send(peers.offerer, text));
  peers.network.runFor(60_000);
  expect(peers.answerer.received).toEqual(there);
  const states = peers.offerer.node.events.flatMap((event) =>
    event.type === "ice-change" && event.state !== undefined ? [event.state] : [],
  );
  expect(states).toContain("disconnected");
  expect(states.at(-1)).toMatch(/^(connected|completed)$/);
});

test("webrtc-pc §5.6.4: data that ends a silence is told of at once, also when a restart has come in between", () => {
  const peers = new Peers();
  peers.start();
  peers.runUntilOpen();
  peers.network.runFor(1_000);
  peers.network.intercept((packet) => (packet.payload[0]! < 4 ? [] : [packet])); // no checks; data passes
  const { node, engine } = peers.offerer;
  peers.network.run(() => engine.iceConnectionState === "disconnected");
  peers.describe(peers.offerer, "offer", true); // it stays here
  expect(engine.iceConnectionState).toBe("checking");
  peers.send(peers.answerer, "back");
  peers.network.run(() => peers.offerer.received.length === 1);
  const told = node.timeline.slice(-2).map(({ at, event }) => [at, event.type === "ice-change" ? event.state : event.type]);
  expect(new Set(told.map(([at]) => at))).toEqual(new Set([peers.network.now]));
  expect(told.map(([, what]) => what)).toContain("connected");
});

test("RFC 8445 §9: after an ICE restart both sides use the new credentials, and not a message is lost on the way", () => {
  const peers = new Peers({ link: { delayMs: 20 } });
  peers.start();
  peers.runUntilOpen();
  const fragments = () => [peers.offerer, peers.answerer].map(({ engine }) => engine.transports[0]!.ice.localCredentials!.usernameFragment);
  const before = fragments();
  const there = texts(100, "there");
  for (const [i, text] of there.entries()) peers.network.at(peers.network.now + i * 10, () => peers.send(peers.offerer, text));
  peers.network.runFor(200);
  peers.offerer.node.call((engine, now) => engine.restartIce(now));
  peers.negotiate(peers.offerer, peers.answerer);
  peers.network.runFor(60_000); // consent with the old credentials would have run out
  for (const [i, fragment] of fragments().entries()) expect(fragment).not.toBe(before[i]);
  expect(peers.answerer.received).toEqual(there);
  for (const { engine } of [peers.offerer, peers.answerer]) expect(engine.iceConnectionState).toMatch(/^(connected|completed)$/);
});

test("RFC 9429 §5.7: an ICE restart that is rolled back leaves the connection as it was", () => {
  let signalled = true;
  const peers = new Peers({ onCandidate: (line) => (signalled ? line : undefined) });
  peers.start();
  peers.runUntilOpen();
  const { ice } = peers.offerer.engine.transports[0]!;
  const before = ice.localCredentials;
  signalled = false; // the peer never hears of it
  peers.describe(peers.offerer, "offer", true);
  expect(ice.localCredentials).not.toEqual(before);
  peers.network.runFor(100);
  apply(peers.offerer, "local", "rollback", "");
  expect(ice.localCredentials).toEqual(before);
  peers.network.runFor(60_000);
  peers.send(peers.offerer, "there");
  peers.send(peers.answerer, "back");
  peers.network.runFor(1_000);
  expect([peers.answerer.received, peers.offerer.received]).toEqual([["there"], ["back"]]);
  expect(peers.offerer.engine.connectionState).toBe("connected");
});

test("Protocol, law 3: the same seed gives the same bytes, another seed others", () => {
  const hash = (seed: number): string => {
    // node:crypto draws keys and signatures from the system; the other provider takes all its randomness from us.
    const peers = new Peers({ seed, engine: { crypto: nobleCrypto }, link: { delayMs: 10, lossRate: 0.05, reorderRate: 0.1 } });
    peers.start();
    peers.runUntilOpen();
    for (const text of texts(20, "x")) peers.send(peers.offerer, text);
    peers.network.runFor(3_000);
    return peers.network.trace.hash;
  };
  expect(hash(5)).toBe(hash(5));
  expect(hash(5)).not.toBe(hash(6));
});

test("RFC 8831 §6.7: an abort by one side ends the channels of the other with a user-initiated abort, and DTLS says close_notify", () => {
  const peers = new Peers();
  peers.start();
  peers.runUntilOpen();
  peers.offerer.node.call((engine, now) => engine.close(now));
  peers.network.runFor(1_000);
  expect(peers.offerer.node.events.at(-1)).toEqual({ type: "closed" });
  const seen = peers.answerer.node.events.filter(
    ({ type }) => type === "channel-closed" || type === "sctp-closed" || type === "dtls-state",
  );
  expect(seen.slice(-3)).toMatchObject([
    { type: "channel-closed", error: { sctpCauseCode: 12 } },
    { type: "sctp-closed", cause: "peer-abort" },
    { type: "dtls-state", state: "closed" },
  ]);
});

// A browser tab that was reloaded sent its ABORT while its last answer was still on the signalling path. Applying that answer gave the channels of the
// ended association their ids, which throws, in a task of the host: one tab could end the process.
test("RFC 9260 §9.1: a description that comes after the association has been aborted is applied, and the association stays ended", () => {
  const peers = new Peers();
  peers.start();
  peers.runUntilOpen();
  peers.offerer.node.call((engine, now) => engine.data.channels?.abort(now));
  peers.network.runFor(1_000);
  expect(peers.answerer.engine.data.channels?.state).toBe("closed");
  const { node } = peers.answerer;
  const offer = node.call((engine, now) => engine.createOffer(now, { iceRestart: false }));
  expect(typeof offer).toBe("string");
  expect(node.call((engine, now) => engine.setDescription(now, "local", "offer", String(offer)))).toMatchObject({ type: "offer" });
  expect(peers.answerer.engine.data.channels?.state).toBe("closed");
});

test("an observer sees STUN, DTLS and plaintext SCTP packets of both directions, and the key log", () => {
  const seen = new Set<string>();
  const keys: string[] = [];
  const observer: Observer = {
    packet: (_now, direction, layer, bytes) => void seen.add(`${layer} ${direction} ${bytes.length > 0}`),
    keyLog: (line) => void keys.push(line),
  };
  const peers = new Peers({ offerer: { observer } });
  peers.start();
  peers.runUntilOpen();
  expect([...seen].sort()).toEqual(["dtls", "sctp", "stun"].flatMap((layer) => [`${layer} in true`, `${layer} out true`]));
  expect(keys[0]).toMatch(/^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$/);
});
