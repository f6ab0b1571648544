import { Malformed, readU16 } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { unknownChunkAction, unknownParameterAction } from "./chunk-types.ts";
import type { Chunk } from "./chunks/chunk.ts";
import type { ErrorCause } from "./error-causes.ts";
import { checksumOfZeroed, packetChecksum, parsePacket, type SctpPacket, writePacket } from "./packet.ts";
import type { Parameter } from "./parameters/parameter.ts";

const u8 = fc.integer({ min: 0, max: 255 });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const bytes = fc.uint8Array({ maxLength: 40 });
const flag = fc.boolean();

const parameter: fc.Arbitrary<Parameter> = fc.oneof(
  fc.record({
    type: fc.constantFrom(
      "HEARTBEAT-INFO",
      "STATE-COOKIE",
      "UNRECOGNIZED-PARAMETER",
      "HOST-NAME-ADDRESS",
      "RANDOM",
      "CHUNK-LIST",
      "REQUESTED-HMAC-ALGORITHM",
      "PADDING",
    ),
    bytes,
  }),
  fc.record({ type: fc.constantFrom("COOKIE-PRESERVATIVE", "ADAPTATION-LAYER-INDICATION", "ZERO-CHECKSUM-ACCEPTABLE"), value: u32 }),
  fc.record({ type: fc.constantFrom("ECN-CAPABLE", "FORWARD-TSN-SUPPORTED") }),
  fc.record({ type: fc.constant("SUPPORTED-EXTENSIONS"), chunkTypes: fc.array(u8, { maxLength: 9 }) }),
  fc.record({ type: fc.constant("IPV4-ADDRESS"), address: fc.uint8Array({ minLength: 4, maxLength: 4 }) }),
  fc.record({ type: fc.constant("IPV6-ADDRESS"), address: fc.uint8Array({ minLength: 16, maxLength: 16 }) }),
  fc.record({ type: fc.constant("SUPPORTED-ADDRESS-TYPES"), addressTypes: fc.array(u16, { maxLength: 4 }) }),
  fc.record({
    type: fc.constant("OUTGOING-SSN-RESET-REQUEST"),
    requestSequenceNumber: u32,
    responseSequenceNumber: u32,
    lastAssignedTsn: u32,
    streams: fc.array(u16, { maxLength: 5 }),
  }),
  fc.record({ type: fc.constant("INCOMING-SSN-RESET-REQUEST"), requestSequenceNumber: u32, streams: fc.array(u16, { maxLength: 5 }) }),
  fc.record({ type: fc.constant("SSN-TSN-RESET-REQUEST"), requestSequenceNumber: u32 }),
  fc.record(
    {
      type: fc.constant("RE-CONFIGURATION-RESPONSE"),
      responseSequenceNumber: u32,
      result: u32,
      nextTsns: fc.record({ sender: u32, receiver: u32 }),
    },
    { requiredKeys: ["type", "responseSequenceNumber", "result"] },
  ),
  fc.record({
    type: fc.constantFrom("ADD-OUTGOING-STREAMS-REQUEST", "ADD-INCOMING-STREAMS-REQUEST"),
    requestSequenceNumber: u32,
    newStreams: u16,
  }),
  fc.record({ type: fc.constant("RAW"), code: fc.constantFrom(2, 3, 0x4000, 0x8fff, 0xc0ff), value: bytes }),
) as fc.Arbitrary<Parameter>;

const cause: fc.Arbitrary<ErrorCause> = fc.oneof(
  fc.record({ type: fc.constant("INVALID-STREAM-IDENTIFIER"), streamId: u16 }),
  fc.record({ type: fc.constant("MISSING-MANDATORY-PARAMETER"), parameterTypes: fc.array(u16, { maxLength: 4 }) }),
  fc.record({ type: fc.constantFrom("STALE-COOKIE", "NO-USER-DATA"), value: u32 }),
  fc.record({ type: fc.constantFrom("OUT-OF-RESOURCE", "INVALID-MANDATORY-PARAMETER", "COOKIE-RECEIVED-WHILE-SHUTTING-DOWN") }),
  fc.record({
    type: fc.constantFrom(
      "UNRESOLVABLE-ADDRESS",
      "UNRECOGNIZED-CHUNK-TYPE",
      "UNRECOGNIZED-PARAMETERS",
      "RESTART-WITH-NEW-ADDRESSES",
      "USER-INITIATED-ABORT",
      "PROTOCOL-VIOLATION",
    ),
    bytes,
  }),
  fc.record({ type: fc.constant("RAW"), code: fc.constantFrom(0, 14, 160, 0xffff), value: bytes }),
) as fc.Arbitrary<ErrorCause>;

