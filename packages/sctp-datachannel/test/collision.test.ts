import { Malformed } from "@purertc/core";
import { type Chunk, parsePacket } from "@purertc/sctp-datachannel/codec";
import { tap } from "@purertc/simulator";
import { expect, test } from "vitest";
import { RELIABLE, startedChannels } from "./two-ends.ts";

// Both ends of a data channel connection send INIT at once, so the TCB is there, from the INIT ACK, when the peer's COOKIE ECHO brings the
// association up. Re-configuration used to begin only with a new TCB: its numbers stayed 0, which two of ours did not notice, and Chromium
// answered every stream reset with "bad sequence number", so that no channel ever closed.
test("RFC 6525 §4.1: after an INIT collision, request numbers begin at the initial TSN", () => {
  const pair = startedChannels();
  const chunks: Chunk[] = [];
  tap(pair, {
    toB: (datagram) => {
      const packet = parsePacket(datagram, "keep");
      if (!(packet instanceof Malformed)) chunks.push(...packet.chunks);
      return undefined;
    },
  });
  pair.run(() => pair.a.protocol.state === "connected" && pair.b.protocol.state === "connected");
  const channel = pair.a.call((a, now) => a.open(now, RELIABLE));
  pair.runFor(500);
  pair.a.call((a, now) => a.closeChannel(now, channel));
  pair.runFor(500);
  const initialTsns = chunks.flatMap((chunk) => (chunk.type === "INIT-ACK" ? [chunk.initialTsn] : []));
  const requests = chunks.flatMap((chunk) => (chunk.type === "RE-CONFIG" ? chunk.parameters : []));
  expect(requests[0]).toMatchObject({ type: "OUTGOING-SSN-RESET-REQUEST", requestSequenceNumber: initialTsns[0] });
  expect(pair.a.event("channel-closed")).toBeDefined();
});
