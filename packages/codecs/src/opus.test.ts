import { Malformed } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decibels, noiseSource, power, sine, speechLike } from "../test/measure.ts";
import {
  createOpusDecoder,
  createOpusEncoder,
  type OpusDecoder,
  type OpusEncoder,
  type OpusEncoderOptions,
  opusDurationMs,
} from "./opus.ts";

function packets(encoder: OpusEncoder, samples: Int16Array, frame: number): Uint8Array[] {
  const out = new Uint8Array(1275);
  const result: Uint8Array[] = [];
  for (let at = 0; at + frame <= samples.length; at += frame)
    result.push(out.slice(0, encoder.encode(samples.subarray(at, at + frame), out)));
  return result;
}

function play(decoder: OpusDecoder, stream: readonly (Uint8Array | undefined)[]): Int16Array {
  const out = new Int16Array((decoder.sampleRate / 1000) * 120 * decoder.channels);
  const result: number[] = [];
  for (const packet of stream) {
    const samples = decoder.decode(packet, out);
    if (samples instanceof Malformed) throw new Error(samples.reason);
    for (let i = 0; i < samples * decoder.channels; i++) result.push(out[i]!);
  }
  return Int16Array.from(result);
}

test.each([8000, 12_000, 16_000, 24_000, 48_000] as const)(
  "RFC 6716: a tone goes through at %i samples per second, late by the lookahead",
  async (sampleRate) => {
    const encoder = await createOpusEncoder({ sampleRate, application: "audio", bitRate: 64_000 });
    const decoder = await createOpusDecoder({ sampleRate });
    const tone = sine(440, sampleRate, sampleRate, 8000);
    const heard = play(decoder, packets(encoder, tone, sampleRate / 50));
    expect(heard.length).toBe(tone.length);
    const noise = heard.map((sample, i) => sample - (tone[i - encoder.lookahead] ?? 0));
    expect(decibels(power(tone) / power(noise, sampleRate / 5))).toBeGreaterThan(15);
    encoder.close();
    decoder.close();
  },
);

test("RFC 6716 §2.1.4: every frame duration, mono and stereo, 16-bit and float", async () => {
  for (const channels of [1, 2] as const) {
    const encoder = await createOpusEncoder({ channels });
    const decoder = await createOpusDecoder({ channels });
    const packet = new Uint8Array(4000);
    for (const milliseconds of [2.5, 5, 10, 20, 40, 60]) {
      const count = milliseconds * 48;
      for (const samples of [new Int16Array(count * channels).fill(500), new Float32Array(count * channels).fill(0.01)]) {
        const length = encoder.encode(samples, packet);
        expect(opusDurationMs(packet.subarray(0, length))).toBe(milliseconds);
        expect(decoder.decode(packet.subarray(0, length), new Int16Array(count * channels))).toBe(count);
        expect(decoder.decode(packet.subarray(0, length), new Float32Array(count * channels))).toBe(count);
      }
    }
    encoder.close();
    decoder.close();
  }
});

test("stereo channels stay apart and in order", async () => {
  const encoder = await createOpusEncoder({ channels: 2, application: "audio", bitRate: 96_000 });
  const decoder = await createOpusDecoder({ channels: 2 });
  const interleaved = Int16Array.from({ length: 48_000 }, (_, i) =>
    i % 2 === 0 ? Math.round(8000 * Math.sin((2 * Math.PI * 500 * (i >> 1)) / 48_000)) : 0,
  );
  const heard = play(decoder, packets(encoder, interleaved, 1920));
  const left = heard.filter((_, i) => i % 2 === 0);
  const right = heard.filter((_, i) => i % 2 === 1);
  expect(decibels(power(left, 9600) / power(right, 9600))).toBeGreaterThan(25);
  encoder.close();
  decoder.close();
});

const bytesPerSecond = async (options: OpusEncoderOptions) => {
  const encoder = await createOpusEncoder({ sampleRate: 16_000, ...options });
  const total = packets(encoder, speechLike(16_000, 1, 3), 320).reduce((sum, packet) => sum + packet.length, 0);
  encoder.close();
  return total;
};

test("bit rate: what was asked for, exactly without vbr", async () => {
  const rate = await bytesPerSecond({ bitRate: 24_000 });
  expect(rate).toBeGreaterThan(1500);
  expect(rate).toBeLessThan(4500);
  expect(await bytesPerSecond({ bitRate: 24_000, vbr: false })).toBe(3000);
  expect(await bytesPerSecond({ bitRate: 64_000, vbr: false })).toBe(8000);
});

