import { afterAll, beforeAll, describe } from "vitest";
import { battery } from "../agent/battery.ts";
import { childPeer } from "../agent/child-peer.ts";
import type { Peer } from "../agent/peer.ts";

describe("wrtc", () => {
  let peer: Peer;
  beforeAll(async () => {
    peer = await childPeer("wrtc");
  });
  afterAll(() => peer?.close());

  battery(() => peer, {
    hidesReliability: true, // 65535 for what is not set
  });
});
