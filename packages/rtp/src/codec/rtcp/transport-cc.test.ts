import { bytesFromHex, hexFromBytes, InvalidArgumentError } from "@purertc/core";
import { expect, test } from "vitest";
import { parseTransportFeedback, type TransportFeedbackBody, writeTransportFeedback } from "./transport-cc.ts";

const parse = (hex: string) => parseTransportFeedback(bytesFromHex(hex), 0, hex.length / 2);

function hexOf(body: TransportFeedbackBody): string {
  const out = new Uint8Array(20_000);
  return hexFromBytes(out.subarray(0, writeTransportFeedback(out, 0, body)));
}

const head = { baseSequenceNumber: 0xfffe, referenceTime: -2, feedbackPacketCount: 7 };

test("transport-wide-cc-01 §3.1.3: run length chunks, and sequence numbers that wrap", () => {
  const body = { ...head, packetStatusCount: 4, received: [0, 1, 2, 3].map((i) => ({ sequenceNumber: (0xfffe + i) & 0xffff, delta: i })) };
  expect(hexOf(body)).toBe("fffe0004fffffe072004" + "00010203");
  expect(parse("fffe0004fffffe072004" + "00010203")).toEqual(body);
});

test("transport-wide-cc-01 §3.1.4: one-bit vector: received ones have small deltas", () => {
  const parsed = parse(`0001000e000000009fff${"01".repeat(12)}0101`.slice(0, 20 + 2 * 13));
  expect(parsed).toMatchObject({ packetStatusCount: 14, received: { length: 13 } });
  expect(parse("0001000e00000000a001" + "0102")).toMatchObject({
    received: [
      { sequenceNumber: 1, delta: 1 },
      { sequenceNumber: 14, delta: 2 },
    ],
  });
});

test("transport-wide-cc-01 §3.1.4: two-bit vector: large deltas are signed", () => {
  // symbols 2 0 1 0 0 0 2
  const chunk = (0xc000 | (2 << 12) | (1 << 8) | 2).toString(16);
  expect(parse(`00000007000000${"05"}${chunk}8000ff7fff`)).toEqual({
    baseSequenceNumber: 0,
    packetStatusCount: 7,
    referenceTime: 0,
    feedbackPacketCount: 5,
    received: [
      { sequenceNumber: 0, delta: -32_768 },
      { sequenceNumber: 2, delta: 255 },
      { sequenceNumber: 6, delta: 32_767 },
    ],
  });
});

test("transport-wide-cc-01 §3.1: statuses past the count in the last vector are nothing", () => {
  expect(parse("00010001000000009fff" + "0a")).toBeTypeOf("object");
  expect(parse("0001000100000000bfff" + "0a")).toMatchObject({ received: [{ sequenceNumber: 1, delta: 10 }] });
});

test("transport-wide-cc-01 §3.1: 65 535 losses cost two entries and eighteen octets", () => {
  const body = { ...head, packetStatusCount: 65_535, received: [{ sequenceNumber: 0xfffd - 1, delta: 1 }] };
  const parsed = parse(hexOf({ ...body, received: [{ sequenceNumber: 0xfffe, delta: 1 }] }));
  expect(parsed).toMatchObject({ packetStatusCount: 65_535, received: { length: 1 } });
  expect(hexOf(body).length / 2).toBeLessThan(40);
});

test.each([
  ["no head", "00010001000000", "bad-length"],
  ["chunks that end before all is told", "0001000f00000000" + "a000", "bad-length"],
  ["a run of none", "0001000f00000000" + "2000" + "2001", "bad-block"],
  ["a run of received packets longer than the packet", "0001ffff00000000" + "3fff" + "01", "bad-length"],
  ["the reserved symbol in a run", "0001000100000000" + "6001" + "01", "reserved-symbol"],
  ["the reserved symbol in a vector", "0001000100000000" + "f000" + "01", "reserved-symbol"],
  ["a missing small delta", "0001000200000000" + "2002" + "01", "bad-length"],
  ["half a large delta", "0001000100000000" + "4001" + "01", "bad-length"],
  ["a word after the deltas", "0001000100000000" + "2001" + "0100000000", "bad-length"],
])("transport-wide-cc-01 §3.1: refuses %s", (_, hex, reason) => {
  expect(parse(hex)).toMatchObject({ reason });
});

test("transport-wide-cc-01 §3.1: does not write what the format cannot say", () => {
  const bad = (received: { sequenceNumber: number; delta: number }[]) => () => hexOf({ ...head, packetStatusCount: 3, received });
  expect(bad([{ sequenceNumber: 1, delta: 0 }])).toThrow(InvalidArgumentError);
  expect(
    bad([
      { sequenceNumber: 0xffff, delta: 0 },
      { sequenceNumber: 0xfffe, delta: 0 },
    ]),
  ).toThrow(InvalidArgumentError);
  expect(bad([{ sequenceNumber: 0xfffe, delta: 32_768 }])).toThrow(InvalidArgumentError);
  expect(bad([{ sequenceNumber: 0xfffe, delta: -32_769 }])).toThrow(InvalidArgumentError);
});
