import {
  formatTransportAddress,
  type Instant,
  type Path,
  type Protocol,
  Queue,
  type Transmit,
  type TransportAddress,
  transportAddress,
} from "@purertc/core";
import { expect, test } from "vitest";
import type { NatBehaviour } from "./nat.ts";
import { Network } from "./network.ts";
import type { NetworkNode } from "./network-node.ts";
import { tap } from "./tap.ts";

interface Got {
  readonly type: "got";
  readonly text: string;
  readonly path: Path;
}

/** Sends texts and reports those it gets. */
class Telegraph implements Protocol<Got, Path> {
  readonly #outbox = new Queue<{ readonly text: string; readonly path: Path }>();
  readonly #inbox = new Queue<Got>();

  send(path: Path, text: string): void {
    this.#outbox.push({ path, text });
  }

  handleDatagram(_now: Instant, datagram: Uint8Array, path: Path): void {
    this.#inbox.push({ type: "got", text: String.fromCharCode(...datagram), path });
  }

  handleTimeout(): void {}

  pollTransmit(out: Uint8Array): Transmit<Path> | undefined {
    const next = this.#outbox.shift();
    if (next === undefined) return undefined;
    for (let i = 0; i < next.text.length; i++) out[i] = next.text.charCodeAt(i);
    return { length: next.text.length, route: next.path };
  }

  pollEvent(): Got | undefined {
    return this.#inbox.shift();
  }

  pollTimeout(): undefined {
    return undefined;
  }
}

function send(node: NetworkNode<Telegraph>, local: TransportAddress, remote: TransportAddress, text: string): void {
  node.call((telegraph) => telegraph.send({ local, remote }, text));
}

function texts(node: NetworkNode<Telegraph>): string[] {
  return node.events.map(({ text, path }) => `${text} from ${path.remote.ip}`);
}

/** A STUN server without STUN: it answers with the address it sees. */
function addMirror(network: Network, ip: string, port = 3478): TransportAddress {
  const server = network.addServer(`mirror ${ip}:${port}`, ip, port, ({ source }, reply) => {
    reply(Uint8Array.from(formatTransportAddress(source), (character) => character.charCodeAt(0)));
  });
  return server.address;
}

test("two nodes on the public network, both families, over their access links", () => {
  const network = new Network({ seed: 1, link: { delayMs: 10 } });
  const a = network.addNode("a", new Telegraph(), { addresses: ["192.0.2.1", "2001:DB8::1"] });
  const b = network.addNode("b", new Telegraph(), { addresses: ["192.0.2.2", "2001:db8::2"] });
  expect(a.ips).toEqual(["192.0.2.1", "2001:db8::1"]);
  for (const [ipA, ipB] of [
    ["192.0.2.1", "192.0.2.2"],
    ["2001:db8::1", "2001:db8::2"],
  ] as const) {
    const [local, remote] = [a.bind(ipA), b.bind(ipB, 9)];
    send(a, local, remote, "hello");
    send(a, local, remote, "again");
  }
  network.run(100);
  expect(b.timeline.map(({ at, event }) => `${at} ${event.text} ${event.path.remote.ip}`)).toEqual([
    "20 hello 192.0.2.1",
    "20 again 192.0.2.1",
    "20 hello 2001:db8::1",
    "20 again 2001:db8::1",
  ]);
  expect(b.events[0]!.path).toBe(b.events[1]!.path); // one object for one path
  expect(b.events[0]!.path.local).toEqual(transportAddress("192.0.2.2", 9));
});

test("what has no socket, no route or no interface is dropped and counted", () => {
  const network = new Network();
  const a = network.addNode("a", new Telegraph(), { addresses: ["192.0.2.1"] });
  const b = network.addNode("b", new Telegraph(), { addresses: ["192.0.2.2"] });
  const [local, remote] = [a.bind("192.0.2.1"), b.bind("192.0.2.2")];
  send(a, { ...local, port: 1 }, remote, "unbound source");
  send(a, local, { ...remote, port: 1 }, "unbound destination");
  send(a, local, transportAddress("10.0.0.1", 1)!, "unroutable");
  network.run(100);
  a.interfaces[0]!.enabled = false;
  send(a, local, remote, "interface down");
  network.run(200);
  a.interfaces[0]!.enabled = true;
  send(a, local, remote, "interface down on arrival");
  b.interfaces[0]!.enabled = false;
  network.run(250);
  b.interfaces[0]!.enabled = true;
  const unblock = network.block("192.0.2.1", "192.0.2.2");
  send(a, local, remote, "blocked");
  network.run(300);
  unblock();
  send(a, local, remote, "through");
  network.run(400);
  a.unbind(local);
  send(a, local, remote, "closed");
  network.run(500);
  expect(network.drops).toEqual({ unboundSource: 2, unboundDestination: 1, unroutable: 1, interfaceDown: 2, blocked: 1, filtered: 0 });
  expect(texts(b)).toEqual(["through from 192.0.2.1"]);
});

