import { type Path, type TransportAddress, transportAddress } from "@purertc/core";
import { seededRandom } from "@purertc/simulator";
import { expect, test } from "vitest";
import { datagramKind } from "../src/engine/index.ts";
import { type Peer, Peers } from "./engine-peers.ts";

/** Two peers with an open channel, and what an attacker needs to know of them. */
function connected(): { readonly peers: Peers; readonly path: Path } {
  const peers = new Peers();
  peers.start();
  peers.runUntilOpen();
  peers.network.runFor(500);
  return { peers, path: peers.answerer.engine.transports[0]!.ice.agent!.selectedPath! };
}

/** Whether a message still comes through, in the time it takes and no more, and nobody has noticed anything. */
function expectUnharmed(peers: Peers): void {
  const before = peers.answerer.node.events.length;
  const count = peers.answerer.received.length;
  peers.send(peers.offerer, "still here");
  peers.network.runFor(12);
  expect(peers.answerer.received.length).toBe(count + 1);
  const told = peers.answerer.node.events.slice(before).map(({ type }) => type);
  expect(told.filter((type) => type !== "message" && type !== "buffered-amount")).toEqual([]);
  expect(peers.answerer.engine.connectionState).toBe("connected");
}

const stranger = transportAddress("203.0.113.66", 6666)!;

/** Sends the answerer a datagram that pretends to come from somewhere. */
function inject(peers: Peers, path: Path, source: TransportAddress, payload: Uint8Array): void {
  peers.network.inject({ source, destination: path.local, payload });
  peers.network.runFor(10);
}

const record = (type: number, body: readonly number[], epoch = 0, sequence = 0): Uint8Array =>
  Uint8Array.of(type, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, sequence, body.length >> 8, body.length & 255, ...body);

const clientHello = record(22, [
  1,
  0,
  0,
  42,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  42,
  0xfe,
  0xfd,
  ...new Array<number>(32).fill(7),
  0,
  0,
  0,
  2,
  0xc0,
  0x2b,
  1,
  0,
]);

