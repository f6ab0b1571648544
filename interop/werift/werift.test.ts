import { afterAll, beforeAll, describe } from "vitest";
import { battery } from "../agent/battery.ts";
import { childPeer } from "../agent/child-peer.ts";
import type { Peer } from "../agent/peer.ts";

describe("werift", () => {
  let peer: Peer;
  beforeAll(async () => {
    peer = await childPeer("werift");
  });
  afterAll(() => peer?.close());

  battery(() => peer, {
    largestMessage: 65_536, // what it announces as a=max-message-size
    partialMeansOrdered: true, // its channel types 1 and 2 lose the bit that says "unordered"
    sendsNothingEmpty: true, // it sends DATA without user data, which RFC 9260 §6.2 forbids, instead of RFC 8831's one byte
  });
});
