import { transportAddress } from "@purertc/core";
import { expect, test } from "vitest";
import { route, states, TwoAgents } from "./two-agents.ts";

test("RFC 7675 §5.1: an outage shows as disconnected and heals", () => {
  const two = new TwoAgents({ seed: 1 }).start();
  two.run(() => two.completed);
  const undo = two.network.block("192.0.2.1", "192.0.2.2");
  two.network.runFor(14_000);
  expect([two.left.protocol.state, two.right.protocol.state]).toEqual(["disconnected", "disconnected"]);
  expect(two.left.protocol.selectedPath).toBeDefined();
  undo();
  two.network.runFor(7_000);
  expect(states(two.left)).toEqual(["checking", "connected", "completed", "disconnected", "completed"]);
});

test("RFC 7675 §5.1: 30 s without a response end consent; then nothing is sent any more", () => {
  const two = new TwoAgents({ seed: 2 }).start();
  two.run(() => two.completed);
  const since = two.network.now;
  two.network.block("192.0.2.1", "192.0.2.2");
  two.run(() => two.left.protocol.state === "failed" && two.right.protocol.state === "failed");
  expect(two.network.now - since).toBeLessThanOrEqual(30_000);
  expect(two.network.now - since).toBeGreaterThanOrEqual(24_000);
  expect(two.left.protocol.selectedPath).toBeUndefined();
  let sent = 0;
  two.network.intercept((packet) => {
    sent += 1;
    return [packet];
  });
  two.network.runFor(60_000);
  expect(sent).toBe(0);
  expect(two.left.protocol.pollTimeout()).toBeUndefined();
});

test("RFC 7675 §5.1: responses keep consent, the peer's requests and data do not", () => {
  const two = new TwoAgents({ seed: 3 }).start();
  two.run(() => two.completed);
  // Only what the left side sends is lost: the right side still sends requests and data, but no responses have requests to answer.
  two.network.intercept((packet) => (packet.source.ip === "192.0.2.1" ? [] : [packet]));
  const path = two.left.protocol.selectedPath!;
  const end = two.network.now + 40_000;
  while (two.network.now < end && two.left.protocol.state !== "failed") {
    two.network.runFor(100);
    two.left.call((agent, now) => agent.dataReceived(now, path));
  }
  expect(states(two.left)).toEqual(["checking", "connected", "completed", "failed"]); // data came all the time: never disconnected
});

test("RFC 8445 §9: a restart keeps the selected path in use and moves to the new credentials", () => {
  const two = new TwoAgents({ seed: 4 }).start();
  two.run(() => two.completed);
  const before = two.left.protocol.localCredentials;
  const old = two.left.protocol.selectedPath!;
  two.restart();
  expect(two.left.protocol.localCredentials).not.toEqual(before);
  expect(two.left.protocol.state).toBe("connected"); // no longer completed
  expect(two.left.protocol.selectedPath).toBe(old);
  expect(two.left.protocol.accepts(old)).toBe(true);
  two.run(() => two.completed);
  expect(two.left.protocol.selectedPath).toBe(old); // the same two sockets
  expect(states(two.left)).toEqual(["checking", "connected", "completed", "connected", "completed"]);
  expect(two.left.events.filter(({ type }) => type === "selected-pair")).toHaveLength(2);
  two.network.runFor(60_000);
  expect(two.completed).toBe(true);
});

test("RFC 8445 §9: the old path keeps its consent while the answer to a restart is awaited", () => {
  const two = new TwoAgents({ seed: 5, signallingMs: 90_000 }).start();
  two.run(() => two.completed, 200_000);
  two.left.call((agent, now) => agent.restart(now));
  two.network.runFor(60_000);
  expect(two.left.protocol.state).toBe("connected");
  expect(two.right.protocol.state).toBe("completed");
});

test("RFC 8445 §9: a restart with new addresses moves to another network", () => {
  const two = new TwoAgents({ seed: 6, left: { addresses: ["192.0.2.1", "198.51.100.7"] } });
  const { left, right, network } = two;
  const first = left.bind("192.0.2.1");
  left.call((agent, now) => agent.addLocalAddress(now, first));
  left.call((agent, now) => agent.endOfLocalAddresses(now));
  const other = right.bind("192.0.2.2");
  right.call((agent, now) => agent.addLocalAddress(now, other));
  right.call((agent, now) => agent.endOfLocalAddresses(now));
  two.exchangeCredentials();
  two.run(() => two.completed);
  network.block("192.0.2.1", "192.0.2.2");
  network.runFor(15_000);
  expect(left.protocol.state).toBe("disconnected");
  left.call((agent, now) => {
    agent.restart(now);
    agent.addLocalAddress(now, left.bind("198.51.100.7"));
  });
  expect(left.protocol.state).toBe("checking"); // W3C WebRTC §5.6.4: the restart forgets the silence
  right.call((agent, now) => agent.restart(now));
  two.exchangeCredentials();
  two.run(() => two.completed);
  expect(route(left.protocol.selectedPath)).toBe("198.51.100.7 -> 192.0.2.2");
  expect(route(right.protocol.selectedPath)).toBe("192.0.2.2 -> 198.51.100.7");
});

