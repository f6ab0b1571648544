import { equalBytes, utf8FromString } from "@purertc/core";
import type { ChannelInit, DataChannels } from "@purertc/sctp-datachannel";
import { parsePacket } from "@purertc/sctp-datachannel/codec";
import { connectPair, type Pair, simulationSeeds } from "@purertc/simulator";
import { expect, test } from "vitest";
import { channels, connectedChannels, connectOptions, pattern, RELIABLE, startedChannels } from "./two-ends.ts";

type Channels = Pair<DataChannels, DataChannels>;
const seeds = simulationSeeds(process.env.SIMULATION_SEED, [1, 2, 3, 4]);
const code = (expected: string) => expect.objectContaining({ code: expected });

function open(pair: Channels, side: "a" | "b", init: Partial<ChannelInit> = {}): number {
  return pair[side].call((end, now) => end.open(now, { ...RELIABLE, ...init }));
}

/** A channel from a, open on both sides; the handles of a and b. */
function opened(pair: Channels, init: Partial<ChannelInit> = {}): [number, number] {
  const a = open(pair, "a", init);
  const known = pair.b.events.filter((event) => event.type === "channel-announced").length;
  const announced = () => pair.b.events.filter((event) => event.type === "channel-announced");
  pair.run(() => announced().length > known);
  return [a, announced().at(-1)!.channel];
}

function messages(pair: Channels, side: "a" | "b"): [number, string, number][] {
  return pair[side].events.flatMap((event) =>
    event.type === "message" ? [[event.channel, event.kind, event.data.length] as [number, string, number]] : [],
  );
}

test("RFC 8832 §6: the client opens even ids, the server odd ones, also those made before the association", () => {
  const a = channels("a");
  const early = [a.open(0, RELIABLE), a.open(0, { ...RELIABLE, negotiated: true, id: 0 }), a.open(0, RELIABLE)];
  expect(early.map((handle) => a.id(handle))).toEqual([undefined, 0, undefined]);
  const pair = startedChannels();
  const handles = { a: [open(pair, "a"), open(pair, "a")], b: [open(pair, "b"), open(pair, "b")] };
  pair.run(() => pair.a.events.filter((event) => event.type === "channel-announced").length === 2);
  expect(handles.a.map((handle) => pair.a.protocol.id(handle))).toEqual([0, 2]);
  expect(handles.b.map((handle) => pair.b.protocol.id(handle))).toEqual([1, 3]);
});

test("RFC 8832 §5.1: everything about a channel reaches the other side", () => {
  const pair = connectedChannels();
  const inits: Partial<ChannelInit>[] = [
    { label: "überall ✓", protocol: "p", ordered: true, priority: "very-low" },
    { label: "", ordered: false, maxRetransmits: 0, priority: "medium" },
    { label: "x".repeat(65_535), ordered: true, maxPacketLifeTime: 65_535, priority: "high" },
    { label: "y", ordered: false, maxPacketLifeTime: 0 },
    { label: "z", ordered: true, maxRetransmits: 3 },
  ];
  for (const init of inits) opened(pair, init);
  const announced = pair.b.events.flatMap((event) => (event.type === "channel-announced" ? [event.init] : []));
  announced.forEach((init, i) => {
    expect(init).toEqual({ ...RELIABLE, ...inits[i], id: 2 * i });
  });
  expect(() => open(pair, "a", { label: "x".repeat(65_536) })).toThrow(code("SCTP_NAME_TOO_LONG"));
});

