import { expect, test } from "vitest";
import { channels, connectedChannels, RELIABLE } from "./two-ends.ts";

// DataChannels takes the association's events inside its own calls, before anyone has polled for packets. The association used to consider
// itself finished with that, so that the ABORT of every closed RTCPeerConnection stayed in the outbox and the peer waited for its timers.
test("RFC 9260 §9.1: the ABORT goes out although its owner has taken the closed event first", () => {
  const pair = connectedChannels();
  pair.a.call((a, now) => a.abort(now, "bye"));
  pair.runFor(100);
  expect(pair.b.event("closed")).toMatchObject({ cause: "peer-abort", sctpCauseCode: 12 });
  const out = new Uint8Array(1500);
  expect(pair.a.protocol.pollTransmit(out)).toBeUndefined();
});

test("RFC 8832 §6: ids are there as soon as the parity is known, and stay when the association comes up", () => {
  const before = channels(1);
  const first = before.open(0, RELIABLE);
  const taken = before.open(0, { ...RELIABLE, negotiated: true, id: 3 });
  expect(before.id(first)).toBeUndefined();
  before.assignIds(0, "odd");
  const second = before.open(0, RELIABLE);
  expect([first, taken, second].map((channel) => before.id(channel))).toEqual([1, 3, 5]);
  before.connect(0, { idParity: "odd", localPort: 5000, remotePort: 5000, remoteMaxMessageSize: 0 });
  expect([first, taken, second].map((channel) => before.id(channel))).toEqual([1, 3, 5]);
});
