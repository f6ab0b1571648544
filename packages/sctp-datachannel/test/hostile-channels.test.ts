/** A peer that opens channels and sends messages as no peer should. */
import type { DataChannelsEvent } from "@purertc/sctp-datachannel";
import { writeDcepMessage } from "@purertc/sctp-datachannel/codec";
import { expect, test } from "vitest";
import { RawPeer } from "./raw-peer.ts";
import { channels, connectOptions } from "./two-ends.ts";

/** A data channel end that a raw peer is connected to; the peer opens even ids. */
function channelTarget(options: Parameters<typeof channels>[1] = {}) {
  const target = channels("target", { heartbeatIntervalMs: 0, ...options });
  target.connect(0, connectOptions("odd"));
  const peer = new RawPeer<DataChannelsEvent>(target);
  peer.take();
  peer.connect();
  peer.take();
  peer.events.length = 0;
  return { peer, target };
}

const OPEN = (label: string) => writeDcepMessage({ type: "DATA_CHANNEL_OPEN", ordered: true, priority: 256, label, protocol: "" });

test("RFC 8832: a flood of OPENs is bounded by channels and by bytes of names; the rest is reset", () => {
  for (const [options, label] of [
    [{ maxIncomingChannels: 10 }, "x"],
    [{ maxIncomingNameBytes: 4000 }, "x".repeat(388)],
  ] as const) {
    const { peer, target } = channelTarget(options);
    for (let i = 0; i < 40; i++)
      peer.send([peer.data({ streamId: 2 * i, payloadProtocolId: 50, unordered: false, userData: OPEN(label) })]);
    expect(peer.events.filter((event) => event.type === "channel-announced").length).toBe(10);
    expect(target.stats().refusedOpens).toBe(30);
    expect(peer.takeChunks().map(({ type }) => type)).toContain("RE-CONFIG");
    expect(target.state).toBe("connected");
  }
});

test("RFC 8832 §6: an OPEN with the wrong parity is reset, one on a channel in use is ignored", () => {
  const { peer, target } = channelTarget();
  peer.send([peer.data({ streamId: 1, payloadProtocolId: 50, unordered: false, userData: OPEN("a") })]);
  peer.send([peer.data({ streamId: 2, payloadProtocolId: 50, unordered: false, userData: OPEN("b") })]);
  peer.send([peer.data({ streamId: 2, payloadProtocolId: 50, unordered: false, streamSequenceNumber: 1, userData: OPEN("c") })]);
  const announced = peer.events.flatMap((event) => (event.type === "channel-announced" ? [event.init.label] : []));
  expect(announced).toEqual(["b"]);
  expect(target.stats().refusedOpens).toBe(2);
});

test("messages for no channel, unknown PPIDs and bad DCEP are counted and dropped", () => {
  const { peer, target } = channelTarget();
  peer.send([peer.data({ streamId: 8 })]);
  peer.send([peer.data({ streamId: 2, payloadProtocolId: 50, unordered: false, userData: OPEN("b") })]);
  peer.send([peer.data({ streamId: 2, payloadProtocolId: 99 })]);
  peer.send([peer.data({ streamId: 2, payloadProtocolId: 50, unordered: false, streamSequenceNumber: 1, userData: Uint8Array.of(9) })]);
  expect(peer.events.map((event) => event.type)).toEqual(["channel-announced"]);
  expect(target.stats().strayMessages).toBe(3);
});

test("RFC 8841 §6: a message beyond our announced size closes its channel with an error, and only that", () => {
  const { peer, target } = channelTarget({ localMaxMessageSize: 2000 });
  for (const streamId of [2, 4]) peer.send([peer.data({ streamId, payloadProtocolId: 50, unordered: false, userData: OPEN("b") })]);
  for (let i = 0; i < 3; i++) peer.send([peer.data({ streamId: 2, beginning: i === 0, ending: i === 2, userData: new Uint8Array(1000) })]);
  peer.send([peer.data({ streamId: 4, userData: new Uint8Array(1000) })]);
  expect(peer.events.at(-2)).toMatchObject({ type: "channel-closed", error: { code: "message-too-large" } });
  expect(peer.events.at(-1)).toMatchObject({ type: "message" });
  expect(target.state).toBe("connected");
});

test("RFC 8831 §6.6: parts under the deprecated PPIDs are bounded too", () => {
  const { peer, target } = channelTarget({ localMaxMessageSize: 2000 });
  peer.send([peer.data({ streamId: 2, payloadProtocolId: 50, unordered: false, userData: OPEN("b") })]);
  for (const payloadProtocolId of [52, 52, 53]) peer.send([peer.data({ streamId: 2, payloadProtocolId, userData: new Uint8Array(500) })]);
  expect(peer.events.at(-1)).toMatchObject({ type: "message", data: new Uint8Array(1500) });
  for (let i = 0; i < 5; i++) peer.send([peer.data({ streamId: 2, payloadProtocolId: 52, userData: new Uint8Array(500) })]);
  expect(peer.events.at(-1)).toMatchObject({ type: "channel-closed", error: { code: "message-too-large" } });
  expect(target.stats().association.receiveWindow).toBe(8 * 1024 * 1024);
});