test("RFC 8831 §6.6, §8: texts, binaries and empty ones, both ways, in-band and negotiated", () => {
  const pair = connectedChannels({ link: { delayMs: 20 } });
  const inBand = opened(pair);
  const negotiated = [open(pair, "a", { negotiated: true, id: 100 }), open(pair, "b", { negotiated: true, id: 100 })] as const;
  for (const handles of [inBand, negotiated]) {
    (["a", "b"] as const).forEach((side, i) => {
      pair[side].call((end, now) => {
        end.send(now, handles[i]!, "text", utf8FromString("héllo"));
        end.send(now, handles[i]!, "text", new Uint8Array(0));
        end.send(now, handles[i]!, "binary", new Uint8Array(0));
        end.send(now, handles[i]!, "binary", pattern(262_144, 1));
      });
    });
  }
  pair.runFor(10_000);
  for (const [side, index] of [["a", 0] as const, ["b", 1] as const]) {
    for (const handles of [inBand, negotiated]) {
      expect(messages(pair, side).filter(([channel]) => channel === handles[index])).toEqual([
        [handles[index], "text", 6],
        [handles[index], "text", 0],
        [handles[index], "binary", 0],
        [handles[index], "binary", 262_144],
      ]);
    }
  }
});

test("RFC 8841 §6: the peer's limit holds, and 0 means none", () => {
  const pair = connectedChannels();
  const [a] = opened(pair);
  expect(pair.a.protocol.maxMessageSize).toBe(262_144);
  expect(() => pair.a.call((end, now) => end.send(now, a, "binary", new Uint8Array(262_145)))).toThrow(code("SCTP_MESSAGE_TOO_LARGE"));
  const big = startedChannels({ b: { localMaxMessageSize: 0 } });
  const unlimited = channels("u");
  unlimited.connect(0, connectOptions("even", 0));
  expect(unlimited.maxMessageSize).toBe(Number.POSITIVE_INFINITY);
  expect(big.b.protocol.state).toBe("connecting");
});

test("RFC 8841 §6: a message of 20 MB goes through, over a link that loses, when both sides allow any size", () => {
  const limits = { localMaxMessageSize: 0 };
  const pair = connectPair(channels("big a", limits), channels("big b", limits), {
    seed: 1,
    link: { delayMs: 1, lossRate: 0.0005 },
    mtu: 1500,
  });
  pair.a.call((end, now) => end.connect(now, connectOptions("even", 0)));
  pair.b.call((end, now) => end.connect(now, connectOptions("odd", 0)));
  pair.run(() => pair.a.protocol.state === "connected" && pair.b.protocol.state === "connected");
  const sent = pattern(20_000_000, 7);
  const handle = open(pair, "a");
  pair.a.call((end, now) => end.send(now, handle, "binary", sent));
  pair.run(() => pair.b.event("message") !== undefined);
  expect(equalBytes(pair.b.event("message")!.data, sent)).toBe(true);
});

test("RFC 8832 §6: until the peer is known to have the channel, everything is sent in order after the OPEN", () => {
  const pair = connectedChannels({ link: { delayMs: 50 }, a: { interleaving: false } });
  const flags: boolean[] = [];
  pair.intercept((direction, datagram) => {
    const packet = parsePacket(datagram);
    if (direction === "toB" && "chunks" in packet) {
      for (const chunk of packet.chunks) if (chunk.type === "DATA" && chunk.payloadProtocolId === 53) flags.push(chunk.unordered === true);
    }
    return [datagram];
  });
  const handle = open(pair, "a", { ordered: false });
  const send = () => pair.a.call((end, now) => end.send(now, handle, "binary", new Uint8Array(10)));
  send();
  send();
  pair.runFor(150);
  send();
  pair.runFor(10_000);
  expect(flags).toEqual([false, false, true]);
});

test.each(seeds)("RFC 8832 §6: OPEN comes before data whatever the link does, seed %i", (seed) => {
  const pair = connectedChannels({ seed, link: { delayMs: 20, lossRate: 0.3, reorderRate: 0.5, reorderMs: 100 } });
  const handle = open(pair, "a", { ordered: false, maxRetransmits: 5 });
  for (let i = 0; i < 10; i++)
    pair.at(pair.now + 5 * i, () => pair.a.call((end, now) => end.send(now, handle, "binary", new Uint8Array(10))));
  pair.runFor(60_000);
  expect(pair.b.protocol.stats().strayMessages).toBe(0);
  expect(messages(pair, "b").length).toBeGreaterThan(0);
});

