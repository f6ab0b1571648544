import { InvalidArgumentError, Malformed } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { rtpPacket } from "../../test/arbitraries.ts";
import { browserPackets } from "../../test/browser-packets.ts";
import { parseRtpPacket, type RtpPacket, rtpPacketLength, writeRtpPacket } from "../codec/packet.ts";
import { RtxSender, restoreRtxPacket } from "./rtx.ts";

function bytesOf(packet: RtpPacket): Uint8Array {
  const out = new Uint8Array(rtpPacketLength(packet));
  writeRtpPacket(out, packet);
  return out;
}

test("RFC 4588 §4: what is restored is the packet, padding left out; the RTX stream has its own numbers", () => {
  fc.assert(
    fc.property(
      rtpPacket.filter(({ marker, payloadType }) => !(marker && payloadType >= 72 && payloadType <= 76)),
      fc.nat(0xffff),
      fc.boolean(),
      (packet, first, inPlace) => {
        const sender = new RtxSender({ ssrc: 99, payloadType: 97 }, first);
        const out = new Uint8Array(2000);
        const { paddingLength: _, ...plain } = packet;
        for (let i = 0; i < 2; i++) {
          const length = sender.write(out, bytesOf(packet));
          const rtx = parseRtpPacket(out.subarray(0, length));
          expect(rtx).toMatchObject({
            ssrc: 99,
            payloadType: 97,
            sequenceNumber: (first + i) & 0xffff,
            timestamp: packet.timestamp,
            marker: packet.marker,
          });
          const bytes = out.slice(0, length);
          const back = inPlace ? bytes : new Uint8Array(2000);
          const restored = restoreRtxPacket(back, bytes, { ssrc: packet.ssrc, payloadType: packet.payloadType }) as number;
          expect(parseRtpPacket(back.subarray(0, restored))).toEqual(plain);
        }
      },
    ),
  );
});

test("RFC 4588 §4: probes have nothing to restore, half a number is refused, as is what is no RTP", () => {
  const restore = (payload: Uint8Array) =>
    restoreRtxPacket(
      new Uint8Array(99),
      bytesOf({ marker: false, payloadType: 97, sequenceNumber: 1, timestamp: 2, ssrc: 3, csrcs: [], payload, paddingLength: 9 }),
      { ssrc: 1, payloadType: 96 },
    );
  expect(restore(new Uint8Array(0))).toBe(0);
  expect(restore(new Uint8Array(1))).toMatchObject({ reason: "no-osn" });
  expect(restore(new Uint8Array(2))).toBe(12);
  expect(restoreRtxPacket(new Uint8Array(99), new Uint8Array(12), { ssrc: 1, payloadType: 96 })).toMatchObject({ reason: "bad-version" });
  const sender = new RtxSender({ ssrc: 1, payloadType: 2 }, 0);
  expect(() => sender.write(new Uint8Array(99), new Uint8Array(12))).toThrow(InvalidArgumentError);
  expect(() => sender.write(new Uint8Array(12), new Uint8Array(12).with(0, 0x80))).toThrow(InvalidArgumentError);
  const rtx = new Uint8Array(20).with(0, 0x80);
  expect(restoreRtxPacket(new Uint8Array(18), rtx, { ssrc: 1, payloadType: 96 })).toBe(18);
  expect(() => restoreRtxPacket(new Uint8Array(17), rtx, { ssrc: 1, payloadType: 96 })).toThrow(InvalidArgumentError);
});

test("RFC 4588 §4: the browsers' RTX packets hold packets that they sent, and their probes hold none", () => {
  let restored = 0;
  let probes = 0;
  for (const from of ["chromium", "firefox"] as const) {
    const packets = browserPackets
      .filter((packet) => packet.from === from && packet.kind === "rtp")
      .map(({ bytes }) => parseRtpPacket(bytes) as RtpPacket);
    const video = packets.filter(({ payloadType }) => payloadType === 118);
    for (const rtx of packets.filter(({ payloadType }) => payloadType === 119 || payloadType === 97)) {
      const out = new Uint8Array(1500);
      const length = restoreRtxPacket(out, bytesOf(rtx), { ssrc: video[0]!.ssrc, payloadType: 118 });
      if (length instanceof Malformed) throw new Error(length.reason);
      if (length === 0) {
        probes += 1;
        continue;
      }
      const packet = parseRtpPacket(out.subarray(0, length)) as RtpPacket;
      const original = video.find(({ sequenceNumber }) => sequenceNumber === packet.sequenceNumber)!;
      expect([packet.payload, packet.timestamp, packet.marker]).toEqual([original.payload, original.timestamp, original.marker]);
      restored += 1;
    }
  }
  expect([restored, probes]).toEqual([4, 4]);
});
