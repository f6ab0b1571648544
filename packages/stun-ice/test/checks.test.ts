/** Rules of RFC 8445 that one side can see alone, with a peer moved by hand. */
import { transportAddress } from "@purertc/core";
import { nodeCrypto } from "@purertc/crypto/node";
import { expect, test } from "vitest";
import { findAttribute, longTermMac, shortTermMac, stunMessageBytes, verifyFingerprint, verifyMessageIntegrity } from "../src/index.ts";
import { describe, ELSEWHERE, HandPeer, HERE, hostCandidate, isRequest, PEER, type Sent, THERE } from "./hand-peer.ts";

const at = (ip: string, port: number) => transportAddress(ip, port)!;
const timeline = (sent: readonly Sent[]): string[] => sent.map(describe);

test("RFC 8445 §7.2.2: what a check carries", () => {
  const peer = new HandPeer("controlling");
  const [check] = peer.drain();
  const { message, bytes } = check!;
  expect(message.attributes.map(({ type }) => type)).toEqual([
    "USERNAME",
    "ICE-CONTROLLING",
    "PRIORITY",
    "MESSAGE-INTEGRITY",
    "FINGERPRINT",
  ]);
  expect(findAttribute(message, "USERNAME")?.value).toBe(`peer:${peer.agent.localCredentials.usernameFragment}`);
  // §7.1.1: the priority a peer-reflexive candidate from the same base would have.
  expect(findAttribute(message, "PRIORITY")?.value).toBe(110 * 2 ** 24 + 65534 * 2 ** 8 + 255);
  expect(verifyMessageIntegrity(bytes, "MESSAGE-INTEGRITY", shortTermMac(nodeCrypto, "MESSAGE-INTEGRITY", PEER.password))).toBe("right");
  expect(verifyFingerprint(bytes)).toBe("right");
});

test("RFC 8445 §7.3: a success response mirrors the source, protected by the local password", () => {
  const peer = new HandPeer("controlled");
  peer.drain();
  const [success] = peer.give(peer.request(), ELSEWHERE);
  expect(success!.message.attributes.map(({ type }) => type)).toEqual(["XOR-MAPPED-ADDRESS", "MESSAGE-INTEGRITY", "FINGERPRINT"]);
  expect(findAttribute(success!.message, "XOR-MAPPED-ADDRESS")?.value).toEqual({ family: 4, ip: ELSEWHERE.ip, port: ELSEWHERE.port });
  const mac = shortTermMac(nodeCrypto, "MESSAGE-INTEGRITY", peer.agent.localCredentials.password);
  expect(verifyMessageIntegrity(success!.bytes, "MESSAGE-INTEGRITY", mac)).toBe("right");
});

test("RFC 8489 §9.1.3: a request with MESSAGE-INTEGRITY-SHA256 is answered with the same", () => {
  const peer = new HandPeer("controlled");
  peer.drain();
  const { password } = peer.agent.localCredentials;
  const mac = shortTermMac(nodeCrypto, "MESSAGE-INTEGRITY-SHA256", password);
  const request = (key: typeof mac): Uint8Array =>
    peer.request({ integrity: false, afterIntegrity: [{ type: "MESSAGE-INTEGRITY-SHA256", mac: key }] });
  const [success] = peer.give(request(mac));
  expect(verifyMessageIntegrity(success!.bytes, "MESSAGE-INTEGRITY-SHA256", mac)).toBe("right");
  const wrong = longTermMac(nodeCrypto, "MESSAGE-INTEGRITY-SHA256", new Uint8Array(16));
  expect(timeline(peer.give(request(wrong)))).toEqual(["binding-error-response 401"]);
});