test("W3C bufferedAmount: counts what was not sent, goes to 0, and the low threshold is crossed once", () => {
  const pair = connectedChannels({ link: { delayMs: 30 } });
  const [handle] = opened(pair);
  pair.a.call((end, now) => {
    end.setBufferedAmountLowThreshold(handle, 50_000);
    for (let i = 0; i < 10; i++) end.send(now, handle, "binary", new Uint8Array(20_000));
    expect(end.bufferedAmount(handle)).toBe(200_000);
  });
  pair.runFor(10_000);
  expect(pair.a.protocol.bufferedAmount(handle)).toBe(0);
  const amounts = pair.a.events.flatMap((event) => (event.type === "buffered-amount" && event.channel === handle ? [event.amount] : []));
  expect(amounts).toEqual([...amounts].sort((x, y) => y - x));
  expect(amounts.at(-1)).toBe(0);
  expect(pair.a.events.filter((event) => event.type === "buffered-amount-low").length).toBe(1);
});

test("W3C bufferedAmount: empty messages and DCEP do not count", () => {
  const pair = connectedChannels();
  const handle = open(pair, "a");
  pair.a.call((end, now) => {
    end.send(now, handle, "text", new Uint8Array(0));
    expect(end.bufferedAmount(handle)).toBe(0);
  });
  pair.runFor(10_000);
  expect(pair.a.event("buffered-amount")).toBeUndefined();
});

test.each(seeds)("RFC 8831 §6.7: closing delivers what is buffered, tells the peer, and frees the id, seed %i", (seed) => {
  const pair = connectedChannels({ seed, link: { delayMs: 20, lossRate: 0.1 } });
  for (let round = 0; round < 3; round++) {
    const [a, b] = opened(pair, { label: `round ${round}` });
    expect(pair.a.protocol.id(a)).toBe(0);
    pair.a.call((end, now) => {
      for (let i = 0; i < 20; i++) end.send(now, a, "binary", new Uint8Array(10_000));
      end.closeChannel(now, a);
      expect(() => end.send(now, a, "binary", new Uint8Array(1))).toThrow(code("SCTP_CHANNEL_NOT_OPEN"));
    });
    const closed = (side: "a" | "b", handle: number) =>
      pair[side].events.some((event) => event.type === "channel-closed" && event.channel === handle);
    pair.run(() => closed("a", a) && closed("b", b));
    expect(messages(pair, "b").filter(([channel]) => channel === b).length).toBe(20);
    const ofB = pair.b.events.filter(
      (event) => "channel" in event && event.channel === b && event.type !== "message" && event.type !== "buffered-amount",
    );
    expect(ofB.map((event) => event.type)).toEqual(["channel-announced", "channel-closing", "channel-closed"]);
  }
});

test.each(seeds)("RFC 8831 §6.7: both sides close at once, each is told once, seed %i", (seed) => {
  const pair = connectedChannels({ seed, link: { delayMs: 20, lossRate: 0.1, reorderRate: 0.2 } });
  const [a, b] = opened(pair);
  pair.a.call((end, now) => end.closeChannel(now, a));
  pair.b.call((end, now) => end.closeChannel(now, b));
  pair.runFor(10_000);
  for (const side of ["a", "b"] as const) {
    expect(pair[side].events.filter((event) => event.type === "channel-closed")).toEqual([
      { type: "channel-closed", channel: side === "a" ? a : b },
    ]);
    expect(pair[side].event("channel-closing")).toBeUndefined();
  }
  expect(pair.a.protocol.stats().channelsOpen).toBe(0);
});

test("RFC 8832 §6: an id is not used again before both sides have reset it", () => {
  const pair = connectedChannels({ link: { delayMs: 100 } });
  const [a] = opened(pair);
  pair.a.call((end, now) => end.closeChannel(now, a));
  const next = open(pair, "a");
  expect(pair.a.protocol.id(next)).toBe(2);
  pair.runFor(10_000);
  expect(pair.a.protocol.id(open(pair, "a"))).toBe(0);
});

