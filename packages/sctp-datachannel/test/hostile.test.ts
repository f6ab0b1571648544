import { copyBytes } from "@purertc/core";
import type { SctpEvent } from "@purertc/sctp-datachannel";
import type { Chunk } from "@purertc/sctp-datachannel/codec";
import { expect, test } from "vitest";
import { connected, EXTENSIONS, listening, RawPeer } from "./raw-peer.ts";
import { association, PORTS } from "./two-ends.ts";

const ABORT: Chunk = { type: "ABORT", causes: [] };
const types = (chunks: readonly Chunk[]) => chunks.map((chunk) => chunk.type);

function abortCause(chunks: readonly Chunk[]): string | undefined {
  for (const chunk of chunks) if (chunk.type === "ABORT") return chunk.causes[0]?.type ?? "none";
  return undefined;
}

test("RFC 9260 §8.5: a packet under a wrong verification tag changes nothing", () => {
  const { peer, target } = connected();
  peer.send([peer.data()], { verificationTag: peer.targetTag ^ 1 });
  peer.send([ABORT], { verificationTag: peer.targetTag ^ 1 });
  peer.send([{ type: "SHUTDOWN", cumulativeTsnAck: peer.targetTsn - 1 }], { verificationTag: 0 });
  expect(peer.take()).toEqual([]);
  expect(peer.events).toEqual([]);
  expect(target.state).toBe("established");
  expect(target.stats().refused.wrongTag).toBe(3);
});

test("RFC 9260 §6.8: a packet with a wrong checksum changes nothing, nor one without", () => {
  const { peer, target } = connected();
  peer.send([peer.data()], { checksum: 0x12345678 });
  peer.send([peer.data()], { checksum: 0 });
  expect(peer.take()).toEqual([]);
  expect(target.stats().refused.badChecksum).toBe(2);
});

test("RFC 9260 §3.1: a packet for other ports changes nothing", () => {
  const { peer, target } = connected();
  peer.send([ABORT], { sourcePort: 5001 });
  peer.send([ABORT], { destinationPort: 5001 });
  expect(target.state).toBe("established");
  expect(target.stats().refused.wrongPort).toBe(2);
});

test("RFC 9260 §6.10: INIT, INIT ACK and SHUTDOWN COMPLETE with company are discarded", () => {
  const { peer, target } = listening();
  peer.send([peer.init("INIT"), { type: "COOKIE-ACK" }], { verificationTag: 0 });
  peer.send([peer.init("INIT"), peer.init("INIT")], { verificationTag: 0 });
  expect(peer.take()).toEqual([]);
  expect(target.stats().refused.badBundle).toBe(2);
});

test("RFC 9260 §8.5.1 A: INIT under a tag that is not 0 is discarded", () => {
  const { peer, target } = listening();
  peer.send([peer.init("INIT")], { verificationTag: 7 });
  expect(peer.take()).toEqual([]);
  expect(target.stats().refused.wrongTag).toBe(1);
});

test("RFC 9260 §3.3.2: INIT with tag 0 is dropped; without streams it is answered with ABORT; neither leaves a trace", () => {
  const { peer, target } = listening();
  peer.send([{ ...peer.init("INIT"), initiateTag: 0 }], { verificationTag: 0 });
  expect(peer.take()).toEqual([]);
  for (const bad of [{ outboundStreams: 0 }, { inboundStreams: 0 }]) {
    peer.send([{ ...peer.init("INIT"), ...bad }], { verificationTag: 0 });
    const [packet] = peer.take();
    expect(packet?.verificationTag).toBe(peer.tag);
    expect(abortCause(packet!.chunks)).toBe("INVALID-MANDATORY-PARAMETER");
  }
  expect(target.state).toBe("listening");
});