test("RFC 8445 §14.3, RFC 8489 §6.2.1: a check that is never answered", () => {
  const peer = new HandPeer("controlling", { patienceMs: 60_000 });
  const times: number[] = [];
  const first = peer.drain()[0]!;
  for (let t = 0; t <= 45_000; t += 250) {
    for (const sent of peer.wait(t)) {
      expect(sent.bytes).toEqual(first.bytes); // a retransmission is the same message
      times.push(t);
    }
    if (peer.agent.stats().pairs[0]?.state === "failed" && !times.includes(-1)) times.push(-1, t);
  }
  expect(times).toEqual([500, 1500, 3500, 7500, 15_500, 31_500, -1, 39_500]);
});

test("RFC 8445 §6.1.4.2, §14.2: ordinary checks leave one per Ta, best pair first", () => {
  const peer = new HandPeer("controlling", { know: false });
  for (const [i, priority] of [3, 9, 1].entries())
    peer.agent.addRemoteCandidate(0, { ...hostCandidate(at("192.0.2.9", i + 1), priority), foundation: String(i) });
  peer.agent.setRemoteCredentials(0, PEER);
  const order: string[] = peer.drain().map(({ path }) => `0 ${path.remote.port}`);
  for (let t = 1; t <= 200; t++) order.push(...peer.wait(t).map(({ path }) => `${t} ${path.remote.port}`));
  expect(order).toEqual(["0 2", "50 1", "100 3"]);
});

test("RFC 8445 §6.1.2.6: pairs of one foundation wait for the first, and go when it succeeds", () => {
  const peer = new HandPeer("controlled", { know: false });
  for (let i = 1; i <= 3; i++) peer.agent.addRemoteCandidate(0, hostCandidate(at("192.0.2.9", i), i));
  peer.agent.setRemoteCredentials(0, PEER);
  const [check] = peer.drain();
  const pairStates = () => peer.agent.stats().pairs.map(({ state }) => state);
  expect(pairStates()).toEqual(["in-progress", "frozen", "frozen"]);
  peer.now = 10;
  peer.give(peer.response(check!), check!.path.remote);
  expect(pairStates()).toEqual(["succeeded", "waiting", "waiting"]);
});

test("RFC 8445 §7.2.5.3.1: a mapped address that is no candidate of ours is a peer-reflexive local one", () => {
  const peer = new HandPeer("controlled");
  const [check] = peer.drain();
  peer.give(peer.response(check!, { mapped: ELSEWHERE }));
  expect(peer.agent.selectedPair?.local).toMatchObject({
    type: "prflx",
    address: ELSEWHERE.ip,
    port: ELSEWHERE.port,
    relatedAddress: HERE.ip,
    relatedPort: HERE.port,
    priority: 110 * 2 ** 24 + 65534 * 2 ** 8 + 255,
  });
  expect(peer.agent.selectedPath?.local).toEqual(HERE); // datagrams leave from the base
});

test("RFC 8445 §7.3.1.4: a check from the peer retries a failed pair and hurries a frozen one", () => {
  const peer = new HandPeer("controlled", { know: false });
  for (let i = 1; i <= 2; i++) peer.agent.addRemoteCandidate(0, hostCandidate(at("192.0.2.9", i), 10 - i));
  peer.agent.setRemoteCredentials(0, PEER);
  const [check] = peer.drain();
  peer.give(peer.response(check!, { error: 500 }), check!.path.remote);
  const frozen = peer.give(peer.request(), at("192.0.2.9", 2));
  expect(timeline(frozen)).toEqual(["binding-success-response", "binding-request"]);
  peer.now = 60;
  const failed = peer.give(peer.request(), at("192.0.2.9", 1));
  expect(timeline(failed)).toEqual(["binding-success-response", "binding-request"]);
});

test("RFC 8445 §7.3.1.4: the response to a check that a triggered one replaced still counts", () => {
  const peer = new HandPeer("controlled");
  const [first] = peer.drain();
  peer.now = 100;
  const second = peer.give(peer.request()).find(isRequest);
  expect(second?.message.transactionId).not.toEqual(first!.message.transactionId);
  peer.give(peer.response(first!));
  expect(peer.agent.state).toBe("connected");
  // Nothing is repeated afterwards, and the answer to the second changes nothing.
  expect(peer.wait(3_000)).toEqual([]);
});