test("a hundred channels open, talk and close", () => {
  const pair = connectedChannels();
  const handles = Array.from({ length: 100 }, () => open(pair, "a"));
  pair.a.call((end, now) => {
    for (const handle of handles) end.send(now, handle, "text", utf8FromString("x"));
    for (const handle of handles) end.closeChannel(now, handle);
  });
  pair.runFor(10_000);
  expect(messages(pair, "b").length).toBe(100);
  for (const side of ["a", "b"] as const) {
    expect(pair[side].events.filter((event) => event.type === "channel-closed").length).toBe(100);
    expect(pair[side].protocol.stats().channelsOpen).toBe(0);
  }
});

test("ids: taken, out of range, missing for a negotiated channel, exhausted", () => {
  const pair = connectedChannels({ a: { outboundStreams: 3 }, b: { inboundStreams: 3 } });
  expect(pair.a.event("connected")).toMatchObject({ maxChannels: 3 });
  open(pair, "a", { negotiated: true, id: 1 });
  expect(() => open(pair, "a", { negotiated: true, id: 1 })).toThrow(code("SCTP_STREAM_ID_IN_USE"));
  expect(() => open(pair, "a", { negotiated: true, id: 3 })).toThrow(code("SCTP_STREAM_ID"));
  expect(() => open(pair, "a", { negotiated: true, id: -1 })).toThrow(code("SCTP_STREAM_ID"));
  expect(() => open(pair, "a", { negotiated: true })).toThrow(code("SCTP_STREAM_ID"));
  expect([open(pair, "a"), open(pair, "a")].map((handle) => pair.a.protocol.id(handle))).toEqual([0, 2]);
  expect(() => open(pair, "a")).toThrow(code("SCTP_STREAM_IDS_EXHAUSTED"));
});

test("channels made before the association whose ids the peer does not have are closed with an error", () => {
  const pair = startedChannels({ b: { inboundStreams: 2 } });
  const handles = [open(pair, "a"), open(pair, "a"), open(pair, "a", { negotiated: true, id: 500 })];
  pair.run(() => pair.a.protocol.state === "connected");
  pair.runFor(1);
  const closed = pair.a.events.flatMap((event) => (event.type === "channel-closed" ? [[event.channel, event.error?.code]] : []));
  expect(closed).toEqual([
    [handles[1], "ids-exhausted"],
    [handles[2], "ids-exhausted"],
  ]);
});

test("abort: the peer's channels end with an error, ours without, closed is last on both sides", () => {
  const pair = connectedChannels();
  const [a, b] = opened(pair);
  pair.a.call((end, now) => end.abort(now));
  pair.runFor(10_000);
  expect(pair.a.events.slice(-2)).toEqual([
    { type: "channel-closed", channel: a },
    { type: "closed", cause: "local", sctpCauseCode: 12 },
  ]);
  expect(pair.b.events.slice(-2)).toMatchObject([
    { type: "channel-closed", channel: b, error: { code: "association-closed", sctpCauseCode: 12 } },
    { type: "closed", cause: "peer-abort", sctpCauseCode: 12 },
  ]);
  expect(pair.a.protocol.state).toBe("closed");
  expect(() => open(pair, "a")).toThrow(code("SCTP_CLOSED"));
});

test("a peer without RFC 6525: closing ends the channel on this side at once", () => {
  const pair = connectedChannels({ b: { streamReset: false } });
  const [a] = opened(pair);
  pair.a.call((end, now) => end.closeChannel(now, a));
  expect(pair.a.event("channel-closed")).toEqual({ type: "channel-closed", channel: a });
});

test("a channel that never connected closes without a sound on the wire", () => {
  const end = channels("x");
  const handle = end.open(0, RELIABLE);
  end.closeChannel(0, handle);
  expect(end.pollEvent()).toEqual({ type: "channel-closed", channel: handle });
  expect(() => end.send(0, handle, "text", new Uint8Array(1))).toThrow(code("SCTP_CHANNEL_NOT_OPEN"));
  expect(() => end.send(0, 77, "text", new Uint8Array(1))).toThrow(code("SCTP_CHANNEL_NOT_OPEN"));
});

