import { Malformed } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { rtpPacket, u16, u32 } from "../../test/arbitraries.ts";
import { headerExtensionBlock } from "./header-extension.ts";
import { parseRtpPacket, type RtpPacket, writeRtpPacket } from "./packet.ts";
import { RtpReader } from "./reader.ts";

function written(packet: RtpPacket): Uint8Array {
  const out = new Uint8Array(2000);
  return out.subarray(0, writeRtpPacket(out, packet));
}

test("RFC 3550 §5.1: the reader shows what the value holds", () => {
  const reader = new RtpReader();
  fc.assert(
    fc.property(rtpPacket, (packet) => {
      const bytes = written(packet);
      expect(reader.read(bytes)).toBeUndefined();
      expect({
        marker: reader.marker,
        payloadType: reader.payloadType,
        sequenceNumber: reader.sequenceNumber,
        timestamp: reader.timestamp,
        ssrc: reader.ssrc,
        csrcs: Array.from({ length: reader.csrcCount }, (_, i) => reader.csrc(i)),
        payload: reader.payload,
        paddingLength: reader.paddingLength,
      }).toEqual({
        marker: packet.marker,
        payloadType: packet.payloadType,
        sequenceNumber: packet.sequenceNumber,
        timestamp: packet.timestamp,
        ssrc: packet.ssrc,
        csrcs: packet.csrcs,
        payload: packet.payload,
        paddingLength: packet.paddingLength ?? 0,
      });
      expect([reader.length, reader.headerLength + reader.payloadLength, reader.packet]).toEqual([bytes.length, reader.payloadEnd, bytes]);
    }),
  );
});

test("RFC 3550 A.1: a length beyond the buffer is refused", () => {
  expect(new RtpReader().read(new Uint8Array(20).with(0, 0xa0), 21)).toMatchObject({ reason: "truncated", offset: 20 });
});

test("RFC 3550 A.1: the reader refuses what the parser refuses, and keeps showing the packet before", () => {
  const reader = new RtpReader();
  const good = written({ marker: false, payloadType: 0, sequenceNumber: 77, timestamp: 0, ssrc: 1, csrcs: [], payload: new Uint8Array(1) });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      reader.read(good);
      const fault = reader.read(bytes);
      const parsed = parseRtpPacket(bytes);
      if (parsed instanceof Malformed) {
        expect(fault).toEqual(parsed);
        expect(reader.sequenceNumber).toBe(77);
      } else expect(fault).toBeUndefined();
    }),
  );
});

test("RFC 3550 §5.1: only the stated part of a larger buffer is read", () => {
  const reader = new RtpReader();
  const slab = new Uint8Array(100).fill(0xff);
  const length = writeRtpPacket(slab, {
    marker: false,
    payloadType: 1,
    sequenceNumber: 2,
    timestamp: 3,
    ssrc: 4,
    csrcs: [],
    payload: Uint8Array.of(5, 6),
  });
  expect(reader.read(slab, length)).toBeUndefined();
  expect(reader.payload).toEqual(Uint8Array.of(5, 6));
  expect(reader.read(slab, 11)).toMatchObject({ reason: "truncated" });
});

test("RFC 8285 §4: elements are found in both forms, at their length", () => {
  const reader = new RtpReader();
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.record({ id: fc.integer({ min: 1, max: 14 }), data: fc.uint8Array({ minLength: 1, maxLength: 16 }) }), {
        selector: ({ id }) => id,
        maxLength: 6,
      }),
      fc.constantFrom("one-byte" as const, "two-byte" as const),
      (elements, form) => {
        reader.read(
          written({
            marker: false,
            payloadType: 1,
            sequenceNumber: 2,
            timestamp: 3,
            ssrc: 4,
            csrcs: [5],
            extension: headerExtensionBlock(elements, form),
            payload: new Uint8Array(1),
          }),
        );
        for (let id = 1; id <= 15; id++) {
          const at = reader.extension(id);
          const element = elements.find((one) => one.id === id);
          if (element === undefined) expect(at).toBe(-1);
          else expect(reader.packet.subarray(at, at + reader.extensionLength(at))).toEqual(element.data);
        }
      },
    ),
  );
});

test("RFC 3550 §5.1: fields are rewritten in place and nothing else changes", () => {
  const reader = new RtpReader();
  fc.assert(
    fc.property(rtpPacket, u16, u32, u32, fc.nat(71), fc.boolean(), (packet, sequenceNumber, timestamp, ssrc, payloadType, marker) => {
      const bytes = written(packet);
      reader.read(bytes);
      reader.sequenceNumber = sequenceNumber;
      reader.timestamp = timestamp;
      reader.ssrc = ssrc;
      reader.payloadType = payloadType;
      reader.marker = marker;
      expect(parseRtpPacket(bytes)).toEqual({ ...packet, sequenceNumber, timestamp, ssrc, payloadType, marker });
    }),
  );
});