test("RFC 8445 §8.1.1: the controlling agent nominates its only pair at once, with a check of its own", () => {
  const peer = new HandPeer("controlling");
  const [check] = peer.drain();
  const [nomination] = peer.give(peer.response(check!));
  expect(nomination!.message.attributes.map(({ type }) => type)).toContain("USE-CANDIDATE");
  expect(nomination!.message.transactionId).not.toEqual(check!.message.transactionId);
  expect(peer.agent.stats().pairs[0]?.nominated).toBe(false);
  expect(peer.agent.selectedPath?.remote).toEqual(THERE); // data may flow already
  peer.give(peer.response(nomination!));
  expect(peer.agent.stats().pairs[0]?.nominated).toBe(true);
});

test("RFC 8445 §8.1.1: while a better pair is still tried the nomination waits for it, at most nominationSettleMs", () => {
  const settle = (answerBetter: boolean): { port: number | undefined; at: number } => {
    const peer = new HandPeer("controlling", { know: false });
    peer.agent.addRemoteCandidate(0, { ...hostCandidate(at("192.0.2.9", 1), 900), foundation: "a" });
    peer.agent.addRemoteCandidate(0, { ...hostCandidate(at("192.0.2.9", 2), 100), foundation: "b" });
    peer.agent.setRemoteCredentials(0, PEER);
    const [better] = peer.drain();
    const [worse] = peer.wait(50);
    expect(peer.give(peer.response(worse!), worse!.path.remote)).toEqual([]);
    expect(peer.agent.selectedPath?.remote.port).toBe(2);
    if (answerBetter) {
      peer.wait(100);
      const [nomination] = peer.give(peer.response(better!), better!.path.remote);
      return { port: nomination?.path.remote.port, at: 100 };
    }
    for (let t = 51; t < 1000; t++) {
      const nomination = peer.wait(t).find(({ message }) => findAttribute(message, "USE-CANDIDATE") !== undefined);
      if (nomination !== undefined) return { port: nomination.path.remote.port, at: t };
    }
    return { port: undefined, at: 1000 };
  };
  expect(settle(true)).toEqual({ port: 1, at: 100 });
  expect(settle(false)).toEqual({ port: 2, at: 300 });
});

test("RFC 8445 §8.1.2: after nomination nothing more is tried, and late candidates form no pairs", () => {
  const peer = new HandPeer("controlling", { know: false });
  peer.agent.addRemoteCandidate(0, { ...hostCandidate(at("192.0.2.9", 1), 900), foundation: "a" });
  for (let i = 2; i < 8; i++) peer.agent.addRemoteCandidate(0, { ...hostCandidate(at("192.0.2.9", i), 10), foundation: String(i) });
  peer.agent.setRemoteCredentials(0, PEER);
  peer.answerAll();
  expect(peer.agent.stats().pairs.map(({ nominated }) => nominated)).toEqual([true]);
  peer.agent.addRemoteCandidate(peer.now, hostCandidate(THERE));
  expect(peer.wait(3_000)).toEqual([]);
  expect(timeline(peer.give(peer.request()))).toEqual(["binding-success-response"]); // answered, not checked
});

test("RFC 8445 §8.1.2: checks under way at the nomination are not repeated and end as failed", () => {
  const peer = new HandPeer("controlling", { know: false, nominationSettleMs: 0 });
  peer.agent.addRemoteCandidate(0, { ...hostCandidate(at("192.0.2.9", 1), 900), foundation: "a" });
  peer.agent.addRemoteCandidate(0, { ...hostCandidate(at("192.0.2.9", 2), 100), foundation: "b" });
  peer.agent.setRemoteCredentials(0, PEER);
  peer.drain(); // the better pair is never answered
  peer.answerAll(peer.wait(50));
  const states = () => peer.agent.stats().pairs.map(({ state }) => state);
  expect(states()).toEqual(["in-progress", "succeeded"]);
  for (let t = 1000; t <= 41_000; t += 1000) {
    const sent = peer.wait(t);
    expect(sent.filter(({ path }) => path.remote.port === 1)).toEqual([]);
    peer.answerAll(sent);
  }
  expect(states()).toEqual(["failed", "succeeded"]);
});

