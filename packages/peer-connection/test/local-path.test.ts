import { expect, test } from "vitest";
import { Peers, type PeersOptions } from "./engine-peers.ts";

const LOOPBACK = { offerer: ["127.0.0.1"], answerer: ["127.0.0.2"] };

/** The packet sizes that two peers use a second after each has sent a message of `length` characters. */
function packetSizes(options: PeersOptions, length = 2000): readonly (number | undefined)[] {
  const peers = new Peers({ bufferLength: 20_000, ...options });
  peers.start();
  peers.runUntilOpen();
  for (const peer of [peers.offerer, peers.answerer]) peers.send(peer, "x".repeat(length));
  peers.network.runFor(1000);
  return [peers.offerer, peers.answerer].map(({ engine }) => engine.data.channels?.stats().association.mtu);
}

test("RFC 8899 §5: two peers on one machine use packets as long as a DTLS record", () => {
  expect(packetSizes({ addresses: LOOPBACK })).toEqual([16_384, 16_384]);
});

test("RFC 8899 §5: nothing is tried for messages that fit a datagram", () => {
  expect(packetSizes({ addresses: LOOPBACK }, 1000)).toEqual([1160, 1160]);
});

test("RFC 8899 §5: on a network path nothing larger is tried", () => {
  expect(packetSizes({})).toEqual([1160, 1160]);
});

test("settings: localMtu bounds what is tried, and mtu switches it off", () => {
  expect(packetSizes({ addresses: LOOPBACK, offerer: { localMtu: 4000 }, answerer: { localMtu: 1200 } })).toEqual([3960, 1160]);
});

test("RFC 8449 §4: a peer that does not say that it takes long records gets none", () => {
  const silent = { dtls: { announceRecordSize: false } };
  expect(packetSizes({ addresses: LOOPBACK, offerer: silent })).toEqual([16_384, 1160]);
  // The answerer is the DTLS client: when it is silent, the server has nothing to answer.
  expect(packetSizes({ addresses: LOOPBACK, answerer: silent })).toEqual([1160, 1160]);
});

test("RFC 8445 §5.1.1: a relay on this machine leads elsewhere", () => {
  const onCandidate = (line: string) => line.replace("typ host", "typ relay raddr 203.0.113.1 rport 9");
  expect(packetSizes({ addresses: LOOPBACK, onCandidate })).toEqual([1160, 1160]);
});

test("RFC 8899 §5.3: what does not pass on this machine is not used", () => {
  const peers = new Peers({ bufferLength: 20_000, addresses: LOOPBACK, link: { mtu: 9000 } });
  peers.start();
  peers.runUntilOpen();
  peers.send(peers.offerer, "x".repeat(2000));
  peers.network.runFor(60_000);
  const mtu = peers.offerer.engine.data.channels?.stats().association.mtu ?? 0;
  expect(mtu).toBeGreaterThan(8800);
  expect(mtu).toBeLessThan(9000);
});

test("Runtime.acquireBuffer: buffers shorter than the path allows are filled as far as they go", () => {
  const peers = new Peers({ bufferLength: 2048, addresses: LOOPBACK });
  peers.start();
  peers.runUntilOpen();
  peers.send(peers.offerer, "x".repeat(100_000));
  peers.network.run(() => peers.answerer.received.length === 1);
  expect(peers.answerer.received[0]?.length).toBe(100_000);
});