test.each([
  ["ABORT, T bit under our own tag", { type: "ABORT", tagReflected: true, causes: [] } as const, "own"],
  ["ABORT without T bit under the peer's tag", { type: "ABORT", causes: [] } as const, "peer"],
  ["SHUTDOWN COMPLETE, T bit under our own tag", { type: "SHUTDOWN-COMPLETE", tagReflected: true } as const, "own"],
  ["SHUTDOWN COMPLETE without T bit under the peer's tag", { type: "SHUTDOWN-COMPLETE" } as const, "peer"],
])("RFC 9260 §8.5.1 B, C: forged %s changes nothing", (_name, chunk, whose) => {
  const { peer, target } = connected();
  peer.send([chunk], { verificationTag: whose === "own" ? peer.targetTag : peer.tag });
  expect(target.state).toBe("established");
  expect(target.stats().refused.wrongTag).toBe(1);
});

test("RFC 9260 §8.5.1 B: ABORT with T bit under the peer's tag, and without under ours, end the association", () => {
  for (const reflected of [true, false]) {
    const { peer, target } = connected();
    peer.send([{ type: "ABORT", tagReflected: reflected, causes: [] }], { verificationTag: reflected ? peer.tag : peer.targetTag });
    expect(target.state).toBe("closed");
    expect(peer.events).toEqual([{ type: "closed", cause: "peer-abort" }]);
  }
});

test("RFC 9260 §8.5.1 C: SHUTDOWN COMPLETE counts in SHUTDOWN-ACK-SENT only", () => {
  const { peer, target } = connected();
  peer.send([{ type: "SHUTDOWN-COMPLETE" }]);
  expect(target.state).toBe("established");
});

function cookieOf(peer: RawPeer<SctpEvent>): Uint8Array {
  peer.send([peer.init("INIT")], { verificationTag: 0 });
  for (const chunk of peer.takeChunks()) {
    if (chunk.type !== "INIT-ACK") continue;
    for (const parameter of chunk.parameters) if (parameter.type === "STATE-COOKIE") return parameter.bytes;
  }
  throw new Error("no cookie");
}

test("RFC 9260 §5.1.5: a forged cookie is discarded, whatever bit is wrong; another's too; under another tag too", () => {
  const { peer, target } = listening();
  const cookie = cookieOf(peer);
  for (let at = 0; at < cookie.length; at++) {
    const bad = copyBytes(cookie);
    bad[at]! ^= 1;
    peer.send([{ type: "COOKIE-ECHO", cookie: bad }]);
  }
  peer.send([{ type: "COOKIE-ECHO", cookie: cookie.subarray(1) }]);
  peer.send([{ type: "COOKIE-ECHO", cookie: new Uint8Array(0) }]);
  const stranger = listening();
  stranger.target.handleTimeout(1);
  peer.send([{ type: "COOKIE-ECHO", cookie }], { verificationTag: peer.targetTag ^ 1 });
  expect(peer.take()).toEqual([]);
  expect(target.state).toBe("listening");
  expect(target.stats().refused.badCookie).toBe(cookie.length + 3);
  peer.send([{ type: "COOKIE-ECHO", cookie }]);
  expect(target.state).toBe("established");
});

test("RFC 9260 §5.1.5: a cookie beyond its life is answered with Stale Cookie and makes no association", () => {
  const { peer, target } = listening({ cookieLifetimeMs: 1000 });
  const cookie = cookieOf(peer);
  peer.wait(1500);
  peer.send([{ type: "COOKIE-ECHO", cookie }]);
  const [packet] = peer.take();
  expect(packet?.verificationTag).toBe(peer.tag);
  expect(packet?.chunks).toEqual([{ type: "ERROR", causes: [{ type: "STALE-COOKIE", value: 500_000 }] }]);
  expect(target.state).toBe("listening");
});

test("RFC 9260 §5.2.4 C, A: an old cookie, and one of an INIT that was answered before, do not disturb an association", () => {
  const { peer, target } = listening();
  const old = cookieOf(peer);
  const oldTag = peer.targetTag;
  peer.connect();
  peer.take();
  expect(target.state).toBe("established");
  const tag = peer.targetTag;
  peer.send([{ type: "COOKIE-ECHO", cookie: old }], { verificationTag: oldTag });
  expect(peer.take()).toEqual([]);
  peer.send([peer.data()], { verificationTag: tag });
  expect(peer.events.at(-1)).toMatchObject({ type: "message" });
});