const dataFlags = { immediate: flag, unordered: flag, beginning: flag, ending: flag };
const parameters = fc.array(parameter, { maxLength: 5 });
const causes = fc.array(cause, { maxLength: 3 });
const chunk: fc.Arbitrary<Chunk> = fc.oneof(
  fc.record({
    type: fc.constant("DATA"),
    tsn: u32,
    streamId: u16,
    streamSequenceNumber: u16,
    payloadProtocolId: u32,
    ...dataFlags,
    userData: bytes,
  }),
  fc.record({ type: fc.constant("I-DATA"), tsn: u32, streamId: u16, messageId: u32, ppidOrFragment: u32, ...dataFlags, userData: bytes }),
  fc.record({
    type: fc.constantFrom("INIT", "INIT-ACK"),
    initiateTag: u32,
    advertisedReceiverWindow: u32,
    outboundStreams: u16,
    inboundStreams: u16,
    initialTsn: u32,
    parameters,
  }),
  fc.record({
    type: fc.constant("SACK"),
    cumulativeTsnAck: u32,
    advertisedReceiverWindow: u32,
    gapAckBlocks: fc.array(fc.record({ start: u16, end: u16 }), { maxLength: 5 }),
    duplicateTsns: fc.array(u32, { maxLength: 5 }),
  }),
  fc.record({ type: fc.constantFrom("HEARTBEAT", "HEARTBEAT-ACK", "RE-CONFIG"), parameters }),
  fc.record({ type: fc.constant("ABORT"), tagReflected: flag, causes }),
  fc.record({ type: fc.constant("ERROR"), causes }),
  fc.record({ type: fc.constant("SHUTDOWN"), cumulativeTsnAck: u32 }),
  fc.record({ type: fc.constantFrom("SHUTDOWN-ACK", "COOKIE-ACK") }),
  fc.record({ type: fc.constant("SHUTDOWN-COMPLETE"), tagReflected: flag }),
  fc.record({ type: fc.constant("COOKIE-ECHO"), cookie: bytes }),
  fc.record({ type: fc.constantFrom("ECNE", "CWR"), lowestTsn: u32 }),
  fc.record({ type: fc.constant("PAD"), padding: bytes }),
  fc.record({
    type: fc.constant("FORWARD-TSN"),
    newCumulativeTsn: u32,
    streams: fc.array(fc.record({ streamId: u16, streamSequenceNumber: u16 }), { maxLength: 4 }),
  }),
  fc.record({
    type: fc.constant("I-FORWARD-TSN"),
    newCumulativeTsn: u32,
    streams: fc.array(fc.record({ streamId: u16, unordered: flag, messageId: u32 }), { maxLength: 4 }),
  }),
  fc.record({
    type: fc.constant("RAW"),
    code: fc.constantFrom(15, 16, 63, 65, 127, 128, 133, 191, 193, 195, 255),
    flags: u8,
    value: bytes,
  }),
) as fc.Arbitrary<Chunk>;

const packet: fc.Arbitrary<SctpPacket> = fc.record({
  sourcePort: u16,
  destinationPort: u16,
  verificationTag: u32,
  chunks: fc.array(chunk, { maxLength: 5 }),
});

function written(value: SctpPacket): Uint8Array {
  const out = new Uint8Array(8192).fill(0xaa);
  return out.slice(0, writePacket(out, value));
}

function parsed(value: Uint8Array): SctpPacket {
  const result = parsePacket(value);
  if (result instanceof Malformed) throw new Error(`${result.reason} at ${result.offset}`);
  return result;
}

