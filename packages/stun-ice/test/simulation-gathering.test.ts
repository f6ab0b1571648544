import { transportAddress } from "@purertc/core";
import { Network } from "@purertc/simulator";
import { expect, test } from "vitest";
import type { IceEvent } from "../src/index.ts";
import { parseStunMessage, stunMessageBytes } from "../src/index.ts";
import { type AgentNode, addStunServer, gather, makeAgent } from "./two-agents.ts";

interface Scene {
  readonly network: Network;
  readonly node: AgentNode;
}

function behindNat(ips: readonly string[] = ["10.0.0.2"]): Scene {
  const network = new Network({ seed: 1, link: { delayMs: 5 } });
  const nat = network.addNat({ behaviour: "port-restricted", externalIps: ["198.51.100.1"] });
  return { network, node: network.addNode("agent", makeAgent(1, "controlling"), { addresses: ips, behind: nat }) };
}

function of<T extends IceEvent["type"]>(node: AgentNode, type: T): Extract<IceEvent, { type: T }>[] {
  return node.events.filter((event): event is Extract<IceEvent, { type: T }> => event.type === type);
}

const lines = (node: AgentNode): string[] =>
  of(node, "local-candidate").map(
    ({ candidate, url }) => `${candidate.type} ${candidate.address} ${candidate.relatedAddress ?? "-"} ${url ?? "-"}`,
  );

test("RFC 8445 §5.1.1.2: a server-reflexive candidate, with the base as related address and the server's URL", () => {
  const { network, node } = behindNat();
  gather(node, [addStunServer(network, "203.0.113.1")]);
  expect(node.protocol.gatheringState).toBe("gathering");
  network.run(() => node.protocol.gatheringState === "complete");
  expect(network.now).toBe(20);
  expect(lines(node)).toEqual(["host 10.0.0.2 - -", "srflx 198.51.100.1 10.0.0.2 stun:203.0.113.1"]);
  expect(of(node, "gathering-state").map(({ state }) => state)).toEqual(["gathering", "complete"]);
  const [host, reflexive] = of(node, "local-candidate").map(({ candidate }) => candidate);
  expect(host!.foundation).not.toBe(reflexive!.foundation);
  expect(host!.priority).toBeGreaterThan(reflexive!.priority);
  expect(reflexive!.relatedPort).toBe(host!.port);
});

test("RFC 8445 §5.1.3: without a NAT, and from a second server, the reflexive candidate is redundant", () => {
  const network = new Network({ seed: 2 });
  const node = network.addNode("agent", makeAgent(2, "controlling"), { addresses: ["192.0.2.9"] });
  gather(node, [addStunServer(network, "203.0.113.1"), addStunServer(network, "203.0.113.2")]);
  network.run(() => node.protocol.gatheringState === "complete");
  expect(lines(node)).toEqual(["host 192.0.2.9 - -"]);

  const hidden = behindNat();
  gather(hidden.node, [addStunServer(hidden.network, "203.0.113.1"), addStunServer(hidden.network, "203.0.113.2")]);
  hidden.network.run(() => hidden.node.protocol.gatheringState === "complete");
  expect(lines(hidden.node)).toHaveLength(2);
});

test("RFC 8445 §14.2: queries leave one per Ta", () => {
  const { network, node } = behindNat(["10.0.0.2", "10.0.0.3"]);
  const times: number[] = [];
  network.intercept((packet, now) => {
    if (packet.destination.port === 3478) times.push(now);
    return [packet];
  });
  gather(node, [addStunServer(network, "203.0.113.1"), addStunServer(network, "203.0.113.2")]);
  network.run(() => node.protocol.gatheringState === "complete");
  expect(times).toEqual([0, 50, 100, 150]);
});

test("RFC 8489 §6.2.1, W3C WebRTC §4.8.2: a dead server is given up after 9.5 s with error 701, the others are not waited for", () => {
  const { network, node } = behindNat();
  const dead = transportAddress("203.0.113.99", 3478)!;
  node.call((agent, now) => agent.addStunServer(now, dead, "stun:dead.example"));
  gather(node, [addStunServer(network, "203.0.113.1")]);
  network.run(() => node.protocol.gatheringState === "complete");
  expect(network.now).toBe(9500);
  expect(of(node, "candidate-error")).toEqual([
    {
      type: "candidate-error",
      url: "stun:dead.example",
      address: "10.0.0.2",
      port: 49152,
      errorCode: 701,
      errorText: "STUN server did not answer",
    },
  ]);
  expect(node.timeline.find(({ event }) => event.type === "local-candidate" && event.candidate.type === "srflx")?.at).toBeLessThan(100);
});

test("RFC 8489 §6.2.1: queries survive loss", () => {
  const network = new Network({ seed: 3, link: { lossRate: 0.3 } });
  const nat = network.addNat({ behaviour: "full-cone", externalIps: ["198.51.100.1"] });
  const node = network.addNode("agent", makeAgent(3, "controlling"), { addresses: ["10.0.0.2"], behind: nat });
  gather(node, [addStunServer(network, "203.0.113.1")]);
  network.run(() => node.protocol.gatheringState === "complete");
  expect(lines(node)).toHaveLength(2);
});