test("RFC 9260 §5.2.4: a cookie with neither the tags of the association nor its tie tags does not restart it", () => {
  const { peer, target } = listening();
  const stranger = new RawPeer<SctpEvent>(target);
  Object.assign(stranger, { tag: 0x22223333 });
  const old = cookieOf(stranger); // made when there was no association, so without tie tags
  peer.connect();
  peer.take();
  stranger.send([{ type: "COOKIE-ECHO", cookie: old }]);
  expect(stranger.take()).toEqual([]);
  peer.send([peer.data()]);
  expect(peer.events.at(-1)).toMatchObject({ type: "message" });
  expect(target.stats().refused.badCookie).toBe(1);
});

test("RFC 9260 §6.2: DATA without user data is answered with ABORT No User Data", () => {
  const { peer, target } = connected();
  peer.send([peer.data({ userData: new Uint8Array(0) })]);
  expect(abortCause(peer.takeChunks())).toBe("NO-USER-DATA");
  expect(target.state).toBe("closed");
});

test("RFC 9260 §6.5: DATA on a stream that is not there is acknowledged, reported and not delivered", () => {
  const { peer, target } = connected({ inboundStreams: 10 });
  peer.send([peer.data({ streamId: 10 })]);
  peer.wait(200);
  const chunks = peer.takeChunks();
  expect(chunks).toContainEqual({ type: "ERROR", causes: [{ type: "INVALID-STREAM-IDENTIFIER", streamId: 10 }] });
  expect(chunks).toContainEqual(expect.objectContaining({ type: "SACK", cumulativeTsnAck: 1000 }));
  expect(peer.events).toEqual([]);
  expect(target.state).toBe("established");
});

test("RFC 9260 §6.2: the same TSN with other bytes is a duplicate: the first stays, nothing is delivered twice", () => {
  const { peer } = connected();
  const chunk = peer.data({ beginning: true, ending: false, userData: Uint8Array.of(1) });
  peer.send([chunk]);
  peer.send([{ ...chunk, userData: Uint8Array.of(9, 9) } as Chunk]);
  peer.send([{ ...chunk, userData: Uint8Array.of(9), ending: true } as Chunk]);
  peer.send([peer.data({ beginning: false, ending: true, userData: Uint8Array.of(2) })]);
  const messages = peer.events.filter((event) => event.type === "message");
  expect(messages).toEqual([expect.objectContaining({ data: Uint8Array.of(1, 2) })]);
});

test("RFC 9260 §6.9: fragments that contradict each other end the association with Protocol Violation", () => {
  const { peer } = connected();
  peer.send([peer.data({ beginning: false, ending: true })]);
  expect(abortCause(peer.takeChunks())).toBe("PROTOCOL-VIOLATION");
  expect(peer.events.at(-1)).toMatchObject({ type: "closed", cause: "protocol-violation", sctpCauseCode: 13 });
});

test("RFC 8260 §2.2.1: I-DATA without negotiation, and DATA with it, end the association", () => {
  const { peer } = connected();
  const chunk: Chunk = {
    type: "I-DATA",
    tsn: 1000,
    streamId: 0,
    messageId: 0,
    ppidOrFragment: 53,
    beginning: true,
    ending: true,
    userData: Uint8Array.of(1),
  };
  peer.send([chunk]);
  expect(abortCause(peer.takeChunks())).toBe("PROTOCOL-VIOLATION");
  const other = connected({}, [{ type: "SUPPORTED-EXTENSIONS", chunkTypes: [64, 194, 130] }]).peer;
  other.send([other.data()]);
  expect(abortCause(other.takeChunks())).toBe("PROTOCOL-VIOLATION");
});

