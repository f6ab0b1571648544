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

  battery(() => peer);
});
