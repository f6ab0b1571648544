import { transportAddress } from "@purertc/core";
import { expect, test } from "vitest";
import { findAttribute, stunMessageBytes } from "../src/index.ts";
import { describe, ELSEWHERE, HandPeer, HERE, hostCandidate, isRequest, PEER, type RequestOptions, THERE } from "./hand-peer.ts";
import { TwoAgents } from "./two-agents.ts";

const from = (remote = ELSEWHERE) => ({ local: HERE, remote });
const unknownRequired = { type: 0x7ffe, bytes: new Uint8Array(4) };

test.each<readonly [string, RequestOptions, string]>([
  ["no MESSAGE-INTEGRITY", { integrity: false }, "400"],
  ["no USERNAME", { username: undefined }, "400"],
  ["a wrong password", { password: "wrongwrongwrongwrongwrong" }, "401"],
  ["the peer's own password", { password: PEER.password }, "401"],
  ["a wrong local fragment in USERNAME", { username: "nobody:peer" }, "401"],
  ["no colon in USERNAME", { username: "nobody" }, "401"],
  ["a wrong remote fragment in USERNAME", { username: "" }, "401"],
])("RFC 8489 §9.1.3: a request with %s is answered with an error and changes nothing", (_name, options, code) => {
  for (const know of [true, false]) {
    const peer = new HandPeer("controlled", { know });
    const fragment = peer.agent.localCredentials.usernameFragment;
    const wrong = options.username === "" ? { ...options, username: `${fragment}:other` } : options;
    if (options.username === "" && !know) continue; // nobody knows yet which one is right
    peer.drain();
    const before = peer.agent.stats();
    const sent = peer.give(peer.request({ ...wrong, useCandidate: true }), ELSEWHERE);
    expect(sent.map(describe)).toEqual([`binding-error-response ${code}`]);
    expect(findAttribute(sent[0]!.message, "MESSAGE-INTEGRITY")).toBeUndefined();
    expect(sent[0]!.path.remote).toEqual(ELSEWHERE);
    expect(peer.agent.accepts(from())).toBe(false);
    expect(peer.agent.stats()).toEqual({ ...before, discarded: { ...before.discarded, "unauthenticated-request": 1 } });
  }
});

test("RFC 8489 §9.1.3: unauthenticated errors are bounded in rate", () => {
  const peer = new HandPeer("controlled");
  peer.drain();
  let answers = 0;
  for (let i = 0; i < 1000; i++) answers += peer.give(peer.request({ integrity: false })).length;
  expect(answers).toBe(10);
  peer.now = 1000;
  expect(
    peer
      .give(peer.request())
      .filter((sent) => !isRequest(sent))
      .map(describe),
  ).toEqual(["binding-success-response"]); // the peer is not locked out
  for (let i = 0; i < 1000; i++) answers += peer.give(peer.request({ integrity: false })).length;
  expect(answers).toBe(20);
});

test("RFC 8489 §6.3.1: unknown comprehension-required attributes in an authentic request get a 420 with integrity and no check", () => {
  const peer = new HandPeer("controlled");
  peer.drain();
  const sent = peer.give(peer.request({ extra: [unknownRequired, unknownRequired] }), ELSEWHERE);
  expect(sent.map(describe)).toEqual(["binding-error-response 420"]);
  expect(findAttribute(sent[0]!.message, "UNKNOWN-ATTRIBUTES")?.value).toEqual([0x7ffe]);
  expect(findAttribute(sent[0]!.message, "MESSAGE-INTEGRITY")).toBeDefined();
  expect(peer.agent.accepts(from())).toBe(false);
});

test("RFC 8445 §7.1.1: a check without PRIORITY is a bad request", () => {
  const peer = new HandPeer("controlled");
  peer.drain();
  expect(peer.give(peer.request({ priority: undefined }), ELSEWHERE).map(describe)).toEqual(["binding-error-response 400"]);
  expect(peer.agent.accepts(from())).toBe(false);
});

test("RFC 8489 §6.1: a message that is larger than any peer's is not read, whoever sends it", () => {
  const peer = new HandPeer("controlled");
  peer.drain();
  const optional = (bytes: number) => ({ type: 0xfffe, bytes: new Uint8Array(bytes) });
  const many = (count: number) => Array.from({ length: count }, () => optional(0));
  expect(
    peer
      .give(peer.request({ extra: many(50) }))
      .filter((sent) => !isRequest(sent))
      .map(describe),
  ).toEqual(["binding-success-response"]);
  expect(peer.give(peer.request({ extra: many(64) }))).toEqual([]);
  expect(peer.give(peer.request({ extra: [optional(1500)] }))).toEqual([]);
  expect(peer.agent.stats().discarded).toEqual({ oversized: 2 });
});