test("RFC 8489 §6.3.4: an error response is reported with its code", () => {
  const { network, node } = behindNat();
  const { address } = network.addServer("busy", "203.0.113.5", 3478, ({ datagram }, reply) => {
    const request = parseStunMessage(datagram);
    if (!("transactionId" in request)) return;
    reply(
      stunMessageBytes({
        type: "binding-error-response",
        transactionId: request.transactionId,
        attributes: [{ type: "ERROR-CODE", value: { code: 500, reason: "Server Error" } }],
      }),
    );
  });
  gather(node, [address]);
  network.run(() => node.protocol.gatheringState === "complete");
  expect(of(node, "candidate-error")).toMatchObject([{ errorCode: 500, errorText: "Server Error", url: "stun:203.0.113.5" }]);
});

test("RFC 8489 §10: 300 Try Alternate is followed once, not in circles", () => {
  for (const [alternate, outcome] of [
    ["203.0.113.1", "srflx"],
    ["203.0.113.6", "error"],
  ] as const) {
    const { network, node } = behindNat();
    addStunServer(network, "203.0.113.1");
    let asked = 0;
    for (const ip of ["203.0.113.5", "203.0.113.6"]) {
      network.addServer(`redirect ${ip}`, ip, 3478, ({ datagram }, reply) => {
        const request = parseStunMessage(datagram);
        if (!("transactionId" in request)) return;
        asked += 1;
        reply(
          stunMessageBytes({
            type: "binding-error-response",
            transactionId: request.transactionId,
            attributes: [
              { type: "ERROR-CODE", value: { code: 300, reason: "Try Alternate" } },
              { type: "ALTERNATE-SERVER", value: { family: 4, ip: ip === "203.0.113.5" ? alternate : "203.0.113.5", port: 3478 } },
            ],
          }),
        );
      });
    }
    gather(node, [transportAddress("203.0.113.5", 3478)!]);
    network.run(() => node.protocol.gatheringState === "complete");
    if (outcome === "srflx") expect(lines(node)).toHaveLength(2);
    else expect(of(node, "candidate-error")).toMatchObject([{ errorCode: 300 }]);
    expect(asked).toBe(outcome === "srflx" ? 1 : 2);
  }
});

test("RFC 8489 §6.3.3: a response from elsewhere, for an unknown transaction or with unknown required attributes makes no candidate", () => {
  const { network, node } = behindNat();
  const forge = { family: 4, ip: "198.51.100.66", port: 6666 } as const;
  const { address } = network.addServer("liar", "203.0.113.5", 3478, ({ datagram }, reply) => {
    const request = parseStunMessage(datagram);
    if (!("transactionId" in request)) return;
    reply(
      stunMessageBytes({
        type: "binding-success-response",
        transactionId: new Uint8Array(12),
        attributes: [{ type: "XOR-MAPPED-ADDRESS", value: forge }],
      }),
    );
    const answer = stunMessageBytes({
      type: "binding-success-response",
      transactionId: request.transactionId,
      attributes: [{ type: "XOR-MAPPED-ADDRESS", value: forge }],
    });
    // From another port of the same host: the agent must not take it. (Its NAT would drop it; it is handed over directly.)
    const local = transportAddress("10.0.0.2", 49152)!;
    node.receive(answer.slice(), { local, remote: transportAddress("203.0.113.5", 9)! });
    reply(
      stunMessageBytes({
        type: "binding-success-response",
        transactionId: request.transactionId,
        attributes: [
          { type: 0x7ffe, bytes: new Uint8Array(0) },
          { type: "XOR-MAPPED-ADDRESS", value: forge },
        ],
      }),
    );
  });
  gather(node, [address]);
  network.run(() => node.protocol.gatheringState === "complete");
  expect(lines(node)).toEqual(["host 10.0.0.2 - -"]);
  expect(of(node, "candidate-error")).toMatchObject([{ errorCode: 701 }]);
  expect(node.protocol.stats().discarded["unknown-transaction"]).toBe(2);
});

test("RFC 8445 §5.1.1.1: forbidden and repeated addresses make no host candidate", () => {
  const agent = makeAgent(4, "controlling");
  const add = (ip: string, protocol: "udp" | "tcp" = "udp"): void => agent.addLocalAddress(0, transportAddress(ip, 5000, protocol)!);
  for (const ip of ["::", "0.0.0.0", "::ffff:192.0.2.1", "fec0::1", "::192.0.2.1"]) add(ip);
  add("192.0.2.1", "tcp");
  expect(agent.stats().localCandidates).toEqual([]);
  add("192.0.2.1");
  add("192.0.2.1");
  expect(agent.stats().localCandidates).toHaveLength(1);
});

test("RFC 8828 §5.2: the relay policy gathers and answers nothing on host addresses", () => {
  const network = new Network({ seed: 5 });
  const node = network.addNode("agent", makeAgent(5, "controlling", { transportPolicy: "relay" }), { addresses: ["192.0.2.9"] });
  gather(node, [addStunServer(network, "203.0.113.1")]);
  network.run(1000);
  expect(lines(node)).toEqual([]);
  expect(node.protocol.gatheringState).toBe("complete");
});

test("RFC 8838 §8: an address that comes later gathers again", () => {
  const { network, node } = behindNat(["10.0.0.2", "10.0.0.3"]);
  const [first, second] = node.ips.map((ip) => node.bind(ip));
  node.call((agent, now) => agent.addLocalAddress(now, first!));
  node.call((agent, now) => agent.endOfLocalAddresses(now));
  expect(node.protocol.gatheringState).toBe("complete");
  node.call((agent, now) => agent.addLocalAddress(now, second!));
  expect(of(node, "gathering-state").map(({ state }) => state)).toEqual(["gathering", "complete", "gathering", "complete"]);
  expect(network.now).toBe(0);
});