test("RFC 8445 §9: a failed agent connects again after a restart", () => {
  const two = new TwoAgents({ seed: 7 });
  const undo = two.network.block("192.0.2.1", "192.0.2.2");
  two.start();
  two.run(() => two.left.protocol.state === "failed" && two.right.protocol.state === "failed");
  expect(two.network.now).toBeGreaterThanOrEqual(30_000);
  expect(two.network.now).toBeLessThan(31_000);
  undo();
  two.restart();
  two.run(() => two.completed);
  expect(states(two.left)).toEqual(["checking", "failed", "checking", "connected", "completed"]);
});

test("RFC 8863 §4: without any usable candidate the agent waits for a peer-reflexive one before it fails", () => {
  const two = new TwoAgents({ seed: 8, mute: "right" });
  two.start();
  two.left.call((agent, now) => agent.endOfRemoteCandidates(now));
  two.network.run(5);
  expect(two.left.protocol.state).toBe("new");
  two.run(() => two.connected);
  expect(two.left.protocol.selectedPair?.remote.type).toBe("prflx");

  const alone = new TwoAgents({ seed: 8, mute: "right" });
  alone.start();
  alone.network.block("192.0.2.1", "192.0.2.2");
  alone.run(() => alone.left.protocol.state === "failed");
  expect(alone.network.now).toBeLessThan(31_000);
});

test("RFC 8838 §14, RFC 8863 §4: candidates that trickle in late extend the wait", () => {
  const two = new TwoAgents({ seed: 9, mute: "right" });
  two.network.block("192.0.2.1", "192.0.2.2");
  two.start();
  two.network.run(29_000);
  two.left.call((agent, now) =>
    agent.addRemoteCandidate(now, { ...two.right.protocol.stats().localCandidates[0]!, address: "192.0.2.77" }),
  );
  two.network.run(50_000);
  expect(two.left.protocol.state).toBe("checking");
  two.network.run(60_000);
  expect(two.left.protocol.state).toBe("failed");
});

test("RFC 3264 §8: credentials of another fork drop the candidates of the first", () => {
  const two = new TwoAgents({ seed: 10 }).start();
  two.run(() => two.completed);
  two.left.call((agent, now) => agent.setRemoteCredentials(now, { usernameFragment: "fork", password: "0123456789012345678901" }));
  expect(two.left.protocol.stats().remoteCandidates).toEqual([]);
  expect(two.left.protocol.selectedPath).toBeDefined();
});

test("W3C WebRTC §5.6.4: close is the end; everything throws afterwards", () => {
  const two = new TwoAgents({ seed: 11 }).start();
  two.run(() => two.completed);
  const { left } = two;
  const path = left.protocol.selectedPath!;
  left.call((agent, now) => agent.close(now));
  expect(left.events.slice(-2)).toEqual([{ type: "state", state: "closed" }, { type: "closed" }]);
  expect(left.protocol.accepts(path)).toBe(false);
  expect(left.protocol.pollTimeout()).toBeUndefined();
  expect(() => left.protocol.restart(0)).toThrow(expect.objectContaining({ name: "InvalidStateError", code: "ICE_CLOSED" }));
  expect(() => left.protocol.addLocalAddress(0, transportAddress("192.0.2.1", 1)!)).toThrow("closed");
  two.run(() => two.right.protocol.state === "failed");
});

test("RFC 8445 §5.3, RFC 8839 §5.4: credentials outside the grammar are refused", () => {
  const two = new TwoAgents({ seed: 12 });
  const bad = (usernameFragment: string, password: string) => () =>
    two.left.protocol.setRemoteCredentials(0, { usernameFragment, password });
  const password = "0123456789012345678901";
  expect(bad("abc", password)).toThrow(expect.objectContaining({ code: "ICE_CREDENTIALS" }));
  expect(bad("ab:d", password)).toThrow(expect.objectContaining({ code: "ICE_CREDENTIALS" }));
  expect(bad("abcd", password.slice(1))).toThrow(expect.objectContaining({ code: "ICE_CREDENTIALS" }));
});
