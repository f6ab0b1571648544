import { expect, test } from "vitest";
import { Peers } from "./engine-peers.ts";

test("RFC 5764 §4.1: the handshake agrees on an SRTP profile although only data was negotiated, as browsers do", () => {
  const peers = new Peers();
  peers.start();
  peers.runUntilOpen();
  for (const { engine } of [peers.offerer, peers.answerer]) {
    expect(engine.transports.map(({ dtls }) => dtls.agreement?.srtpProfile)).toEqual([7]);
  }
});