test("update changes what comes next and leaves the rest", async () => {
  const encoder = await createOpusEncoder({ bitRate: 16_000, vbr: false });
  const out = new Uint8Array(1275);
  const tone = sine(440, 48_000, 960);
  expect(encoder.encode(tone, out)).toBe(40);
  encoder.update({ bitRate: 32_000 });
  expect(encoder.encode(tone, out)).toBe(80);
  encoder.update({ complexity: 0, maximumBandwidth: "narrowband" });
  expect(encoder.encode(tone, out)).toBe(80);
  encoder.close();
});

test("RFC 6716 §4.4: a lost packet is made up, in its length, and fades when nothing comes", async () => {
  const encoder = await createOpusEncoder({ bitRate: 32_000 });
  const decoder = await createOpusDecoder();
  const stream: (Uint8Array | undefined)[] = packets(encoder, sine(300, 48_000, 48_000), 1920); // 40 ms
  stream[10] = undefined;
  const heard = play(decoder, stream);
  expect(heard.length).toBe(48_000);
  const at = 10 * 1920;
  expect(decibels(power(heard, at, at + 1920) / power(heard, at - 1920, at))).toBeGreaterThan(-12);
  const faded = play(decoder, new Array<undefined>(15).fill(undefined));
  expect(power(faded, faded.length - 1920)).toBeLessThan(power(heard, at - 1920, at) / 1000);
  expect(play(await createOpusDecoder(), [undefined]).length).toBe(960); // 20 ms when nothing is known
  encoder.close();
  decoder.close();
});

test("RFC 6716 §2.1.7: forward error correction brings a lost packet back better than concealment", async () => {
  const speech = speechLike(16_000, 4, 11);
  const encoder = await createOpusEncoder({ sampleRate: 16_000, bitRate: 32_000, fec: true, expectedLossPercent: 30 });
  const sent = packets(encoder, speech, 320);
  const [intact, concealed, recovered] = [[], [], []] as [number[], number[], number[]];
  const decoders = [
    await createOpusDecoder({ sampleRate: 16_000 }),
    await createOpusDecoder({ sampleRate: 16_000 }),
    await createOpusDecoder({ sampleRate: 16_000 }),
  ];
  const out = new Int16Array(320);
  for (const [i, packet] of sent.entries()) {
    const lost = i % 5 === 4 && i + 1 < sent.length;
    decoders[0]!.decode(packet, out);
    intact.push(...out);
    decoders[1]!.decode(lost ? undefined : packet, out);
    concealed.push(...out);
    expect(lost ? decoders[2]!.recover(sent[i + 1]!, out) : decoders[2]!.decode(packet, out)).toBe(320);
    recovered.push(...out);
  }
  const error = (samples: number[]) => power(samples.map((sample, i) => sample - intact[i]!));
  expect(decibels(error(concealed) / error(recovered))).toBeGreaterThan(3);
  encoder.close();
  for (const decoder of decoders) decoder.close();
});

test("RFC 6716 §2.1.9: with dtx, silence is packets of at most two octets, told by inDtx", async () => {
  const encoder = await createOpusEncoder({ dtx: true });
  const quiet = packets(encoder, new Int16Array(48_000 * 2), 960);
  expect(encoder.inDtx).toBe(true);
  expect(quiet.slice(50).filter((packet) => packet.length <= 2).length).toBeGreaterThan(40);
  packets(encoder, speechLike(48_000, 0.1, 1), 960);
  expect(encoder.inDtx).toBe(false);
  encoder.close();
});

test("options out of range are refused before anything is made or changed", async () => {
  const wrong = [
    { sampleRate: 44_100 },
    { channels: 3 },
    { bitRate: 499 },
    { bitRate: Number.NaN },
    { bitRate: "fast" },
    { complexity: 11 },
    { expectedLossPercent: 1.5 },
    { application: "toString" },
    { maximumBandwidth: "toString" },
  ] as unknown[] as OpusEncoderOptions[];
  for (const options of wrong) {
    await expect(createOpusEncoder(options), JSON.stringify(options)).rejects.toThrow(expect.objectContaining({ code: "OPUS_OPTION" }));
  }
  await expect(createOpusDecoder({ channels: 0 as number as 1 })).rejects.toThrow(RangeError);
});