test("the send buffer is bounded and a refused message is not counted", () => {
  const pair = connectedChannels({ a: { sendBuffer: 100_000 } });
  const [handle] = opened(pair);
  pair.a.call((end, now) => {
    for (let i = 0; i < 10; i++) end.send(now, handle, "binary", new Uint8Array(10_000));
    expect(() => end.send(now, handle, "binary", new Uint8Array(1))).toThrow(code("SCTP_SEND_BUFFER_FULL"));
    expect(end.bufferedAmount(handle)).toBe(100_000);
  });
});

test("hot: 16 MB in messages of 1 KiB queue and drain without slowing down", () => {
  const pair = connectedChannels({ mtu: 1163, keepEvents: false });
  const handle = open(pair, "a");
  const data = new Uint8Array(1024);
  pair.a.call((end, now) => {
    for (let i = 0; i < 16_384; i++) end.send(now, handle, "binary", data);
  });
  let count = 0;
  pair.b.onEvent((event) => {
    if (event.type === "message") count += 1;
  });
  pair.run(() => count === 16_384);
}, 6000);

test("RFC 9260 §5.2.4 A: on a path that both agreed to move to, a peer's new association carries the same channels and what was not sent", () => {
  const pair = connectedChannels({ link: { delayMs: 20 } });
  const [handle, theirs] = opened(pair);
  const closing = opened(pair)[0];
  const young = open(pair, "a", { label: "young" });
  // The other side begins anew, as Chromium does, knowing the two channels but not the third.
  const b = channels("b anew");
  const known = [0, 2].map((id) => b.open(0, { ...RELIABLE, negotiated: true, id }));
  pair.a.call((a, now) => {
    a.closeChannel(now, closing);
    a.pathReplaced(now);
  });
  const moved = connectPair(pair.a.protocol, b, { seed: 2, link: { delayMs: 20 } });
  moved.a.call((a, now) => {
    a.send(now, young, "text", utf8FromString("after its OPEN"));
    a.send(now, handle, "text", utf8FromString("waiting"));
  });
  moved.b.call((end, now) => end.connect(now, connectOptions("odd")));
  moved.run(() => messages(moved, "b").length === 2 && moved.b.events.some(({ type }) => type === "channel-closed"));
  const announced = moved.b.events.flatMap((event) => (event.type === "channel-announced" ? [event] : []));
  expect(announced.map(({ init }) => init.label)).toEqual(["young"]);
  expect(
    messages(moved, "b")
      .map(([channel]) => channel)
      .sort(),
  ).toEqual([known[0], announced[0]!.channel].sort());
  expect(moved.b.events).toContainEqual({ type: "channel-closed", channel: known[1] });
  moved.b.call((end, now) => end.send(now, known[0]!, "text", utf8FromString("back")));
  moved.run(() => messages(moved, "a").length === 1);
  expect(messages(moved, "a")).toEqual([[handle, "text", 4]]);
  expect(moved.a.events.flatMap((event) => (event.type === "channel-closed" ? [event.channel] : []))).toEqual([closing]);
  expect(moved.a.protocol.bufferedAmount(handle)).toBe(0);
  expect(theirs).toBeGreaterThan(0);
});

test("RFC 9260 §5.2.4 A: a new association that nobody agreed on ends the channels of the old", () => {
  const pair = connectedChannels();
  const [handle] = opened(pair);
  const anew = connectPair(pair.a.protocol, channels("b anew"), { seed: 2 });
  anew.b.call((end, now) => end.connect(now, connectOptions("odd")));
  anew.run(() => anew.a.events.some(({ type }) => type === "channel-closed"));
  expect(anew.a.events).toContainEqual({
    type: "channel-closed",
    channel: handle,
    error: { code: "association-restarted", message: "the peer began a new association" },
  });
});
