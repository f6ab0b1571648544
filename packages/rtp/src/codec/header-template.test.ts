import { InvalidArgumentError } from "@purertc/core";
import { expect, test } from "vitest";
import { parseHeaderExtensions } from "./header-extension.ts";
import { RtpHeaderTemplate } from "./header-template.ts";
import { parseRtpPacket, type RtpPacket } from "./packet.ts";

function packetOf(template: RtpHeaderTemplate, fill: (out: Uint8Array) => void = () => {}): RtpPacket {
  const out = new Uint8Array(template.length + 2).fill(0xee);
  template.write(out, true, 0xabcd, 0xdeadbeef);
  fill(out);
  return parseRtpPacket(out) as RtpPacket;
}

test("RFC 3550 §5.1: a header from a template is the header", () => {
  const template = new RtpHeaderTemplate({ ssrc: 0xfeedface, payloadType: 111, csrcs: [1, 0xffffffff] });
  expect(packetOf(template)).toEqual({
    marker: true,
    payloadType: 111,
    sequenceNumber: 0xabcd,
    timestamp: 0xdeadbeef,
    ssrc: 0xfeedface,
    csrcs: [1, 0xffffffff],
    payload: Uint8Array.of(0xee, 0xee),
  });
});

test.each([
  [
    "one-byte",
    [
      { id: 3, length: 2 },
      { id: 4, length: 1, initial: Uint8Array.of(0x30) },
    ],
    0xbede,
  ],
  [
    "two-byte",
    [
      { id: 3, length: 2 },
      { id: 40, length: 1, initial: Uint8Array.of(0x30) },
    ],
    0x1000,
  ],
])("RFC 8285 §4: reserved extensions are written where they lie, %s", (_, extensions, profile) => {
  const template = new RtpHeaderTemplate({ ssrc: 1, payloadType: 96, extensions });
  const packet = packetOf(template, (out) => out.set([0x12, 0x34], template.extension(3)));
  expect(packet.extension!.profile).toBe(profile);
  expect(parseHeaderExtensions(packet.extension!)).toEqual([
    { id: 3, data: Uint8Array.of(0x12, 0x34) },
    { id: extensions[1]!.id, data: Uint8Array.of(0x30) },
  ]);
  expect(packet.payload).toEqual(Uint8Array.of(0xee, 0xee));
  expect(template.extension(9)).toBe(-1);
});

test("RFC 8285 §4: a template refuses what no header says", () => {
  const bad = (options: object) => () => new RtpHeaderTemplate({ ssrc: 1, payloadType: 96, ...options });
  expect(bad({ csrcs: new Array(16).fill(0) })).toThrow(InvalidArgumentError);
  expect(bad({ extensions: [{ id: 0, length: 1 }] })).toThrow(InvalidArgumentError);
  expect(bad({ extensions: [{ id: 256, length: 1 }] })).toThrow(InvalidArgumentError);
  expect(bad({ extensions: [{ id: 1, length: 256 }] })).toThrow(InvalidArgumentError);
  expect(bad({ extensions: [{ id: 1, length: 2, initial: Uint8Array.of(1) }] })).toThrow(InvalidArgumentError);
});