test("the wrong number of samples, and outputs that are too short, are refused", async () => {
  const encoder = await createOpusEncoder();
  const decoder = await createOpusDecoder();
  expect(() => encoder.encode(new Int16Array(961), new Uint8Array(1275))).toThrow(expect.objectContaining({ code: "OPUS_FRAME_LENGTH" }));
  expect(() => encoder.encode(new Int16Array(0), new Uint8Array(1275))).toThrow(expect.objectContaining({ code: "OPUS_FRAME_LENGTH" }));
  expect(() => encoder.encode(new Int16Array(960), new Uint8Array(1))).toThrow(expect.objectContaining({ code: "CODEC_OUTPUT_TOO_SMALL" }));
  const out = new Uint8Array(30);
  const random = noiseSource(1);
  const noise = Int16Array.from({ length: 960 }, () => Math.round(9000 * random()));
  expect(encoder.encode(noise, out)).toBeLessThanOrEqual(30); // the packet is made to fit
  expect(() => decoder.decode(out, new Int16Array(959))).toThrow(expect.objectContaining({ code: "CODEC_OUTPUT_TOO_SMALL" }));
  encoder.close();
  decoder.close();
});

test("after close every call says so, and close may be called again", async () => {
  const encoder = await createOpusEncoder();
  const decoder = await createOpusDecoder();
  encoder.close();
  encoder.close();
  decoder.close();
  decoder.close();
  const closed = expect.objectContaining({ code: "OPUS_CLOSED" });
  expect(() => encoder.encode(new Int16Array(960), new Uint8Array(1275))).toThrow(closed);
  expect(() => encoder.update({})).toThrow(closed);
  expect(() => encoder.inDtx).toThrow(closed);
  expect(() => decoder.decode(undefined, new Int16Array(960))).toThrow(closed);
});

test("RFC 6716 §3.1, table 2: durations", () => {
  expect(opusDurationMs(Uint8Array.of(0x78))).toBe(20); // hybrid fullband, 20 ms, one frame
  expect(opusDurationMs(Uint8Array.of(0x18, 0))).toBe(60);
  expect(opusDurationMs(Uint8Array.of(0xe0, 0))).toBe(2.5);
  expect(opusDurationMs(Uint8Array.of(0xf9, 0, 0))).toBe(40);
  expect(opusDurationMs(Uint8Array.of(0xfb, 0x06, 0))).toBe(120);
  expect(opusDurationMs(new Uint8Array(0))).toEqual(new Malformed("empty", 0));
  expect(opusDurationMs(Uint8Array.of(0xfb))).toEqual(new Malformed("truncated", 1));
  expect(opusDurationMs(Uint8Array.of(0xfb, 0x40))).toEqual(new Malformed("no-frames", 1));
  expect(opusDurationMs(Uint8Array.of(0xfb, 0x07))).toEqual(new Malformed("too-long", 1));
});

test("hostile: any octets decode or are refused, never thrown, and the decoder goes on", async () => {
  const encoder = await createOpusEncoder({ bitRate: 32_000 });
  const decoder = await createOpusDecoder();
  const good = packets(encoder, sine(440, 48_000, 960 * 20), 960);
  const out = new Int16Array(5760);
  let refused = 0;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...good), fc.nat(60), fc.nat(255), (octets, packet, at, value) => {
      const broken = packet.slice();
      broken[at % broken.length] = value;
      for (const bytes of [octets, broken]) {
        for (const result of [decoder.decode(bytes, out), decoder.recover(bytes, out)]) {
          if (result instanceof Malformed) refused += 1;
          else expect(result % 120).toBe(0);
        }
      }
    }),
    { numRuns: 300 },
  );
  expect(refused).toBeGreaterThan(10);
  expect(decibels(power(play(decoder, good), 9600) / 32e6)).toBeGreaterThan(-3);
  encoder.close();
  decoder.close();
});

test("hostile: a packet that is refused leaves the state as it was", async () => {
  const encoder = await createOpusEncoder({ bitRate: 32_000 });
  const [one, other] = [await createOpusDecoder(), await createOpusDecoder()];
  const out = new Int16Array(5760);
  const expected = new Int16Array(5760);
  for (const packet of packets(encoder, speechLike(48_000, 0.5, 2), 960)) {
    expect(one.decode(Uint8Array.of(0x79, 1, 2, 3), out)).toBeInstanceOf(Malformed); // §3.2.3 R3: two equal frames of one octet and a half
    one.decode(packet, out);
    other.decode(packet, expected);
    expect(out.every((sample, i) => sample === expected[i])).toBe(true);
  }
  encoder.close();
  one.close();
  other.close();
});