const forgeries: readonly (readonly [string, Uint8Array])[] = [
  ["a plaintext close_notify", record(21, [1, 0])],
  ["a plaintext fatal handshake_failure", record(21, [2, 40])],
  ["a plaintext ClientHello", clientHello],
  ["a HelloRequest", record(22, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
  ["plaintext application data", record(23, [1, 2, 3])],
  ["a forged record of the epoch in use", record(23, new Array<number>(60).fill(9), 1, 255)],
  ["a forged alert of the epoch in use", record(21, new Array<number>(26).fill(9), 1, 254)],
  ["an unknown record type", record(63, [1, 2, 3])],
  ["a truncated record", record(22, [1, 2, 3]).subarray(0, 9)],
  ["a record that claims more than there is", Uint8Array.of(23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0xff, 0xff, 1)],
  ["a Binding request without credentials", Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...new Array<number>(12).fill(1))],
  ["a Binding success response", Uint8Array.of(1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, ...new Array<number>(12).fill(1))],
  ["RTP", Uint8Array.of(0x80, 96, 0, 1, ...new Array<number>(20).fill(0))],
  ["a byte of no protocol", Uint8Array.of(0x50)],
  ["nothing", new Uint8Array(0)],
];

test.each(forgeries)("RFC 6347 §4.1.2.7: %s, from a stranger or under the peer's own address, changes nothing", (_, payload) => {
  const { peers, path } = connected();
  for (const source of [stranger, path.remote]) inject(peers, path, source, payload);
  expectUnharmed(peers);
});

test("RFC 6347 §4.1.2.7: 2000 random datagrams under both addresses neither end nor slow the connection", () => {
  const { peers, path } = connected();
  const random = seededRandom("hostile");
  for (let i = 0; i < 2000; i++) {
    const payload = new Uint8Array(random.integer(0, 200));
    random.fill(payload);
    if (payload.length > 0 && random.chance(0.7)) payload[0] = random.integer(0, 64);
    peers.network.inject({ source: random.chance(0.5) ? stranger : path.remote, destination: path.local, payload });
  }
  peers.network.runFor(50);
  expectUnharmed(peers);
});

test("RFC 6347 §4.1.2.6: every record, replayed from either address, is dropped", () => {
  const peers = new Peers();
  const seen: Uint8Array[] = [];
  peers.network.intercept((packet) => {
    if (packet.source.ip === "192.0.2.1" && datagramKind(packet.payload) === "dtls") seen.push(packet.payload.slice());
    return [packet];
  });
  peers.start();
  peers.runUntilOpen();
  for (let i = 0; i < 20; i++) peers.send(peers.offerer, `message ${i}`);
  peers.network.runFor(500);
  const { selectedPath } = peers.answerer.engine.transports[0]!.ice.agent!;
  expect(seen.length).toBeGreaterThan(5);
  for (const payload of seen) {
    inject(peers, selectedPath!, selectedPath!.remote, payload);
    inject(peers, selectedPath!, stranger, payload);
  }
  expect(peers.answerer.received).toEqual(Array.from({ length: 20 }, (_, i) => `message ${i}`));
  expectUnharmed(peers);
});

test("RFC 8445 §12: a genuine record that comes from an unvalidated address is not read", () => {
  const { peers, path } = connected();
  // The peer's next message is diverted: the attacker has it, its real recipient does not. Sent on from elsewhere it must not count.
  const diverted: Uint8Array[] = [];
  const stop = peers.network.intercept((packet) => {
    if (packet.source.ip === path.remote.ip && datagramKind(packet.payload) === "dtls") {
      diverted.push(packet.payload.slice());
      return [];
    }
    return [packet];
  });
  peers.send(peers.offerer, "diverted");
  peers.network.runFor(1);
  stop();
  expect(diverted.length).toBe(1);
  const { dropped } = peers.answerer.engine.transports[0]!;
  inject(peers, path, stranger, diverted[0]!);
  expect(peers.answerer.engine.transports[0]!.dropped).toBe(dropped + 1);
  expect(peers.answerer.received).toEqual([]);
  inject(peers, path, path.remote, diverted[0]!);
  expect(peers.answerer.received).toEqual(["diverted"]);
});

const failureOf = (peer: Peer) => {
  for (const event of peer.node.events) if (event.type === "dtls-state" && event.state === "failed") return event.failure;
  return undefined;
};

test.each(["offer", "answer"] as const)(
  "RFC 8122 §6.2: a certificate that the %s did not promise ends the handshake, and no data flows",
  (which) => {
    const peers = new Peers({
      onSignal: (type, sdp) => {
        if (type !== which) return sdp;
        return sdp.replace(/(a=fingerprint:sha-256 )(..)/, (_, start: string, byte: string) => `${start}${byte === "00" ? "01" : "00"}`);
      },
    });
    peers.start();
    peers.network.runFor(5_000);
    const [deceived, other] = which === "offer" ? [peers.answerer, peers.offerer] : [peers.offerer, peers.answerer];
    expect(failureOf(deceived)).toEqual({ detail: "fingerprint-failure", sentAlert: "bad_certificate" });
    expect(failureOf(other)).toEqual({ detail: "dtls-failure", receivedAlert: "bad_certificate" });
    for (const { engine, node } of [deceived, other]) {
      expect(engine.connectionState).toBe("failed");
      expect(node.event("sctp-connected")).toBeUndefined();
    }
  },
);

test("RFC 8122 §5: of several fingerprints one must match, in any hash but MD5, in any case", () => {
  const zeros = (bytes: number) => new Array<string>(bytes).fill("00").join(":");
  const outcome = (rewrite: (line: string, value: string) => string): boolean => {
    const peers = new Peers({
      onSignal: (_, sdp) => sdp.replace(/a=fingerprint:sha-256 (\S+)/, (line: string, value: string) => rewrite(line, value)),
    });
    peers.start();
    peers.network.runFor(2_000);
    return peers.offerer.engine.connectionState === "connected" && peers.answerer.engine.connectionState === "connected";
  };
  expect(outcome((line) => `a=fingerprint:sha-1 ${zeros(20)}\r\na=fingerprint:sha-256 ${zeros(32)}\r\n${line}`)).toBe(true);
  expect(outcome((_, value) => `a=fingerprint:SHA-256 ${value.toLowerCase()}`)).toBe(true);
  expect(outcome(() => `a=fingerprint:sha-256 ${zeros(32)}\r\na=fingerprint:sha-512 ${zeros(64)}`)).toBe(false);
  expect(outcome(() => `a=fingerprint:md5 ${zeros(16)}`)).toBe(false);
});

test("RFC 8445 §12.1: the ClientHello that overtakes the answer is kept, so that the handshake need not wait for a retransmission", () => {
  const peers = new Peers({ answerDelayMs: 400 });
  peers.start();
  const applied = 10 + 10 + 400;
  peers.network.run(applied - 1);
  expect(peers.answerer.engine.transports[0]!.dtlsState).toBe("connecting");
  peers.runUntilOpen();
  // Two flights and the server's Finished, four packets of SCTP, the OPEN: 10 ms each.
  expect(peers.network.now).toBeLessThan(applied + 95);
});

test("Protocol, law 8: a flood of DTLS before the answer is bounded", () => {
  const peers = new Peers();
  const { node, engine } = peers.offerer;
  node.call((it, now) => it.openChannel(now, { label: "x", protocol: "", ordered: true, negotiated: false, priority: "low" }));
  peers.describe(peers.offerer, "offer");
  peers.network.runFor(1);
  const transport = engine.transports[0]!;
  const path = {
    local: transport.ice.agent!.stats().localCandidates.map(({ address, port }) => transportAddress(address, port)!)[0]!,
    remote: stranger,
  };
  for (let i = 0; i < 1000; i++) node.receive(clientHello.slice(), path);
  // Nobody has shown a credential on this path, so nothing at all is kept.
  expect(transport.dropped).toBe(1000);
});
