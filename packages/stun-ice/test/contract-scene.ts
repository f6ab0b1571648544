/** Two agents and what may happen to them, for the contract checker. */
import { type Path, type TransportAddress, transportAddress } from "@purertc/core";
import type { ContractScene } from "@purertc/simulator/contract";
import { type IceEvent, parseStunMessage, stunMessageBytes } from "../src/index.ts";
import { makeAgent } from "./two-agents.ts";

const at = (ip: string, port: number): TransportAddress => transportAddress(ip, port)!;

export function scene(seed: number): ContractScene<IceEvent, Path> {
  const protocol = makeAgent(`${seed} protocol`, "controlling");
  const peer = makeAgent(`${seed} peer`, seed % 2 === 0 ? "controlling" : "controlled");
  const here = [at("192.0.2.1", 1000), at("2001:db8::1", 1000)];
  const there = [at("192.0.2.2", 2000), at("2001:db8::2", 2000)];
  const password = "0123456789012345678901";
  return {
    protocol,
    peer,
    start(now) {
      for (const address of here) protocol.addLocalAddress(now, address);
      for (const address of there) peer.addLocalAddress(now, address);
      protocol.addStunServer(now, at("203.0.113.1", 3478));
      for (const agent of [protocol, peer]) agent.endOfLocalAddresses(now);
      for (const candidate of peer.stats().localCandidates) protocol.addRemoteCandidate(now, candidate);
      for (const candidate of protocol.stats().localCandidates) peer.addRemoteCandidate(now, candidate);
      protocol.setRemoteCredentials(now, peer.localCredentials);
      peer.setRemoteCredentials(now, protocol.localCredentials);
    },
    actions: [
      (now, _lend, random) => {
        const ip = random.pick(["192.0.2.2", "192.0.2.77", "2001:db8::2", "host.local"]);
        const type = random.pick(["host", "srflx"] as const);
        const priority = random.integer(1, 0x7fff_ffff);
        protocol.addRemoteCandidate(now, {
          foundation: "9",
          component: 1,
          transport: "udp",
          priority,
          address: ip,
          port: random.integer(0, 9),
          type,
        });
      },
      (now) => (protocol.selectedPath === undefined ? undefined : protocol.dataReceived(now, protocol.selectedPath)),
      (now, _lend, random) => (random.chance(0.2) ? protocol.endOfRemoteCandidates(now) : undefined),
      (now, _lend, random) => (random.chance(0.1) ? protocol.setRole(now, random.pick(["controlling", "controlled"])) : undefined),
      (now, _lend, random) => {
        if (!random.chance(0.1)) return;
        peer.setRemoteCredentials(now, protocol.restart(now));
        protocol.setRemoteCredentials(now, peer.restart(now));
      },
    ],
    close: (now) => protocol.close(now),
    afterClosed: [
      (now) => protocol.addLocalAddress(now, here[0]!),
      (now) => protocol.addStunServer(now, at("203.0.113.1", 3478)),
      (now) => protocol.endOfLocalAddresses(now),
      (now) => protocol.setRemoteCredentials(now, { usernameFragment: "abcd", password }),
      (now) =>
        protocol.addRemoteCandidate(now, {
          foundation: "1",
          component: 1,
          transport: "udp",
          priority: 1,
          address: "192.0.2.3",
          port: 1,
          type: "host",
        }),
      (now) => protocol.endOfRemoteCandidates(now),
      (now) => protocol.setRole(now, "controlled"),
      (now) => protocol.restart(now),
      (now) => protocol.close(now),
    ],
    routes: [
      { local: here[0]!, remote: there[0]! },
      { local: here[1]!, remote: there[1]! },
      { local: here[0]!, remote: at("198.51.100.66", 6666) },
    ],
    strangeRoute: (random) => ({ local: random.pick(here), remote: at(`198.51.100.${random.integer(1, 254)}`, random.integer(1, 65535)) }),
    forge(random, real) {
      const message = real === undefined ? undefined : parseStunMessage(real);
      if (message === undefined || !("attributes" in message))
        return stunMessageBytes({ type: "binding-indication", transactionId: random.bytes(12), attributes: [] });
      return random.pick([
        () => Uint8Array.from(real!, (byte, i) => (i === real!.length - 1 ? byte ^ 1 : byte)), // a wrong FINGERPRINT
        () => stunMessageBytes({ ...message, type: "binding-success-response", attributes: [] }), // no MESSAGE-INTEGRITY
        () => stunMessageBytes({ ...message, type: "binding-indication" }),
        () => stunMessageBytes({ ...message, type: "allocate-request" }),
        () => stunMessageBytes({ ...message, type: "binding-success-response", transactionId: random.bytes(12) }),
      ])();
    },
  };
}