test("addresses are claimed once", () => {
  const network = new Network();
  const a = network.addNode("a", new Telegraph(), { addresses: ["192.0.2.1"] });
  expect(() => network.addNode("b", new Telegraph(), { addresses: ["192.0.2.1"] })).toThrow(/taken/);
  expect(() => network.addNode("b", new Telegraph(), { addresses: ["192.0.2.300"] })).toThrow(/not an IP address/);
  expect(() => a.bind("192.0.2.9")).toThrow(/not an address of this node/);
  a.bind("192.0.2.1", 5);
  expect(() => a.bind("192.0.2.1", 5)).toThrow(/taken/);
  expect(a.bind("192.0.2.1").port).not.toBe(a.bind("192.0.2.1").port);
});

test("interfaces have links of their own", () => {
  const network = new Network({ link: { delayMs: 0 } });
  const a = network.addNode("a", new Telegraph(), {
    interfaces: [
      { name: "wifi", addresses: ["192.0.2.1"], link: { delayMs: 50 } },
      { name: "wire", addresses: ["192.0.2.2"], up: { delayMs: 1 }, down: { delayMs: 2 } },
    ],
  });
  const b = network.addNode("b", new Telegraph(), { addresses: ["192.0.2.3"] });
  const remote = b.bind("192.0.2.3");
  send(a, a.bind("192.0.2.1"), remote, "wifi");
  send(a, a.bind("192.0.2.2"), remote, "wire");
  network.run(100);
  expect(b.timeline.map(({ at, event }) => `${at} ${event.text}`)).toEqual(["1 wire", "50 wifi"]);
});

/** Both ends learn their outside address from the mirror, send to each other's, and send again once. Who hears whom? */
function punch(left: NatBehaviour, right: NatBehaviour): boolean {
  const network = new Network({ seed: 7 });
  const mirror = addMirror(network, "203.0.113.1");
  const nats = [
    network.addNat({ behaviour: left, externalIps: ["198.51.100.1"] }),
    network.addNat({ behaviour: right, externalIps: ["198.51.100.2"] }),
  ] as const;
  const a = network.addNode("a", new Telegraph(), { addresses: ["10.0.0.1"], behind: nats[0] });
  const b = network.addNode("b", new Telegraph(), { addresses: ["10.0.0.1"], behind: nats[1] });
  const [fromA, fromB] = [a.bind("10.0.0.1"), b.bind("10.0.0.1")];
  send(a, fromA, mirror, "who am I");
  send(b, fromB, mirror, "who am I");
  network.run(100);
  const outside = (node: NetworkNode<Telegraph>): TransportAddress => {
    const [ip, port] = node.events[0]!.text.split(":");
    return transportAddress(ip!, Number(port))!;
  };
  const [outA, outB] = [outside(a), outside(b)];
  expect([outA.ip, outB.ip]).toEqual(["198.51.100.1", "198.51.100.2"]);
  for (let round = 0; round < 3; round++) {
    send(a, fromA, outB, "hello");
    send(b, fromB, outA, "hello");
    network.runFor(100);
    // As ICE does, both also answer where the other was heard from (peer-reflexive candidates).
    for (const [node, from] of [
      [a, fromA],
      [b, fromB],
    ] as const) {
      for (const { text, path } of node.events) if (text === "hello") send(node, from, path.remote, "answer");
    }
    network.runFor(100);
  }
  // An answer has been there and back: the path works in both directions.
  return [...a.events, ...b.events].some(({ text }) => text === "answer");
}

test.each<[NatBehaviour, NatBehaviour, boolean]>([
  ["full-cone", "full-cone", true],
  ["full-cone", "symmetric", true],
  ["address-restricted", "port-restricted", true],
  ["address-restricted", "symmetric", true],
  ["port-restricted", "port-restricted", true],
  ["port-restricted", "symmetric", false],
  ["symmetric", "symmetric", false],
])("RFC 5128 §3.3: hole punching between %s and %s succeeds: %s", (left, right, succeeds) => {
  expect(punch(left, right)).toBe(succeeds);
  expect(punch(right, left)).toBe(succeeds);
});