test("RFC 8489 §14.7: a wrong FINGERPRINT is not STUN: silence, for requests and responses", () => {
  const peer = new HandPeer("controlled");
  const [check] = peer.drain();
  expect(peer.give(peer.request({ fingerprint: 1 }))).toEqual([]);
  peer.give(peer.response(check!, { fingerprint: 1 }));
  expect(peer.agent.state).toBe("checking");
  expect(peer.agent.stats().discarded["bad-fingerprint"]).toBe(2);
});

test("RFC 8489 §14.5: what follows MESSAGE-INTEGRITY is not heeded", () => {
  const peer = new HandPeer("controlled");
  peer.answerAll();
  peer.give(peer.request({ afterIntegrity: [{ type: "USE-CANDIDATE" }] }));
  expect(peer.agent.stats().pairs[0]?.nominated).toBe(false);
  peer.give(peer.request({ useCandidate: true }));
  expect(peer.agent.stats().pairs[0]?.nominated).toBe(true);
});

test("RFC 8489 §9.1.4, §6.3.1, RFC 8445 §7.2.5.2.1: forged responses do not validate a pair; the true one still does", () => {
  const peer = new HandPeer("controlling");
  const [check] = peer.drain();
  const refuse = (bytes: Uint8Array, source = THERE): void => {
    peer.give(bytes, source);
    expect(peer.agent.state).toBe("checking");
    expect(peer.agent.stats().pairs[0]?.state).toBe("in-progress");
    expect(peer.agent.accepts(from(source))).toBe(false);
  };
  refuse(peer.response(check!, { integrity: false }));
  refuse(peer.response(check!, { password: "wrongwrongwrongwrongwrong" }));
  refuse(peer.response(check!, { password: peer.agent.localCredentials.password })); // our own, mirrored
  refuse(peer.response(check!, { error: 400, integrity: false }));
  refuse(peer.response(check!, { error: 487, integrity: false }));
  refuse(peer.response(check!), ELSEWHERE);
  refuse(peer.response(check!, { transactionId: new Uint8Array(12) }));
  expect(peer.agent.role).toBe("controlling");
  expect(peer.agent.stats().discarded).toEqual({ "unauthenticated-response": 5, "asymmetric-response": 1, "unknown-transaction": 1 });
  peer.give(peer.response(check!));
  expect(peer.agent.state).toBe("connected");
});

test("RFC 8489 §6.3.3: an authentic response with unknown required attributes, or without a mapped address, fails the check", () => {
  for (const options of [{ extra: [unknownRequired] }, { mapped: undefined }, { error: 500 }]) {
    const peer = new HandPeer("controlling");
    const [check] = peer.drain();
    peer.give(peer.response(check!, options));
    expect(peer.agent.stats().pairs[0]?.state).toBe("failed");
    expect(peer.agent.accepts(from(THERE))).toBe(false);
    peer.now = 100;
    peer.answerAll(peer.give(peer.request())); // the peer's own check tries the pair again
    expect(peer.agent.state).toBe("connected");
  }
});

test("RFC 8489 §6.3.1: a response that is replayed after its transaction has ended is unknown", () => {
  const peer = new HandPeer("controlling");
  const [check] = peer.drain();
  const response = peer.response(check!);
  peer.answerAll(peer.give(response));
  const before = peer.agent.stats();
  peer.now = 20_000;
  expect(peer.give(response)).not.toContainEqual(expect.objectContaining({ path: undefined }));
  const after = peer.agent.stats();
  expect(after.discarded["unknown-transaction"]).toBe(1);
  expect(after.pairs[0]?.responsesReceived).toBe(before.pairs[0]?.responsesReceived);
  // Consent is not renewed by it.
  peer.wait(30_000);
  expect(peer.agent.state).toBe("failed");
});

test("RFC 8489 §16.1.3: a copy of an authentic request from elsewhere does not validate that address", () => {
  const peer = new HandPeer("controlled").connect();
  const request = peer.request();
  expect(peer.give(request).map(describe)).toEqual(["binding-success-response"]);
  expect(peer.give(request).map(describe)).toEqual(["binding-success-response"]); // a retransmission
  expect(peer.give(request, ELSEWHERE)).toEqual([]);
  expect(peer.agent.accepts(from())).toBe(false);
});