test("RFC 9260 §6.2: a peer that ignores a_rwnd is cut off: data beyond it is dropped and not acknowledged", () => {
  const { peer, target } = connected({ receiveWindow: 20_000, maxReceiveMessageSize: 5000 });
  peer.tsn += 1; // a gap that is never filled
  for (let i = 0; i < 100; i++) peer.send([peer.data({ unordered: false, streamSequenceNumber: 1 + i, userData: new Uint8Array(1000) })]);
  const stats = target.stats();
  expect(stats.receiveWindow).toBeLessThan(1500);
  expect(stats.droppedChunks).toBeGreaterThan(75);
  const sacks = peer.takeChunks().flatMap((chunk) => (chunk.type === "SACK" ? [chunk] : []));
  expect(Math.max(...sacks.flatMap((sack) => sack.gapAckBlocks.map((block) => block.end)))).toBeLessThan(25);
  expect(target.state).toBe("established");
});

test("law 8: whatever order and size, what is held stays within the window", () => {
  for (const size of [1, 10, 1000]) {
    const { peer, target } = connected({ receiveWindow: 50_000, maxReceiveMessageSize: 10_000 });
    peer.tsn += 1;
    for (let i = 0; i < 2000; i++)
      peer.send([peer.data({ unordered: false, streamSequenceNumber: 1 + i, streamId: i % 90, userData: new Uint8Array(size) })]);
    // Each stored message is counted with an allowance, so small ones cannot fill the memory either.
    expect(target.stats().droppedChunks).toBeGreaterThan(1000);
    expect(target.state).toBe("established");
    peer.take();
  }
});

test("law 8: fragments of one byte ahead of a gap cannot fill the memory either", () => {
  const { peer, target } = connected({ receiveWindow: 50_000, maxReceiveMessageSize: 10_000 });
  peer.tsn += 1;
  for (let i = 0; i < 2000; i++) peer.send([peer.data({ ending: false, userData: Uint8Array.of(1) })]);
  expect(target.stats().droppedChunks).toBeGreaterThan(1000);
});

test("RFC 8260 §2.2: messages in the making on many streams are bounded, and the peer that goes on is aborted", () => {
  const { peer, target } = connected({ receiveWindow: 20_000, maxReceiveMessageSize: 10_000 }, [
    { type: "SUPPORTED-EXTENSIONS", chunkTypes: [64, 194, 130] },
  ]);
  for (let i = 0; i < 400 && target.state === "established"; i++) {
    peer.send([
      {
        type: "I-DATA",
        tsn: peer.tsn++,
        streamId: i % 90,
        messageId: Math.floor(i / 90),
        ppidOrFragment: 53,
        beginning: true,
        userData: new Uint8Array(100),
      },
    ]);
  }
  expect(abortCause(peer.takeChunks())).toBe("OUT-OF-RESOURCE");
});

test("RFC 9260 §6.2.1: a SACK for TSNs that were never sent ends the association, by cumulative TSN or by gap", () => {
  for (const lie of [
    { cumulativeTsnAck: (tsn: number) => tsn + 5, gapAckBlocks: [] },
    { cumulativeTsnAck: (tsn: number) => tsn - 1, gapAckBlocks: [{ start: 2, end: 9 }] },
  ]) {
    const { peer, target } = connected();
    target.send(0, 1, 53, new Uint8Array(100));
    peer.take();
    peer.send([
      {
        type: "SACK",
        cumulativeTsnAck: lie.cumulativeTsnAck(peer.targetTsn),
        advertisedReceiverWindow: 1e6,
        gapAckBlocks: lie.gapAckBlocks,
        duplicateTsns: [],
      },
    ]);
    expect(abortCause(peer.takeChunks())).toBe("PROTOCOL-VIOLATION");
  }
});