test("RFC 8445 §8.1.1: a nominating check that fails takes the pair off the valid list, and the next best is nominated", () => {
  const peer = new HandPeer("controlling", { know: false });
  peer.agent.addRemoteCandidate(0, { ...hostCandidate(at("192.0.2.9", 1), 900), foundation: "a" });
  peer.agent.addRemoteCandidate(0, { ...hostCandidate(at("192.0.2.9", 2), 100), foundation: "b" });
  peer.agent.setRemoteCredentials(0, PEER);
  const [better] = peer.drain();
  const [worse] = peer.wait(50);
  peer.give(peer.response(worse!), worse!.path.remote);
  const [nomination] = peer.give(peer.response(better!), better!.path.remote);
  const [second] = peer.give(peer.response(nomination!, { error: 500 }), nomination!.path.remote);
  expect(second?.path.remote.port).toBe(2);
  peer.give(peer.response(second!), second!.path.remote);
  expect(peer.agent.selectedPath?.remote.port).toBe(2);
});

test("RFC 8445 §8.1.1: after a nomination failed and nothing else is valid, the agent goes on with what is still being tried", () => {
  const peer = new HandPeer("controlling", { know: false });
  peer.agent.addRemoteCandidate(0, { ...hostCandidate(at("192.0.2.9", 1), 900), foundation: "a" });
  peer.agent.addRemoteCandidate(0, { ...hostCandidate(at("192.0.2.9", 2), 100), foundation: "b" });
  peer.agent.setRemoteCredentials(0, PEER);
  const [better] = peer.drain();
  const [nomination] = peer.give(peer.response(better!), better!.path.remote);
  peer.give(peer.response(nomination!, { error: 500 }), nomination!.path.remote);
  expect(peer.agent.state).toBe("checking");
  peer.answerAll(peer.wait(50));
  expect(peer.agent.selectedPath?.remote.port).toBe(2);

  const alone = new HandPeer("controlling");
  const [check] = alone.drain();
  const [last] = alone.give(alone.response(check!));
  alone.give(alone.response(last!, { error: 500 }));
  expect(alone.agent.state).toBe("failed");
});

test("RFC 8445 §7.3.1.5: a controlled agent nominates when its own check succeeds", () => {
  const peer = new HandPeer("controlled");
  const [check] = peer.drain();
  peer.give(peer.request({ useCandidate: true }));
  expect(peer.agent.stats().pairs[0]?.nominated).toBe(false);
  expect(peer.agent.state).toBe("checking");
  peer.give(peer.response(check!));
  expect(peer.agent.stats().pairs[0]?.nominated).toBe(true);
});

test("RFC 5245 §8.1.1.2: of the pairs an aggressive peer nominates the best is selected, in any order", () => {
  const peer = new HandPeer("controlled", { know: false });
  const remotes = [at("192.0.2.9", 1), at("192.0.2.9", 2), at("192.0.2.9", 3)];
  for (const [i, address] of remotes.entries()) {
    peer.agent.addRemoteCandidate(0, { ...hostCandidate(address, (i + 1) * 100), foundation: String(i) });
  }
  peer.agent.setRemoteCredentials(0, PEER);
  peer.drain();
  const order = [1, 0, 2];
  const selected: (number | undefined)[] = [];
  for (const i of order) {
    peer.now += 10;
    const checks = peer.give(peer.request({ useCandidate: true }), remotes[i]!).filter(isRequest);
    peer.answerAll([...checks, ...peer.wait(peer.now + 60)].filter(isRequest));
    selected.push(peer.agent.selectedPath?.remote.port);
  }
  expect(selected.at(-1)).toBe(3);
  peer.give(peer.request({ useCandidate: true }), remotes[0]!);
  expect(peer.agent.selectedPath?.remote.port).toBe(3);
  expect(peer.agent.stats().pairs.filter(({ nominated }) => nominated).length).toBeGreaterThan(1);
});