test("RFC 8445 §11, RFC 8489 §6.3.2: indications and other methods are ignored", () => {
  const peer = new HandPeer("controlled").connect();
  const transactionId = new Uint8Array(12);
  for (const type of ["binding-indication", "data-indication", "allocate-request", "refresh-success-response"] as const) {
    expect(peer.give(stunMessageBytes({ type, transactionId, attributes: [{ type: "FINGERPRINT" }] }), ELSEWHERE)).toEqual([]);
  }
  expect(peer.agent.accepts(from())).toBe(false);
  expect(peer.agent.stats().discarded).toMatchObject({ indication: 2, "unsupported-method": 1, "unknown-transaction": 1 });
});

test("RFC 8445 §7.3.1.3: peer-reflexive candidates, pairs and paths are bounded, whatever an authenticated peer does", () => {
  for (const know of [true, false]) {
    const peer = new HandPeer("controlled", { know });
    peer.drain();
    for (let i = 0; i < 3000; i++) {
      peer.now += 1;
      const source = transportAddress(`198.51.${i >> 8}.${i & 255}`, 1024 + i)!;
      peer.give(peer.request({ from: source, useCandidate: true }), source);
    }
    const { pairs, remoteCandidates, pathsKept, discarded } = peer.agent.stats();
    expect(pairs.length).toBeLessThanOrEqual(100);
    expect(remoteCandidates.length).toBeLessThanOrEqual(33);
    expect(pathsKept).toBeLessThanOrEqual(401);
    expect(discarded[know ? "peer-reflexive-limit" : "early-check-limit"]).toBeGreaterThan(2900);
  }
});

test("RFC 8445 §7.3.1.3: failed peer-reflexive candidates make room for new ones", () => {
  const peer = new HandPeer("controlled", { maxPeerReflexive: 2, maxRequests: 1, lastWaitFactor: 1 });
  peer.drain();
  const addresses = [1, 2, 3].map((i) => transportAddress("198.51.100.1", i)!);
  for (const address of addresses) peer.give(peer.request(), address);
  expect(peer.agent.stats().discarded["peer-reflexive-limit"]).toBe(1);
  peer.wait(2000);
  peer.answerAll(peer.give(peer.request(), addresses[2]!));
  expect(peer.agent.selectedPath?.remote).toEqual(addresses[2]);
});

test("RFC 8445 §6.1.2.5, RFC 8838 §11: trickled candidates and pairs are bounded; useless ones are counted", () => {
  const peer = new HandPeer("controlled", { know: false });
  peer.agent.setRemoteCredentials(0, PEER);
  for (let i = 1; i <= 2000; i++) peer.agent.addRemoteCandidate(0, hostCandidate(transportAddress(`198.51.${i >> 8}.${i & 255}`, 9)!, i));
  for (const address of ["uuid.local", "2001:db8::1"]) peer.agent.addRemoteCandidate(0, { ...hostCandidate(THERE), address });
  peer.agent.addRemoteCandidate(0, { ...hostCandidate(THERE), transport: "tcp", tcpType: "active" });
  peer.agent.addRemoteCandidate(0, { ...hostCandidate(THERE), component: 2 });
  peer.agent.addRemoteCandidate(0, { ...hostCandidate(THERE), usernameFragment: "gone" });
  const { pairs, remoteCandidates, discarded } = peer.agent.stats();
  expect(remoteCandidates).toHaveLength(100);
  expect(pairs).toHaveLength(100);
  expect(discarded).toEqual({ "remote-candidate-limit": 1901, "remote-candidate-unsupported": 3, "remote-candidate-other-generation": 1 });
});

test("RFC 8445 §6.1.2.5: at the limit a better pair takes the place of the worst", () => {
  const peer = new HandPeer("controlled", { know: false, maxPairs: 3 });
  for (let i = 1; i <= 6; i++) peer.agent.addRemoteCandidate(0, hostCandidate(transportAddress("198.51.100.1", i)!, i));
  peer.agent.setRemoteCredentials(0, PEER);
  peer.agent.addRemoteCandidate(0, hostCandidate(THERE));
  const ports = peer.agent.stats().pairs.map(({ remote }) => remote.port);
  expect(ports).toEqual([2000, 6, 5]);
});

test("RFC 8445 §7.3.1.4: a peer that repeats its check does not make the agent send more than it would by itself", () => {
  const peer = new HandPeer("controlled");
  let requests = peer.drain().filter(isRequest).length;
  for (let i = 0; i < 1000; i++) {
    requests += peer.wait(i).filter(isRequest).length;
    requests += peer.give(peer.request()).filter(isRequest).length;
  }
  expect(requests).toBeLessThanOrEqual(6);
});

