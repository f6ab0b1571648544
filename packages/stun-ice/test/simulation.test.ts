import type { RandomSource } from "@purertc/core";
import type { NatBehaviour } from "@purertc/simulator";
import { Network, seededRandom, simulationSeeds } from "@purertc/simulator";
import { expect, test } from "vitest";
import { addStunServer, route, states, TwoAgents } from "./two-agents.ts";

const seeds = simulationSeeds(process.env.SIMULATION_SEED, [1, 2, 3]);

test("RFC 8445 §2: two agents on one network connect on their host candidates, one round trip after signalling", () => {
  const two = new TwoAgents({ seed: 1, signallingMs: 10, link: { delayMs: 5 } }).start();
  two.run(() => two.completed);
  expect(states(two.left)).toEqual(["checking", "connected", "completed"]);
  expect(states(two.right)).toEqual(["checking", "connected", "completed"]);
  expect(route(two.left.protocol.selectedPath)).toBe("192.0.2.1 -> 192.0.2.2");
  expect(route(two.right.protocol.selectedPath)).toBe("192.0.2.2 -> 192.0.2.1");
  const connected = two.left.timeline.find(({ event }) => event.type === "state" && event.state === "connected");
  expect(connected?.at).toBe(10 + 20); // signalling, then four access links of 5 ms
  expect(two.left.protocol.accepts(two.left.protocol.selectedPath!)).toBe(true);
});

test("RFC 7675 §5.1: an idle connection stays up for ten minutes on consent checks every 4 to 6 s", () => {
  const two = new TwoAgents({ seed: 2 }).start().run();
  two.network.runFor(600_000);
  expect(two.completed).toBe(true);
  const { consentRequestsSent, responsesReceived } = two.left.protocol.stats().pairs[0]!;
  expect(consentRequestsSent).toBeGreaterThanOrEqual(100);
  expect(consentRequestsSent).toBeLessThanOrEqual(150);
  expect(responsesReceived).toBe(consentRequestsSent + 2);
});

test.each(seeds)("RFC 8445 §6, §7: seed %i connects through loss of 30 in 100, 500 ms delay, jitter, reordering and duplicates", (seed) => {
  for (const [lossRate, delayMs] of [
    [0, 250],
    [0.1, 20],
    [0.3, 5],
    [0.3, 125],
  ] as const) {
    const link = { delayMs, lossRate: 1 - Math.sqrt(1 - lossRate), jitterMs: delayMs, reorderRate: 0.1, duplicateRate: 0.1 };
    const two = new TwoAgents({ seed: `${seed} ${lossRate} ${delayMs}`, link }).start();
    two.run(() => two.completed);
    two.network.runFor(30_000);
    expect(two.left.protocol.selectedPath?.local).toEqual(two.right.protocol.selectedPath?.remote);
  }
});

test("RFC 8445 §6: the same seed gives the same datagrams", () => {
  const hash = (seed: number): string => {
    const two = new TwoAgents({ seed, link: { lossRate: 0.2, jitterMs: 30 } }).start();
    two.run(() => two.completed);
    return two.network.trace.hash;
  };
  expect(hash(5)).toBe(hash(5));
  expect(hash(5)).not.toBe(hash(6));
});

const kinds: readonly NatBehaviour[] = ["full-cone", "address-restricted", "port-restricted", "symmetric"];

function behindNats(left: NatBehaviour, right: NatBehaviour, seed: number): TwoAgents {
  const network = new Network({ seed });
  const server = addStunServer(network, "203.0.113.1");
  const leftNat = network.addNat({ behaviour: left, externalIps: ["198.51.100.1"] });
  const rightNat = network.addNat({ behaviour: right, externalIps: ["198.51.100.2"] });
  return new TwoAgents({
    network,
    left: { addresses: ["10.0.0.2"], behind: leftNat },
    right: { addresses: ["10.0.0.2"], behind: rightNat },
    stunServers: [server],
  });
}

test.each(kinds.flatMap((left) => kinds.map((right) => [left, right] as const)))(
  "RFC 8445 §5.1.1.2, §7.3.1.3: %s NAT to %s NAT with a STUN server",
  (left, right) => {
    const two = behindNats(left, right, 7).start();
    // Two NATs that filter by port, one of which maps by destination, need a relay.
    const strict = [left, right].filter((kind) => kind === "symmetric" || kind === "port-restricted").length;
    const needsRelay = strict === 2 && [left, right].includes("symmetric");
    if (needsRelay) {
      two.run(() => two.left.protocol.state === "failed" && two.right.protocol.state === "failed");
      expect(states(two.left)).toEqual(["checking", "failed"]);
      return;
    }
    two.run(() => two.completed);
    expect(two.left.protocol.selectedPath?.remote.ip).toBe("198.51.100.2");
    expect(["srflx", "prflx"]).toContain(two.left.protocol.selectedPair?.local.type);
    two.network.runFor(300_000); // consent keeps the mappings alive
    expect(two.completed).toBe(true);
  },
);

test("RFC 8445 §5.1.1.4: server-reflexive mappings are kept alive while the answer takes its time", () => {
  const network = new Network({ seed: 8 });
  const server = addStunServer(network, "203.0.113.1");
  const nat = network.addNat({ behaviour: "full-cone", externalIps: ["198.51.100.1"], lifetimeMs: 30_000 });
  const two = new TwoAgents({
    network,
    left: { addresses: ["10.0.0.2"], behind: nat },
    stunServers: [server],
    signallingMs: 120_000,
    mute: "right",
  }).start();
  two.run(() => two.connected, 300_000);
  expect(two.right.protocol.selectedPath?.remote.ip).toBe("198.51.100.1");
});

