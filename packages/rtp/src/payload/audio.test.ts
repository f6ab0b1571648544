import { InvalidArgumentError } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { payloadsOf, receive, streamOf } from "../../test/packet-stream.ts";
import { AudioDepacketizer, G722, OctetStreamPacketizer, PCMA, PCMU } from "./audio.ts";
import { parseComfortNoise, writeComfortNoise } from "./comfort-noise.ts";
import { OpusPacketizer, opusDurationAt, opusPacketDuration, parseOpusPacket } from "./opus.ts";

test("RFC 3551 §4.3: an octet stream survives any packet size, with the timestamp of each octet", () => {
  const packetizer = new OctetStreamPacketizer();
  const out = new Uint8Array(100);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 500 }), fc.integer({ min: 1, max: 100 }), (octets, max) => {
      packetizer.begin(octets, max);
      const again: number[] = [];
      while (packetizer.pending) {
        expect(packetizer.timestampOffset).toBe(again.length);
        const length = packetizer.writeNext(out, 0);
        if (packetizer.pending) expect(length).toBe(max); // devices like packets of one size
        again.push(...out.subarray(0, length));
      }
      expect(Uint8Array.from(again)).toEqual(octets);
    }),
  );
  expect(() => packetizer.begin(new Uint8Array(0), 10)).toThrow(InvalidArgumentError);
  expect(() => packetizer.begin(new Uint8Array(1), 0)).toThrow(InvalidArgumentError);
});

test("RFC 3551 §4.5.2, table 4: G.722's clock is 8 kHz although it samples at 16 kHz", () => {
  expect([PCMU, PCMA, G722].map(({ payloadType, clockRate, samplingRate }) => [payloadType, clockRate, samplingRate])).toEqual([
    [0, 8000, 8000],
    [8, 8000, 8000],
    [9, 8000, 16_000],
  ]);
});

test("RFC 3551 §4.1: each packet is a frame, and any loss is noticed", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 3, maxLength: 6 }),
      fc.nat(0xffff),
      (frames, first) => {
        const packets = streamOf(
          frames.map((frame) => [frame]),
          first,
          false,
        );
        const all = receive(new AudioDepacketizer(), packets);
        expect(all.frames.map(({ data, afterLoss, keyframe }) => ({ data, afterLoss, keyframe }))).toEqual(
          frames.map((data) => ({ data, afterLoss: false, keyframe: true })),
        );
        for (let lost = 1; lost < packets.length; lost++) {
          const rest = receive(
            new AudioDepacketizer(),
            packets.filter((_, i) => i !== lost),
          ).frames;
          expect(rest.map(({ afterLoss }) => afterLoss)).toEqual(rest.map((_, i) => i === lost));
        }
      },
    ),
  );
});

test("RFC 3551 §4.1: the marker starts a talkspurt; repeats and late packets are refused; padding is no frame", () => {
  const [a, b, c] = streamOf([[Uint8Array.of(1)], [Uint8Array.of(2)], [Uint8Array.of(3)]], 0xffff);
  const { frames, refusals } = receive(new AudioDepacketizer(), [
    a!,
    { ...b!, marker: false },
    a!,
    b!,
    { ...c!, payload: new Uint8Array(0) },
  ]);
  expect(frames.map(({ startOfTalkspurt }) => startOfTalkspurt)).toEqual([true, false]);
  expect(refusals).toEqual(["late", "late"]);
});

test("a frame beyond the limit, or one that nobody polled, counts as lost", () => {
  const depacketizer = new AudioDepacketizer({ maxFrameLength: 3 });
  expect(depacketizer.push({ sequenceNumber: 1, timestamp: 0, marker: false }, new Uint8Array(4))).toBe("too-long");
  expect(depacketizer.poll()).toBeUndefined();
  depacketizer.push({ sequenceNumber: 2, timestamp: 0, marker: false }, new Uint8Array(3));
  depacketizer.push({ sequenceNumber: 3, timestamp: 0, marker: false }, new Uint8Array(2));
  expect(depacketizer.poll()).toMatchObject({ data: { length: 2 }, afterLoss: true });
});

test("RFC 7587 §4.2: an Opus packet is a payload, whole or not at all", () => {
  const packetizer = new OpusPacketizer();
  packetizer.begin(Uint8Array.of(0xfc, 1, 2), 3);
  expect(payloadsOf(packetizer, 3)).toEqual([Uint8Array.of(0xfc, 1, 2)]);
  expect(() => packetizer.begin(new Uint8Array(4), 3)).toThrow(InvalidArgumentError);
  expect(() => packetizer.begin(new Uint8Array(0), 3)).toThrow(InvalidArgumentError);
});

test("RFC 6716 §3.1, table 2: mode, duration and channels", () => {
  const of = (config: number, stereo = 0) => parseOpusPacket(Uint8Array.of((config << 3) | (stereo << 2), 9));
  const durations = Array.from({ length: 32 }, (_, config) => (of(config) as { frameDuration: number }).frameDuration / 48);
  expect(durations).toEqual([
    10,
    20,
    40,
    60,
    10,
    20,
    40,
    60,
    10,
    20,
    40,
    60,
    10,
    20,
    10,
    20,
    ...new Array(4).fill([2.5, 5, 10, 20]).flat(),
  ]);
  expect([of(11), of(12), of(15), of(16)]).toMatchObject([{ mode: "silk" }, { mode: "hybrid" }, { mode: "hybrid" }, { mode: "celt" }]);
  expect(of(0, 1)).toMatchObject({ stereo: true });
});