test("RFC 9260 §3: what was written is what is read, for every chunk, parameter and cause", () => {
  fc.assert(
    fc.property(packet, (value) => {
      expect(parsed(written(value))).toEqual(value);
    }),
    { numRuns: 400 },
  );
});

test("RFC 9260 §3: any bytes are a packet or a Malformed, never a throw, and nothing of them is kept", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (value) => {
      const before = parsePacket(value, "keep");
      const copy = structuredClone(before instanceof Malformed ? null : before);
      value.fill(0xee);
      if (!(before instanceof Malformed)) expect(before).toEqual(copy);
    }),
    { numRuns: 500 },
  );
});

test("RFC 9260 §3: a written packet with bytes changed is a packet or a Malformed", () => {
  fc.assert(
    fc.property(packet, fc.array(fc.tuple(fc.nat(400), u8), { maxLength: 8 }), (value, changes) => {
      const bad = written(value);
      for (const [at, byte] of changes) if (at < bad.length) bad[at] = byte;
      const result = parsePacket(bad, "keep");
      if (!(result instanceof Malformed)) written(result);
    }),
    { numRuns: 400 },
  );
});

test("RFC 9260 §6.8: a wrong checksum is refused, kept on request, and zero is accepted on request (RFC 9653)", () => {
  const bytes = written({ sourcePort: 1, destinationPort: 2, verificationTag: 3, chunks: [{ type: "COOKIE-ACK" }] });
  bytes[5]! ^= 1;
  expect(parsePacket(bytes)).toEqual(new Malformed("bad-checksum", 8));
  expect(parsePacket(bytes, "accept-zero")).toEqual(new Malformed("bad-checksum", 8));
  expect(parsePacket(bytes, "keep")).toMatchObject({ checksum: expect.any(Number) });
  bytes.fill(0, 8, 12);
  expect(parsePacket(bytes)).toEqual(new Malformed("bad-checksum", 8));
  expect(parsePacket(bytes, "accept-zero")).toMatchObject({ checksum: 0 });
  expect(checksumOfZeroed(bytes, bytes.length)).toBe(packetChecksum(bytes, bytes.length));
});

test("writers obey what is stated: flags, length and checksum", () => {
  const bytes = written({
    sourcePort: 1,
    destinationPort: 2,
    verificationTag: 3,
    checksum: 0xdeadbeef,
    chunks: [
      { type: "SHUTDOWN-COMPLETE", flags: 0x81 },
      { type: "SHUTDOWN", cumulativeTsnAck: 1, length: 0xfffc },
    ],
  });
  expect(bytes[13]).toBe(0x81);
  expect(readU16(bytes, 18)).toBe(0xfffc);
  expect(parsePacket(bytes, "keep")).toEqual(new Malformed("bad-length", 16));
});

test("RFC 9260 §3.2: bits without a name survive a round trip", () => {
  const bytes = written({ sourcePort: 1, destinationPort: 2, verificationTag: 3, chunks: [{ type: "SHUTDOWN-COMPLETE", flags: 0x81 }] });
  expect(written(parsed(bytes))).toEqual(bytes);
});

test("RFC 9260 §3.2, §3.2.1: the two high bits say stop or skip, and report or not", () => {
  expect([0x3f, 0x7f, 0xbf, 0xff].map(unknownChunkAction)).toEqual([
    { skip: false, report: false },
    { skip: false, report: true },
    { skip: true, report: false },
    { skip: true, report: true },
  ]);
  expect([0x3fff, 0x7fff, 0xbfff, 0xffff].map(unknownParameterAction)).toEqual([
    { skip: false, report: false },
    { skip: false, report: true },
    { skip: true, report: false },
    { skip: true, report: true },
  ]);
});

test("RFC 9260 §3: cut anywhere, a packet is refused or shorter, and never read beyond its end", () => {
  fc.assert(
    fc.property(packet, fc.nat(300), (value, cut) => {
      const whole = written(value);
      const result = parsePacket(whole.subarray(0, Math.max(0, whole.length - 1 - cut)), "keep");
      if (!(result instanceof Malformed)) expect(result.chunks.length).toBeLessThanOrEqual(value.chunks.length);
    }),
  );
});