test("RFC 8421 §4: with both families IPv6 is used, and IPv4 follows at once when IPv6 is a black hole", () => {
  const places = { left: { addresses: ["192.0.2.1", "2001:db8::1"] }, right: { addresses: ["192.0.2.2", "2001:db8::2"] } };
  const good = new TwoAgents({ seed: 9, ...places }).start();
  good.run(() => good.completed);
  expect(good.left.protocol.selectedPath?.local.family).toBe(6);

  const broken = new TwoAgents({ seed: 9, ...places });
  broken.network.block("2001:db8::1", "2001:db8::2");
  broken.start();
  broken.run();
  expect(broken.network.now).toBeLessThan(10 + 50 + 50); // signalling, one Ta, round trips
  broken.run(() => broken.completed);
  expect(broken.left.protocol.selectedPath?.local.family).toBe(4);
  expect(broken.network.now).toBeLessThan(500); // nomination waits nominationSettleMs for the better family
});

test("RFC 8445 §6.1.2.2: IPv6 link-local addresses pair with each other only", () => {
  const two = new TwoAgents({
    seed: 10,
    left: { addresses: ["fe80::1", "2001:db8::1"] },
    right: { addresses: ["fe80::2", "2001:db8::2"] },
  }).start();
  two.run(() => two.completed);
  const routes = two.right.protocol.stats().pairs.map(({ path }) => route(path));
  expect(routes).not.toContain("fe80::2 -> 2001:db8::1");
  expect(routes).not.toContain("2001:db8::2 -> fe80::1");
  expect(route(two.left.protocol.selectedPath)).toBe("2001:db8::1 -> 2001:db8::2");
});

test("RFC 8445 §7.3.1.3: an agent that signals no candidate is found by its checks, a peer-reflexive candidate", () => {
  const two = new TwoAgents({ seed: 11, mute: "left" }).start();
  two.run(() => two.connected);
  expect(two.right.protocol.selectedPair?.remote.type).toBe("prflx");
  expect(two.left.protocol.selectedPair?.remote.type).toBe("host");
});

test("RFC 8445 §7.3.1.3: a candidate that is signalled after its check takes its place in the pair", () => {
  const two = new TwoAgents({ seed: 12, mute: "left" }).start();
  two.run(() => two.connected);
  const [candidate] = two.left.protocol.stats().localCandidates;
  two.right.call((agent, now) => agent.addRemoteCandidate(now, candidate!));
  expect(two.right.protocol.selectedPair?.remote).toEqual(candidate);
  expect(two.right.protocol.stats().pairs).toHaveLength(1);
});

test("RFC 8838 §5: half trickle, everything at the end of gathering", () => {
  const network = new Network({ seed: 13 });
  const server = addStunServer(network, "203.0.113.1");
  const two = new TwoAgents({ network, vanilla: true, stunServers: [server] }).start();
  two.run(() => two.completed);
});

test("RFC 8445 §7.3: the offerer answers checks that come before the answer, and takes them up when it comes", () => {
  const two = new TwoAgents({ seed: 14 });
  // The right side knows everything at once; the left one learns the answer a second later.
  const { left, right, network } = two;
  for (const node of [left, right]) {
    const address = node.bind(node.ips[0]!);
    node.call((agent, now) => agent.addLocalAddress(now, address));
  }
  right.call((agent, now) => agent.setRemoteCredentials(now, left.protocol.localCredentials));
  network.at(1000, () => left.call((agent, now) => agent.setRemoteCredentials(now, right.protocol.localCredentials)));
  network.run(900);
  expect(right.protocol.state).toBe("connected"); // its checks were answered
  expect(left.protocol.state).toBe("new");
  expect(left.protocol.accepts({ local: right.protocol.selectedPath!.remote, remote: right.protocol.selectedPath!.local })).toBe(true);
  network.run(1050);
  expect(left.protocol.state).toBe("connected");
  expect(right.protocol.stats().pairs[0]?.nominated).toBe(true);
});

test.each(["controlling", "controlled"] as const)("RFC 8445 §7.3.1.1: both agents start as %s; one gives way", (role) => {
  for (const seed of [1, 2, 3, 4]) {
    const two = new TwoAgents({ seed });
    for (const node of [two.left, two.right]) node.call((agent, now) => agent.setRole(now, role));
    two.start().run(() => two.completed);
    const roles = [two.left.protocol.role, two.right.protocol.role];
    expect(roles.toSorted()).toEqual(["controlled", "controlling"]);
    const changes = [two.left, two.right].map(({ events }) => events.filter(({ type }) => type === "role").length);
    expect(changes.toSorted()).toEqual([0, 1]);
    expect(two.left.protocol.selectedPath?.local).toEqual(two.right.protocol.selectedPath?.remote);
  }
});

test("RFC 8445 §7.2.5.1: equal tie-breakers are settled by new ones", () => {
  // The first bytes an agent draws are its tie-breaker.
  const options = (role: "controlling" | "controlled") => ({
    leftOptions: { random: firstEqual("left"), role },
    rightOptions: { random: firstEqual("right"), role },
  });
  for (const role of ["controlling", "controlled"] as const) {
    const two = new TwoAgents({ seed: 15, ...options(role) }).start();
    two.run(() => two.completed);
    expect([two.left.protocol.role, two.right.protocol.role].toSorted()).toEqual(["controlled", "controlling"]);
    expect([two.left, two.right].flatMap(({ events }) => events.filter(({ type }) => type === "role")).length).toBeGreaterThan(0);
  }
});

/** The same bytes for every name at first (the tie-breaker), others from then on. */
function firstEqual(name: string): RandomSource {
  const [common, own] = [seededRandom("common"), seededRandom(name)];
  let fills = 0;
  return { fill: (out) => (fills++ === 0 ? common : own).fill(out) };
}