test("RFC 8445 §7.3.1.4: of the checks that were replaced only the latest are remembered", () => {
  const peer = new HandPeer("controlled", { patienceMs: 1e6 });
  const checks = peer.drain();
  for (let i = 1; i <= 20; i++) checks.push(...[...peer.wait(i * 600), ...peer.give(peer.request())].filter(isRequest));
  const unique = new Map(checks.map((check) => [check.message.transactionId.join(), check]));
  expect(unique.size).toBeGreaterThan(10);
  peer.give(peer.response(checks[0]!));
  expect(peer.agent.stats().discarded["unknown-transaction"]).toBe(1);
  peer.give(peer.response([...unique.values()].at(-8)!));
  expect(peer.agent.state).toBe("connected");
});

test("RFC 8445 §7.2.5.3.1: local peer-reflexive candidates are bounded, whatever addresses the peer reports", () => {
  const peer = new HandPeer("controlled", { know: false, maxPeerReflexive: 5 });
  for (let i = 1; i <= 20; i++)
    peer.agent.addRemoteCandidate(0, { ...hostCandidate(transportAddress("198.51.100.1", i)!, i), foundation: `${i}` });
  peer.agent.setRemoteCredentials(0, PEER);
  for (let i = 0; i < 20; i++) {
    const [check] = i === 0 ? peer.drain() : peer.wait(50 * i);
    peer.give(peer.response(check!, { mapped: transportAddress("203.0.113.1", 1000 + i)! }), check!.path.remote);
  }
  expect(peer.agent.stats().localCandidates).toHaveLength(6);
  expect(peer.agent.stats().pairs.every(({ state }) => state === "succeeded")).toBe(true);
});

test("RFC 8445 §7.3: STUN to an address that is not the agent's is ignored", () => {
  const peer = new HandPeer("controlled");
  peer.drain();
  peer.agent.handleDatagram(0, peer.request({ integrity: false }), { local: ELSEWHERE, remote: THERE });
  peer.agent.handleDatagram(0, peer.request(), { local: { ...HERE, protocol: "tcp" }, remote: THERE });
  expect(peer.drain()).toEqual([]);
  expect(peer.agent.stats().discarded).toEqual({ "unknown-local-address": 2 });
});

test("Sans-I/O contract, law 8: a host that never drains loses the oldest datagrams", () => {
  const peer = new HandPeer("controlled");
  peer.drain();
  for (let i = 0; i < 1000; i++) peer.agent.handleDatagram(0, peer.request(), { local: HERE, remote: THERE });
  expect(peer.drain().length).toBe(512);
});

test("RFC 7675 §5.1, RFC 8445 §7.3: an established connection is neither ended nor slowed by anyone without the password", () => {
  const two = new TwoAgents({ seed: 1, link: { delayMs: 5 } }).start();
  two.run(() => two.completed);
  const path = two.left.protocol.selectedPath!;
  const fragment = two.left.protocol.localCredentials.usernameFragment;
  const forger = new HandPeer("controlling");
  const [request] = forger.drain();
  const captured: Uint8Array[] = [];
  two.network.intercept((packet) => {
    captured.push(packet.payload.slice());
    return [packet];
  });
  for (let i = 0; i < 300; i++) {
    two.network.runFor(200);
    for (const source of [path.remote, ELSEWHERE]) {
      const attack = [
        forger.request({ username: `${fragment}:x`, password: "wrongwrongwrongwrongwrong" }),
        forger.request({ username: undefined, integrity: false, useCandidate: true }),
        forger.response(request!, { error: 487 }),
        forger.response(request!, { mapped: ELSEWHERE }),
        stunMessageBytes({ type: "binding-indication", transactionId: new Uint8Array(12), attributes: [] }),
        ...captured.slice(-4),
      ];
      for (const payload of attack) two.network.inject({ source, destination: path.local, payload });
    }
  }
  expect(two.completed).toBe(true);
  expect(two.left.protocol.selectedPath).toBe(path);
  expect(two.left.protocol.role).toBe("controlling");
  expect(two.left.events.filter(({ type }) => type === "state")).toHaveLength(3);
  expect(two.left.protocol.accepts({ local: path.local, remote: ELSEWHERE })).toBe(false);
  expect(two.left.protocol.stats().pairs).toHaveLength(1);
  expect(two.left.protocol.stats().pairs[0]?.currentRoundTripTimeMs).toBe(20);
});