test("RFC 5245 §8.1.1.2: when the selected pair falls silent and the peer nominates another, that one is checked and used", () => {
  const peer = new HandPeer("controlled", { know: false });
  const [best, other] = [at("192.0.2.9", 1), at("192.0.2.9", 2)];
  peer.agent.addRemoteCandidate(0, { ...hostCandidate(best, 900), foundation: "a" });
  peer.agent.addRemoteCandidate(0, { ...hostCandidate(other, 100), foundation: "b" });
  peer.agent.setRemoteCredentials(0, PEER);
  peer.answerAll();
  peer.answerAll(peer.wait(50));
  for (const address of [best, other]) peer.give(peer.request({ useCandidate: true }), address);
  expect(peer.agent.selectedPath?.remote.port).toBe(1);
  expect(peer.give(peer.request({ useCandidate: true }), other).filter(isRequest)).toEqual([]); // while the best one lives, nothing
  peer.wait(13_000);
  expect(peer.agent.state).toBe("disconnected");
  const [check] = peer.give(peer.request({ useCandidate: true }), other).filter(isRequest);
  expect(peer.agent.selectedPath?.remote.port).toBe(1);
  peer.give(peer.response(check!), other);
  expect(peer.agent.selectedPath?.remote.port).toBe(2);
  expect(peer.agent.state).toBe("connected");
});

test("RFC 8445 §7.3.1.5: USE-CANDIDATE from a controlled peer means nothing", () => {
  const peer = new HandPeer("controlling", { nominationSettleMs: 1e9 });
  peer.drain();
  peer.give(peer.request({ useCandidate: true }));
  expect(peer.agent.stats().pairs[0]?.nominated).toBe(false);
});

test.each([
  ["controlling", "ICE-CONTROLLING"],
  ["controlled", "ICE-CONTROLLED"],
] as const)("RFC 8445 §7.3.1.1: a conflict seen by a %s agent: the greater tie-breaker keeps the controlling role", (role, type) => {
  const weak = new HandPeer(role);
  weak.drain();
  const loses = role === "controlling" ? 2n ** 64n - 1n : 2n ** 64n - 1n;
  const sent = weak.give(weak.request({ role: { type, value: loses } }));
  const strong = new HandPeer(role);
  strong.drain();
  const other = strong.give(strong.request({ role: { type, value: 0n } }));
  const [switching, rejecting] =
    role === "controlling"
      ? [
          { peer: weak, sent },
          { peer: strong, sent: other },
        ]
      : [
          { peer: strong, sent: other },
          { peer: weak, sent },
        ];
  expect(timeline(switching.sent)[0]).toBe("binding-success-response");
  expect(switching.peer.agent.role).not.toBe(role);
  expect(switching.peer.events).toContainEqual({ type: "role", role: switching.peer.agent.role });
  expect(timeline(rejecting.sent)).toEqual(["binding-error-response 487"]);
  expect(rejecting.peer.agent.role).toBe(role);
  expect(findAttribute(rejecting.sent[0]!.message, "MESSAGE-INTEGRITY")).toBeDefined();
});

test("RFC 8445 §7.2.5.1: a 487 switches the role, draws a new tie-breaker and checks again", () => {
  const peer = new HandPeer("controlling");
  const [check] = peer.drain();
  peer.give(peer.response(check!, { error: 487 }));
  expect(peer.agent.role).toBe("controlled");
  const [again] = peer.wait(50);
  const [before, after] = [findAttribute(check!.message, "ICE-CONTROLLING")?.value, findAttribute(again!.message, "ICE-CONTROLLED")?.value];
  expect(after).toBeDefined();
  expect(after).not.toBe(before);
  peer.give(peer.response(again!));
  expect(peer.agent.state).toBe("connected");
});