test("RFC 4787 §6: hosts behind one NAT reach each other's outside addresses where it hairpins", () => {
  for (const hairpin of [true, false]) {
    const network = new Network();
    const mirror = addMirror(network, "203.0.113.1");
    const nat = network.addNat({ behaviour: "full-cone", externalIps: ["198.51.100.1"], ports: "preserve", hairpin });
    const a = network.addNode("a", new Telegraph(), { addresses: ["10.0.0.1"], behind: nat });
    const b = network.addNode("b", new Telegraph(), { addresses: ["10.0.0.2"], behind: nat });
    const [fromA, fromB] = [a.bind("10.0.0.1", 4001), b.bind("10.0.0.2", 4002)];
    send(b, fromB, mirror, "open");
    network.run(50);
    send(a, fromA, transportAddress("198.51.100.1", 4002)!, "hairpin");
    send(a, fromA, fromB, "direct");
    network.run(100);
    const expected = hairpin ? ["hairpin from 198.51.100.1"] : [];
    expect(texts(b).slice(1).sort()).toEqual(["direct from 10.0.0.1", ...expected]);
    expect(network.drops.filtered).toBe(hairpin ? 0 : 1);
  }
});

test("a NAT behind a NAT translates twice", () => {
  const network = new Network();
  const mirror = addMirror(network, "203.0.113.1");
  const carrier = network.addNat({ behaviour: "full-cone", externalIps: ["198.51.100.1"], ports: "preserve" });
  const home = network.addNat({ behaviour: "port-restricted", externalIps: ["100.64.0.7"], ports: "preserve", behind: carrier });
  const a = network.addNode("a", new Telegraph(), { addresses: ["192.168.1.2"], behind: home });
  send(a, a.bind("192.168.1.2", 4001), mirror, "who am I");
  network.run(100);
  expect(texts(a)).toEqual(["198.51.100.1:4001 from 203.0.113.1"]);
});

test("IPv6 behind an IPv4 NAT keeps its address and is reachable through the firewall once it has sent", () => {
  const network = new Network();
  const nat = network.addNat({ behaviour: "symmetric", externalIps: ["198.51.100.1"] });
  const a = network.addNode("a", new Telegraph(), { addresses: ["10.0.0.1", "2001:db8::1"], behind: nat });
  const b = network.addNode("b", new Telegraph(), { addresses: ["2001:db8:1::1"] });
  const [fromA, fromB] = [a.bind("2001:db8::1"), b.bind("2001:db8:1::1")];
  send(b, fromB, fromA, "too early");
  network.run(50);
  send(a, fromA, fromB, "out");
  network.run(100);
  send(b, fromB, fromA, "in");
  network.run(150);
  expect(texts(b)).toEqual(["out from 2001:db8::1"]);
  expect(texts(a)).toEqual(["in from 2001:db8:1::1"]);
});

test("a tap sees and changes packets as they are sent, and injects with any source", () => {
  const network = new Network({ record: true });
  const a = network.addNode("a", new Telegraph(), { addresses: ["192.0.2.1"] });
  const b = network.addNode("b", new Telegraph(), { addresses: ["192.0.2.2"] });
  const [local, remote] = [a.bind("192.0.2.1"), b.bind("192.0.2.2")];
  const seen: string[] = [];
  const wire = tap(network, ({ source, destination, payload }, now) => {
    seen.push(`${now} ${source.ip} > ${destination.ip}`);
    if (payload[0] === 0x64) return "drop"; // "d"
    payload[0] = 0x58; // "X"
    return undefined;
  });
  send(a, local, remote, "drop");
  send(a, local, remote, "change");
  wire.inject({ source: transportAddress("203.0.113.66", 1)!, destination: remote, payload: Uint8Array.of(0x21) });
  network.run(50);
  wire.remove();
  send(a, local, remote, "drop");
  network.run(100);
  expect(seen).toEqual(["0 192.0.2.1 > 192.0.2.2", "0 192.0.2.1 > 192.0.2.2"]);
  expect(texts(b)).toEqual(["! from 203.0.113.66", "Xhange from 192.0.2.1", "drop from 192.0.2.1"]);
  expect(network.trace.sent.map(({ timestampMs, payload }) => `${timestampMs} ${String.fromCharCode(...payload)}`)).toEqual([
    "0 drop",
    "0 change",
    "50 drop",
  ]);
});

test("the same seed gives the same trace, with NATs and all kinds of trouble", () => {
  const hash = (seed: number): string => {
    const link = { jitterMs: 5, lossRate: 0.1, duplicateRate: 0.1, reorderRate: 0.1, corruptRate: 0.1 };
    const network = new Network({ seed, link });
    const mirror = addMirror(network, "203.0.113.1");
    const nat = network.addNat({ behaviour: "symmetric", externalIps: ["198.51.100.1"] });
    const a = network.addNode("a", new Telegraph(), { addresses: ["10.0.0.1"], behind: nat });
    const local = a.bind("10.0.0.1");
    for (let i = 0; i < 100; i++) network.at(i, () => send(a, local, mirror, `packet ${i}`));
    network.run(1000);
    return network.trace.hash;
  };
  expect(hash(1)).toBe(hash(1));
  expect(hash(1)).not.toBe(hash(2));
});