test("RFC 6716 §3.2: frames of each code", () => {
  const framesOf = (...octets: number[]) => {
    const packet = parseOpusPacket(Uint8Array.from(octets));
    return "reason" in packet ? packet.reason : packet.frames.map((frame) => [...frame]);
  };
  expect(framesOf(0x78)).toEqual([[]]);
  expect(framesOf(0x78, 1, 2)).toEqual([[1, 2]]);
  expect(framesOf(0x79, 1, 2)).toEqual([[1], [2]]);
  expect(framesOf(0x7a, 1, 9, 8, 7)).toEqual([[9], [8, 7]]);
  expect((framesOf(0x7a, 252, 0, ...new Array(253).fill(1)) as number[][]).map(({ length }) => length)).toEqual([252, 1]);
  expect(framesOf(0x7b, 3, 1, 2, 3)).toEqual([[1], [2], [3]]);
  expect(framesOf(0x7b, 0x83, 0, 1, 7, 8, 9)).toEqual([[], [7], [8, 9]]);
  expect(framesOf(0x7b, 0x42, 2, 1, 2, 0, 0)).toEqual([[1], [2]]);
  expect(framesOf(0x7b, 0x41, 255, 0, 5, ...new Array(254).fill(0))).toEqual([[5]]);
  expect(opusPacketDuration(Uint8Array.of(0x7b, 3, 1, 2, 3))).toBe(3 * 960);
  expect([opusDurationAt(Uint8Array.of(9, 0x7b, 3), 1, 3), opusDurationAt(Uint8Array.of(0x78), 0, 1)]).toEqual([3 * 960, 960]);
  expect([opusDurationAt(Uint8Array.of(0x7b), 0, 1), opusDurationAt(Uint8Array.of(0x7b, 63), 0, 2)]).toEqual([0, 5760]);
  expect(opusPacketDuration(new Uint8Array(0))).toBeUndefined();
});

test.each<[string, number[], string]>([
  ["R1: no octets", [], "empty"],
  ["R2: a frame above 1275 octets", [0x78, ...new Array(1276).fill(0)], "too-long"],
  ["R3: an odd length for two equal frames", [0x79, 1], "bad-length"],
  ["R4: no length for two frames", [0x7a], "bad-length"],
  ["R4: a first frame longer than the packet", [0x7a, 3, 1, 2], "bad-length"],
  ["R4: half a length", [0x7a, 252], "bad-length"],
  ["R5: no frames", [0x7b, 0], "too-long"],
  ["R5: more than 120 ms", [0x7b, 7, 1, 2, 3, 4, 5, 6, 7], "too-long"],
  ["R6: no count", [0x7b], "bad-length"],
  ["R6: frames that are not equal", [0x7b, 2, 1, 2, 3], "bad-length"],
  ["R6: more padding than octets", [0x7b, 0x41, 3, 1], "bad-length"],
  ["R6: padding that does not end", [0x7b, 0x41, 255], "bad-length"],
  ["R7: a missing length", [0x7b, 0x83, 1], "bad-length"],
  ["R7: lengths beyond the packet", [0x7b, 0x82, 5, 1], "bad-length"],
])("RFC 6716 §3.4: refuses %s", (_, octets, reason) => {
  expect(parseOpusPacket(Uint8Array.from(octets))).toMatchObject({ reason });
});

test("RFC 6716 §3.4: any octets are a packet or Malformed, frames within it", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => {
      const packet = parseOpusPacket(octets);
      if ("reason" in packet) return;
      expect(packet.frames.length * packet.frameDuration).toBeLessThanOrEqual(5760);
      expect(packet.frames.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(octets.length);
    }),
    { numRuns: 1000 },
  );
});

test("RFC 3389 §3: comfort noise survives", () => {
  const out = new Uint8Array(20);
  fc.assert(
    fc.property(fc.nat(127), fc.array(fc.integer({ min: -127, max: 127 }), { maxLength: 12 }), (level, coefficients) => {
      const noise = { level, reflectionCoefficients: coefficients.map((k) => k * (258 / 32_768)) };
      expect(parseComfortNoise(out.subarray(0, writeComfortNoise(out, 0, noise)))).toEqual(noise);
    }),
  );
  expect(parseComfortNoise(new Uint8Array(0))).toMatchObject({ reason: "empty" });
  expect([...out.subarray(0, writeComfortNoise(out, 0, { level: 1, reflectionCoefficients: [-1, 1] }))]).toEqual([1, 0, 254]);
});

test("RFC 3389 §3.2: k_i = 258 (N_i - 127) / 32768, from -32766/32768 to 32766/32768", () => {
  const coefficients = [-32_766, 0, 258, 32_766, 32_766].map((k) => k / 32_768);
  expect(parseComfortNoise(Uint8Array.of(0xb2, 0, 127, 128, 254, 255))).toEqual({ level: 0x32, reflectionCoefficients: coefficients });
});
