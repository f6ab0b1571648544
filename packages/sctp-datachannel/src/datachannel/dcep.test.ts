import { bytesFromHex, hexFromBytes, Malformed } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { priorityName, priorityNumber } from "./channel.ts";
import { type DataChannelOpen, parseDcepMessage, writeDcepMessage } from "./dcep.ts";

const open: fc.Arbitrary<DataChannelOpen> = fc
  .record({
    ordered: fc.boolean(),
    limit: fc.oneof(
      fc.constant({}),
      fc.record({ maxRetransmits: fc.integer({ min: 0, max: 0xffff_ffff }) }),
      fc.record({ maxPacketLifeTime: fc.integer({ min: 0, max: 0xffff_ffff }) }),
    ),
    priority: fc.integer({ min: 0, max: 0xffff }),
    label: fc.string({ unit: "binary" }),
    protocol: fc.string({ unit: "binary" }),
  })
  .map(({ ordered, limit, priority, label, protocol }) => ({
    type: "DATA_CHANNEL_OPEN",
    ordered,
    ...limit,
    priority,
    label,
    protocol,
  }));

test("RFC 8832 §5.1: what was written is what is read", () => {
  fc.assert(
    fc.property(open, (message) => {
      expect(parseDcepMessage(writeDcepMessage(message))).toEqual(message);
    }),
  );
  expect(parseDcepMessage(writeDcepMessage({ type: "DATA_CHANNEL_ACK" }))).toEqual({ type: "DATA_CHANNEL_ACK" });
});

test("RFC 8832 §5: any bytes are a message or a Malformed", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void parseDcepMessage(bytes)));
  fc.assert(
    fc.property(open, fc.nat(20), (message, cut) => {
      const bytes = writeDcepMessage(message);
      expect(parseDcepMessage(bytes.subarray(0, bytes.length - 1 - cut))).toBeInstanceOf(Malformed);
    }),
  );
});

test("RFC 8832 §5.1: an unknown channel type and wrong lengths are refused", () => {
  const bytes = writeDcepMessage({ type: "DATA_CHANNEL_OPEN", ordered: true, priority: 0, label: "a", protocol: "b" });
  expect(hexFromBytes(bytes)).toBe("030000000000000000010001" + "6162");
  expect(parseDcepMessage(bytesFromHex("030300000000000000010001" + "6162"))).toEqual(new Malformed("unknown-channel-type", 1));
  expect(parseDcepMessage(bytesFromHex("030000000000000000010002" + "6162"))).toEqual(new Malformed("bad-length", 8));
  expect(parseDcepMessage(bytesFromHex("030000000000000000010001" + "616263"))).toEqual(new Malformed("bad-length", 8));
  expect(parseDcepMessage(bytesFromHex("07"))).toEqual(new Malformed("unknown-type", 0));
  expect(parseDcepMessage(new Uint8Array(0))).toEqual(new Malformed("truncated", 0));
});

test("RFC 8831 §6.4: four priorities, and every number has a name", () => {
  for (const name of ["very-low", "low", "medium", "high"] as const) expect(priorityName(priorityNumber(name))).toBe(name);
  expect([0, 128, 129, 256, 257, 512, 513, 65535].map(priorityName)).toEqual([
    "very-low",
    "very-low",
    "low",
    "low",
    "medium",
    "medium",
    "high",
    "high",
  ]);
});