test("RFC 7675 §5.1: consent checks are never repeated, 4 to 6 s apart, each a transaction of its own", () => {
  const peer = new HandPeer("controlling").connect();
  const times: number[] = [];
  const ids = new Set<string>();
  for (let t = 1; t < 29_000; t++) {
    for (const { message } of peer.wait(t)) {
      times.push(t);
      ids.add(message.transactionId.join());
    }
  }
  const gaps = times.slice(1).map((time, i) => time - times[i]!);
  expect(times.length).toBeGreaterThanOrEqual(4);
  expect(ids.size).toBe(times.length);
  for (const gap of gaps) {
    expect(gap).toBeGreaterThanOrEqual(3999);
    expect(gap).toBeLessThanOrEqual(6001);
  }
  expect(new Set(gaps).size).toBeGreaterThan(1);
});

test("RFC 7675 §5.1: a late response to any consent check renews consent", () => {
  const peer = new HandPeer("controlling").connect();
  const [consent] = peer.wait(7_000);
  peer.wait(29_000);
  expect(peer.agent.state).toBe("disconnected");
  peer.give(peer.response(consent!));
  expect(peer.agent.state).toBe("connected");
  peer.wait(58_000);
  expect(peer.agent.selectedPath).toBeDefined();
  peer.wait(59_000);
  expect(peer.agent.state).toBe("failed");
});

test("RFC 7675 §5.1: a failed agent answers nothing, whoever asks", () => {
  const peer = new HandPeer("controlling").connect();
  peer.wait(60_000);
  expect(peer.agent.state).toBe("failed");
  expect(peer.give(peer.request())).toEqual([]);
  expect(peer.agent.stats().discarded["agent-failed"]).toBe(1);
});

test("RFC 8445 §9: after a restart checks with the old credentials are still answered", () => {
  const peer = new HandPeer("controlled").connect();
  const old = peer.request();
  peer.agent.restart(peer.now);
  expect(timeline(peer.give(old))).toEqual(["binding-success-response"]);
  expect(timeline(peer.give(peer.request()))).toEqual(["binding-success-response"]); // and those with the new ones
});

test("RFC 8838 §11: candidates of the old generation are not taken into the new one", () => {
  const peer = new HandPeer("controlled").connect();
  peer.agent.restart(peer.now);
  peer.agent.addRemoteCandidate(peer.now, { ...hostCandidate(ELSEWHERE), usernameFragment: PEER.usernameFragment });
  expect(peer.agent.stats().remoteCandidates).toEqual([]);
  peer.agent.addRemoteCandidate(peer.now, { ...hostCandidate(ELSEWHERE), usernameFragment: "next" });
  peer.agent.addRemoteCandidate(peer.now, { ...hostCandidate(THERE), usernameFragment: "other" });
  peer.agent.setRemoteCredentials(peer.now, { usernameFragment: "next", password: PEER.password });
  expect(peer.agent.stats().remoteCandidates).toHaveLength(1);
});

test("RFC 7983 §7: what is not STUN is left alone", () => {
  const peer = new HandPeer("controlled");
  peer.drain();
  for (const first of [4, 20, 63, 64, 128, 255]) peer.give(new Uint8Array(40).fill(first));
  expect(peer.agent.stats().discarded).toEqual({ "not-stun": 6 });
  peer.give(stunMessageBytes({ type: "binding-request", transactionId: new Uint8Array(12), attributes: [], magicCookie: 1 }));
  expect(peer.agent.stats().discarded).toEqual({ "not-stun": 6, malformed: 1 });
});

test("Sans-I/O contract: accepts knows a path by its ends, whatever object the host uses", () => {
  const peer = new HandPeer("controlled").connect();
  const path = { local: { ...HERE }, remote: { ...THERE } };
  expect(peer.agent.accepts(path)).toBe(true);
  expect(peer.agent.accepts({ ...path })).toBe(true);
  expect(peer.agent.accepts({ ...path, remote: ELSEWHERE })).toBe(false);
});
