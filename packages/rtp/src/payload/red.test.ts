import { InvalidArgumentError, Malformed } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { browserPackets } from "../../test/browser-packets.ts";
import { RtpReader } from "../codec/reader.ts";
import { parseRed, type RedBlock, RedDepacketizer, type RedFrame, RedPacketizer, writeRed } from "./red.ts";
import { Vp8Depacketizer, vp8FrameSize } from "./vp8.ts";

const block = (maxOffset: number, maxLength: number) =>
  fc.record({ payloadType: fc.nat(127), timestampOffset: fc.nat(maxOffset), data: fc.uint8Array({ maxLength }) });

test("RFC 2198 §3: blocks written are blocks read", () => {
  const out = new Uint8Array(8000);
  fc.assert(
    fc.property(fc.array(block(0x3fff, 60), { maxLength: 8 }), block(0, 60), (older, newest) => {
      const blocks: RedBlock[] = [...older, newest];
      expect(parseRed(out.subarray(0, writeRed(out, 0, blocks)))).toEqual(blocks);
    }),
  );
  const bits = [
    { payloadType: 111, timestampOffset: 0x2abc, data: new Uint8Array(0x2ff) },
    { payloadType: 5, timestampOffset: 0, data: Uint8Array.of(9) },
  ];
  expect([...out.subarray(0, writeRed(out, 0, bits))].slice(0, 5)).toEqual([0xef, 0xaa, 0xf2, 0xff, 5]);
});

test.each<[string, number[], string]>([
  ["nothing", [], "truncated"],
  ["a block header that is cut", [0x80, 0, 0], "truncated"],
  ["no header of the newest block", [0x80, 0, 0, 0], "truncated"],
  ["a block longer than the payload", [0x80, 0, 0, 2, 5, 1], "truncated"],
  ["more blocks than anyone sends", [...new Array(33).fill([0x80, 0, 0, 0]).flat(), 5], "too-many-blocks"],
])("RFC 2198 §3: refuses %s", (_, octets, reason) => {
  expect(parseRed(Uint8Array.from(octets))).toMatchObject({ reason });
  expect(new RedDepacketizer().push({ sequenceNumber: 0, timestamp: 0, marker: false }, Uint8Array.from(octets))).toBe("malformed");
});

test("RFC 2198 §3: any octets are blocks or Malformed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => {
      const blocks = parseRed(octets);
      if (!(blocks instanceof Malformed)) expect(blocks.length).toBeLessThanOrEqual(33);
    }),
    { numRuns: 500 },
  );
});

test("RFC 2198 §3: what no header says is the caller's mistake", () => {
  const out = new Uint8Array(3000);
  const newest = { payloadType: 1, timestampOffset: 0, data: new Uint8Array(1) };
  expect(() => writeRed(out, 0, [])).toThrow(InvalidArgumentError);
  expect(() => writeRed(out, 0, [{ ...newest, timestampOffset: 0x4000 }, newest])).toThrow(InvalidArgumentError);
  expect(() => writeRed(out, 0, [{ ...newest, data: new Uint8Array(1024) }, newest])).toThrow(InvalidArgumentError);
  expect(() => new RedPacketizer({ payloadType: 1, distance: 9 })).toThrow(InvalidArgumentError);
  expect(() => new RedPacketizer({ payloadType: 1 }).packetize(out, 0, new Uint8Array(10), 0, 10)).toThrow(InvalidArgumentError);
});

/** Sends frames of 960 ticks, loses those named, and gives the frames that came out. */
function through(frames: readonly Uint8Array[], distance: number, lost: ReadonlySet<number>, max = 2000): RedFrame[] {
  const packetizer = new RedPacketizer({ payloadType: 111, distance });
  const depacketizer = new RedDepacketizer();
  const out = new Uint8Array(2000);
  const received: RedFrame[] = [];
  for (const [i, frame] of frames.entries()) {
    const timestamp = (0xffff_ff00 + 960 * i) >>> 0;
    const length = packetizer.packetize(out, 0, frame, timestamp, max);
    expect(length).toBeLessThanOrEqual(max);
    if (lost.has(i)) continue;
    expect(depacketizer.push({ sequenceNumber: (0xfffe + i) & 0xffff, timestamp, marker: false }, out.slice(0, length))).toBeUndefined();
    for (let one = depacketizer.poll(); one !== undefined; one = depacketizer.poll()) received.push(one);
  }
  return received;
}