test("RFC 9260 §6.2.1 D i: a SACK whose cumulative TSN goes backwards changes nothing", () => {
  const { peer, target } = connected();
  for (let i = 0; i < 4; i++) target.send(0, 1, 53, new Uint8Array(1000));
  peer.take();
  const sack = (tsn: number, window: number): Chunk => ({
    type: "SACK",
    cumulativeTsnAck: tsn,
    advertisedReceiverWindow: window,
    gapAckBlocks: [],
    duplicateTsns: [],
  });
  peer.send([sack(peer.targetTsn + 2, 500_000)]);
  const before = target.stats();
  peer.send([sack(peer.targetTsn, 0)]);
  expect(target.stats()).toEqual(before);
});

test("a flood of SACKs costs nothing that lasts: nothing is sent, nothing grows", () => {
  const { peer, target } = connected();
  for (let i = 0; i < 10; i++) target.send(0, 1, 53, new Uint8Array(1000));
  peer.take();
  const before = target.stats();
  for (let i = 0; i < 5000; i++) {
    peer.send([
      {
        type: "SACK",
        cumulativeTsnAck: peer.targetTsn - 1,
        advertisedReceiverWindow: 1_000_000,
        gapAckBlocks: [{ start: 5, end: 5 }],
        duplicateTsns: [],
      },
    ]);
  }
  const after = target.stats();
  expect(after.congestionWindow).toBeLessThanOrEqual(before.congestionWindow!);
  expect(peer.take().length).toBeLessThan(10);
});

test("RFC 3758 §3.6: a FORWARD-TSN that jumps further than any window is a violation; an old one is answered", () => {
  const { peer, target } = connected({ receiveWindow: 10_000, maxReceiveMessageSize: 1000 });
  peer.send([{ type: "FORWARD-TSN", newCumulativeTsn: 900, streams: [] }]);
  expect(types(peer.takeChunks())).toEqual(["SACK"]);
  expect(target.state).toBe("established");
  peer.send([{ type: "FORWARD-TSN", newCumulativeTsn: 1000 + 30_000, streams: [] }]);
  expect(abortCause(peer.takeChunks())).toBe("PROTOCOL-VIOLATION");
});

test("RFC 3758 §3.3.1: FORWARD-TSN without negotiation is an unknown chunk: reported and skipped", () => {
  const { peer, target } = connected({}, []);
  peer.send([{ type: "FORWARD-TSN", newCumulativeTsn: 1005, streams: [] }, peer.data()]);
  const chunks = peer.takeChunks();
  expect(types(chunks)).toContain("ERROR");
  expect(peer.events.at(-1)).toMatchObject({ type: "message" });
  expect(target.state).toBe("established");
});

test("RFC 9260 §3.2: unknown chunks are stopped at or skipped, reported or not, by their two high bits", () => {
  const outcome = (code: number) => {
    const { peer } = connected();
    peer.send([{ type: "RAW", code, flags: 0, value: Uint8Array.of(1) }, peer.data()]);
    const reported = types(peer.takeChunks()).includes("ERROR");
    return [peer.events.some((event) => event.type === "message") ? "skip" : "stop", reported ? "report" : "silent"];
  };
  expect(outcome(0x3e)).toEqual(["stop", "silent"]);
  expect(outcome(0x7e)).toEqual(["stop", "report"]);
  expect(outcome(0xbe)).toEqual(["skip", "silent"]);
  expect(outcome(0xfe)).toEqual(["skip", "report"]);
});

test("RFC 9260 §3.2.1: unknown parameters of INIT are reported in INIT ACK, and 'stop' hides what follows", () => {
  const { peer } = listening();
  const raw = (code: number) => ({ type: "RAW", code, value: Uint8Array.of(1, 2) }) as const;
  peer.send([peer.init("INIT", [raw(0xc123), raw(0x8123), raw(0x4123), ...EXTENSIONS])], { verificationTag: 0 });
  const [answer] = peer.takeChunks();
  if (answer?.type !== "INIT-ACK") throw new Error("no INIT ACK");
  const reports = answer.parameters.flatMap((parameter) => (parameter.type === "UNRECOGNIZED-PARAMETER" ? [parameter.bytes] : []));
  expect(reports).toEqual([Uint8Array.of(0xc1, 0x23, 0, 6, 1, 2), Uint8Array.of(0x41, 0x23, 0, 6, 1, 2)]);
});

