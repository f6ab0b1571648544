/**
 * What went wrong: data on the selected path put off the moment at which the peer counts as silent, but not the timer, which was only set anew when
 * something else happened. A host that called `handleTimeout` early, for whatever reason, moved the deadline by that: two hosts that had told the agent
 * the same were told different deadlines (the contract of a conference with media, seed 2, a consent check under way while media arrived). Looking for
 * others of its kind found two: data that ended a silence forgotten by a restart, and an unusable answer to a check that was no longer needed.
 *
 * A deadline, and the state, follow from what the agent was told, never from when it was asked to look at its clock for nothing.
 */
import { expect, test } from "vitest";
import { HandPeer, HERE, isRequest, THERE } from "../../test/hand-peer.ts";

const PATH = { local: HERE, remote: THERE };

/** An agent whose consent check of `peer.now` has no answer. */
function unanswered(): HandPeer {
  const peer = new HandPeer("controlling").connect();
  peer.wait(10);
  const [check] = peer.wait(peer.agent.pollTimeout()!);
  expect(isRequest(check!)).toBe(true);
  expect(peer.agent.nextTimer()).toEqual({ name: "silence", at: peer.now + 2000 });
  return peer;
}

function expectNothingOfAnEarlyTimeout(peer: HandPeer): void {
  const told = peer.agent.nextTimer();
  const events = peer.events.length;
  expect(told!.at).toBeGreaterThan(peer.now);
  peer.agent.handleTimeout(peer.now);
  expect(peer.drain()).toEqual([]);
  expect(peer.events.length).toBe(events);
  expect(peer.agent.nextTimer()).toEqual(told);
}

test("Sans-I/O contract, law 4: data puts off the deadline of silence at once", () => {
  const peer = unanswered();
  const sentAt = peer.now;
  peer.now += 100;
  peer.agent.dataReceived(peer.now, PATH);
  expect(peer.drain()).toEqual([]);
  expect(peer.agent.pollTimeout()).toBeGreaterThan(sentAt + 2000);
  expectNothingOfAnEarlyTimeout(peer);
});

test("Sans-I/O contract, law 2: data after a sleep leaves what is overdue to handleTimeout, with its deadline", () => {
  const peer = unanswered();
  const overdue = peer.agent.pollTimeout();
  peer.now += 20_000; // past silence and past the next consent check
  peer.agent.dataReceived(peer.now, PATH);
  expect(peer.drain()).toEqual([]);
  expect(peer.agent.pollTimeout()).toBe(overdue);
  peer.agent.handleTimeout(peer.now);
  expect(peer.drain().map(isRequest)).toEqual([true]);
  expect(peer.agent.state).toBe("connected"); // heard just now
  expectNothingOfAnEarlyTimeout(peer);
});

test("W3C WebRTC §5.6.4, law 4: data ends a silence that a restart has forgotten, at once", () => {
  const peer = unanswered();
  peer.wait(peer.now + 2000);
  expect(peer.agent.state).toBe("disconnected");
  peer.agent.restart(peer.now);
  peer.drain();
  expect(peer.agent.state).toBe("checking");
  peer.now += 1;
  peer.agent.dataReceived(peer.now, PATH);
  peer.drain();
  expect(peer.agent.state).toBe("connected");
  expectNothingOfAnEarlyTimeout(peer);
});

test("RFC 8445 §7.3.1.4, law 4: an unusable answer to a superseded check takes the deadline of that check away", () => {
  const peer = new HandPeer("controlled");
  const [first] = peer.drain();
  peer.now = 100;
  const second = peer.give(peer.request()).find(isRequest);
  peer.give(peer.response(second!));
  expect(peer.agent.nextTimer()).toEqual({ name: "check-transaction", at: 500 });
  peer.give(peer.response(first!, { error: 400 }));
  expect(peer.agent.stats().pairs[0]?.state).toBe("succeeded");
  expect(peer.agent.nextTimer()?.name).not.toBe("check-transaction");
  expectNothingOfAnEarlyTimeout(peer);
});