test("RFC 2198 §1: with distance d, any d packets lost in a row are repaired, in order and once; more are noticed", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 6 }), (distance, from, run) => {
      const frames = Array.from({ length: 20 }, (_, i) => Uint8Array.of(i, i));
      const lost = new Set(Array.from({ length: run }, (_, i) => from + i));
      const received = through(frames, distance, lost);
      const unrepaired = Math.max(0, run - distance);
      expect(received.map(({ data }) => data[0])).toEqual(frames.map((_, i) => i).filter((i) => i < from || i >= from + unrepaired));
      expect(received.filter(({ redundant }) => redundant).length).toBe(Math.min(run, distance));
      expect(received.findIndex(({ afterLoss }) => afterLoss)).toBe(unrepaired > 0 ? from : -1);
    }),
  );
});

test("RFC 2198 §3: older frames that do not fit are left out, the oldest first", () => {
  const frames = [50, 60, 70].map((length) => new Uint8Array(length));
  const lengths = (max: number) => {
    const packetizer = new RedPacketizer({ payloadType: 111, distance: 2 });
    const out = new Uint8Array(300);
    return frames
      .map((frame, i) =>
        (parseRed(out.subarray(0, packetizer.packetize(out, 0, frame, i * 960, max))) as RedBlock[]).map(({ data }) => data.length),
      )
      .at(-1);
  };
  expect([lengths(300), lengths(150), lengths(134)]).toEqual([[50, 60, 70], [60, 70], [70]]);
  const packetizer = new RedPacketizer({ payloadType: 111 });
  const out = new Uint8Array(300);
  packetizer.packetize(out, 0, frames[0]!, 0, 300);
  expect(parseRed(out.subarray(0, packetizer.packetize(out, 0, frames[1]!, 0x4000, 300)))).toHaveLength(1);
});

test("RFC 2198 §3: late packets are refused, and what nobody polls is bounded", () => {
  const depacketizer = new RedDepacketizer();
  const payload = Uint8Array.of(5, 1);
  for (let i = 0; i < 100; i++) depacketizer.push({ sequenceNumber: i, timestamp: i, marker: false }, payload);
  expect(depacketizer.push({ sequenceNumber: 99, timestamp: 99, marker: false }, payload)).toBe("late");
  let count = 0;
  while (depacketizer.poll() !== undefined) count += 1;
  expect(count).toBeLessThan(40);
});

test("RFC 2198 §3: the browsers' video in RED is VP8 in one block, and depacketizes to frames", () => {
  for (const from of ["chromium", "firefox"] as const) {
    const reader = new RtpReader();
    const depacketizer = new Vp8Depacketizer();
    const frames: { keyframe: boolean; size: { width: number; height: number } | undefined }[] = [];
    for (const packet of browserPackets) {
      if (packet.from !== from || packet.kind !== "rtp") continue;
      expect(reader.read(packet.bytes)).toBeUndefined();
      if (reader.payloadType !== 118) continue;
      const blocks = parseRed(reader.payload) as RedBlock[];
      expect(blocks).toMatchObject([{ payloadType: 96, timestampOffset: 0 }]);
      expect(depacketizer.push(reader, blocks[0]!.data)).toBeUndefined();
      for (let frame = depacketizer.poll(); frame !== undefined; frame = depacketizer.poll()) {
        expect(frame.afterLoss).toBe(false);
        expect(frame.descriptor.pictureId).toBeTypeOf("number");
        frames.push({ keyframe: frame.keyframe, size: vp8FrameSize(frame.data) });
      }
    }
    expect(frames.length).toBeGreaterThan(5);
    expect(frames[0]).toEqual({ keyframe: true, size: { width: 320, height: 240 } });
    expect(frames.slice(1).some(({ keyframe }) => keyframe)).toBe(false);
  }
});