test("answers are bounded: a thousand INITs or HEARTBEATs before a drain leave a handful of packets", () => {
  const { peer, target } = listening();
  const out = new Uint8Array(2048);
  peer.connect();
  peer.take();
  const hold = association("other");
  hold.listen(0, PORTS);
  expect(hold.pollTransmit(out)).toBeUndefined();
  const info: Chunk = { type: "HEARTBEAT", parameters: [{ type: "HEARTBEAT-INFO", bytes: new Uint8Array(100) }] };
  const silent = new RawPeer(target);
  silent.drain = () => undefined;
  silent.targetTag = peer.targetTag;
  for (let i = 0; i < 1000; i++) {
    silent.send([silent.init("INIT")], { verificationTag: 0 });
    silent.send([info]);
  }
  let count = 0;
  for (let sent = target.pollTransmit(out); sent !== undefined; sent = target.pollTransmit(out)) count += 1;
  expect(count).toBeLessThan(40);
});

test("RFC 9260 §8.4: packets out of the blue are answered by the rules, and never an ABORT with one", () => {
  const { peer, target } = listening();
  const answer = (...chunks: Chunk[]) => {
    peer.send(chunks, { verificationTag: 0x1234 });
    return peer.take().map((packet) => [packet.verificationTag, ...packet.chunks]);
  };
  expect(answer(ABORT)).toEqual([]);
  expect(answer({ type: "SHUTDOWN-COMPLETE" })).toEqual([]);
  expect(answer({ type: "COOKIE-ACK" })).toEqual([]);
  expect(answer({ type: "ERROR", causes: [{ type: "STALE-COOKIE", value: 1 }] })).toEqual([]);
  expect(answer({ type: "SHUTDOWN-ACK" })).toEqual([[0x1234, { type: "SHUTDOWN-COMPLETE", tagReflected: true }]]);
  expect(answer(peer.data())).toEqual([[0x1234, { type: "ABORT", tagReflected: true, causes: [] }]]);
  expect(target.state).toBe("listening");
});

test("RFC 9260 §8.3: a HEARTBEAT ACK that was not asked for measures nothing", () => {
  const { peer, target } = connected();
  const before = target.stats().rtoMs;
  peer.send([{ type: "HEARTBEAT-ACK", parameters: [{ type: "HEARTBEAT-INFO", bytes: new Uint8Array(8) }] }]);
  expect(target.stats().rtoMs).toBe(before);
});

test("RFC 6525 §5.2.1: requests out of turn are refused, and only the last one is answered again", () => {
  const { peer } = connected();
  const request = (requestSequenceNumber: number, streams: number[], lastAssignedTsn = 999): Chunk => ({
    type: "RE-CONFIG",
    parameters: [{ type: "OUTGOING-SSN-RESET-REQUEST", requestSequenceNumber, responseSequenceNumber: 0, lastAssignedTsn, streams }],
  });
  const results = (chunk: Chunk) => {
    peer.send([chunk]);
    return peer
      .takeChunks()
      .flatMap((one) => (one.type === "RE-CONFIG" ? one.parameters : []))
      .map((p) => (p.type === "RE-CONFIGURATION-RESPONSE" ? p.result : p.type));
  };
  expect(results(request(1000, [1]))).toEqual([1]);
  expect(results(request(1000, [1]))).toEqual([1]);
  expect(results(request(998, [1]))).toEqual([5]);
  expect(results(request(1005, [1]))).toEqual([5]);
  expect(results(request(1001, [60_000]))).toEqual([3]);
  expect(results(request(1002, [1], 1003))).toEqual([6]);
  expect(results(request(1003, [2], 1003))).toEqual([4]); // only one may be pending
  expect(peer.events.filter((event) => event.type === "incoming-streams-reset").length).toBe(1);
});
