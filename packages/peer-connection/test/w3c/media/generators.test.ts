import { expect, test } from "vitest";
import {
  type EncodedFrameInit,
  EncodedTrackGenerator,
  EncodedTrackProcessor,
  type KeyframeRequestEvent,
  RtpTrackGenerator,
  RtpTrackProcessor,
} from "../../../src/index.ts";
import { next, rejection, thrown } from "../../virtual-host.ts";
import { vp8Frame } from "./tracks.ts";

const frame = (timestamp: number, key = false): EncodedFrameInit => ({ data: vp8Frame(10, key), timestamp, type: key ? "key" : "delta" });

/** Lets promises settle. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function readAll(readable: ReadableStream<{ readonly timestamp: number }>): Promise<number[]> {
  const timestamps: number[] = [];
  for await (const { timestamp } of readable) timestamps.push(timestamp);
  return timestamps;
}

test("EncodedTrackGenerator: what it is made with", () => {
  const generator = new EncodedTrackGenerator({ kind: "audio", label: "tone" });
  expect(generator.track).toMatchObject({ kind: "audio", label: "tone", readyState: "live", muted: false });
  expect(generator.track).toBe(generator.track);
  expect(generator.writable).toBeInstanceOf(WritableStream);
  expect(generator.desiredBitrate).toBeNull();
  expect(thrown(() => new EncodedTrackGenerator({} as never))).toBe("TypeError");
  expect(thrown(() => new EncodedTrackGenerator({ kind: "data" } as never))).toBe("TypeError");
  expect(thrown(() => new EncodedTrackProcessor({} as never))).toBe("TypeError");
  expect(thrown(() => new EncodedTrackProcessor({ track: generator.track, maxBufferedFrames: -1 }))).toBe("TypeError");
});

test.each<[string, unknown]>([
  ["no object", 5],
  ["no data", { timestamp: 0 }],
  ["data that is no buffer", { data: "x", timestamp: 0 }],
  ["no timestamp", { data: new Uint8Array(1) }],
  ["a timestamp that is no number", { data: new Uint8Array(1), timestamp: Number.NaN }],
  ["bytes alone", new Uint8Array(10)],
  ["a codec's bare name", { data: new Uint8Array(1), timestamp: 0, mimeType: "VP8" }],
  ["a codec of the other kind", { data: new Uint8Array(1), timestamp: 0, mimeType: "audio/opus" }],
])("EncodedTrackGenerator: %s errors the stream with a TypeError", async (_, chunk) => {
  const generator = new EncodedTrackGenerator({ kind: "video" });
  const writer = generator.writable.getWriter();
  writer.closed.catch(() => undefined);
  expect(await rejection(writer.write(chunk as never))).toBe("TypeError");
});

test("EncodedTrackGenerator: data is copied, timestamps are taken modulo 2^32, key frames are seen", async () => {
  const generator = new EncodedTrackGenerator({ kind: "video", mimeType: "video/VP8" });
  const reader = new EncodedTrackProcessor({ track: generator.track }).readable.getReader();
  const writer = generator.writable.getWriter();
  const data = Buffer.from(vp8Frame(10, true));
  await writer.write({ data, timestamp: 2 ** 32 + 5 });
  data.fill(0);
  await writer.write({ data: vp8Frame(10, false).buffer as ArrayBuffer, timestamp: -1 });
  const [first, second] = [(await reader.read()).value!, (await reader.read()).value!];
  expect(first).toMatchObject({ type: "key", timestamp: 5 });
  expect(new Uint8Array(first.data)).toEqual(vp8Frame(10, true));
  expect(second).toMatchObject({ type: "delta", timestamp: 2 ** 32 - 1 });
});

test("EncodedTrackGenerator: a clone gets the same, a disabled track nothing", async () => {
  const generator = new EncodedTrackGenerator({ kind: "audio" });
  const clone = generator.track.clone();
  clone.enabled = false;
  const readers = [generator.track, clone].map((track) => readAll(new EncodedTrackProcessor({ track }).readable));
  const writer = generator.writable.getWriter();
  await writer.write(frame(1));
  clone.enabled = true;
  await writer.write(frame(2));
  await writer.close();
  expect(await Promise.all(readers)).toEqual([[1, 2], [2]]);
});

test("EncodedTrackGenerator: closing or aborting the writable ends the tracks, with the event", async () => {
  for (const end of ["close", "abort"] as const) {
    const generator = new EncodedTrackGenerator({ kind: "audio" });
    const { readable } = new EncodedTrackProcessor({ track: generator.track });
    const ended = next(generator.track, "ended");
    void generator.writable[end]();
    await ended;
    expect(generator.track.readyState).toBe("ended");
    expect(await readAll(readable)).toEqual([]);
    const late = new EncodedTrackProcessor({ track: generator.track });
    expect(await readAll(late.readable)).toEqual([]);
  }
});

test("EncodedTrackGenerator: when the last track is stopped, writing is an InvalidStateError, and a pipe into it ends", async () => {
  const generator = new EncodedTrackGenerator({ kind: "audio" });
  const clone = generator.track.clone();
  const writer = generator.writable.getWriter();
  generator.track.stop();
  expect(await rejection(writer.write(frame(1)))).toBe("fulfilled");
  writer.releaseLock();
  let cancelled: unknown;
  const endless = new ReadableStream({
    pull: async (controller) => {
      await settled();
      controller.enqueue(frame(0));
    },
    cancel: (reason) => {
      cancelled = reason;
    },
  });
  const piped = rejection(endless.pipeTo(generator.writable));
  await settled();
  clone.stop();
  expect(await piped).toBe("InvalidStateError");
  expect(cancelled).toMatchObject({ name: "InvalidStateError" });
});

test("EncodedTrackProcessor: video begins with a key frame, which is asked for once", async () => {
  const generator = new EncodedTrackGenerator({ kind: "video" });
  const requests: (string | null)[] = [];
  generator.onkeyframerequest = ({ rid }: KeyframeRequestEvent) => requests.push(rid);
  const processor = new EncodedTrackProcessor({ track: generator.track });
  const writer = generator.writable.getWriter();
  processor.requestKeyframe();
  await settled();
  expect(requests).toEqual([null]);
  await writer.write(frame(1));
  await writer.write(frame(2, true));
  await writer.write(frame(3));
  void writer.close();
  expect(await readAll(processor.readable)).toEqual([2, 3]);
  expect(processor.droppedFrames).toBe(0);
});

test("EncodedTrackProcessor: a reader that is too slow loses video up to the next key frame, asked for when there is room again", async () => {
  const generator = new EncodedTrackGenerator({ kind: "video" });
  let requests = 0;
  generator.onkeyframerequest = () => {
    requests += 1;
  };
  const processor = new EncodedTrackProcessor({ track: generator.track, maxBufferedFrames: 2 });
  const reader = processor.readable.getReader();
  const writer = generator.writable.getWriter();
  await settled();
  for (const [timestamp, key] of [
    [1, true],
    [2, false],
    [3, false],
    [4, false],
    [5, true],
  ] as const) {
    await writer.write(frame(timestamp, key));
  }
  await settled();
  expect([requests, processor.droppedFrames]).toEqual([1, 3]);
  expect((await reader.read()).value!.timestamp).toBe(1);
  await settled();
  expect(requests).toBe(2);
  await writer.write(frame(6));
  await writer.write(frame(7, true));
  await writer.write(frame(8));
  expect(processor.droppedFrames).toBe(5);
  expect([(await reader.read()).value!.timestamp, (await reader.read()).value!.timestamp]).toEqual([2, 7]);
});

test("EncodedTrackProcessor: of audio the oldest goes", async () => {
  const generator = new EncodedTrackGenerator({ kind: "audio" });
  const processor = new EncodedTrackProcessor({ track: generator.track, maxBufferedFrames: 2 });
  const writer = generator.writable.getWriter();
  for (let timestamp = 1; timestamp <= 5; timestamp++) await writer.write(frame(timestamp));
  void writer.close();
  expect(await readAll(processor.readable)).toEqual([4, 5]);
  expect(processor.droppedFrames).toBe(3);
});

test("EncodedTrackProcessor: reads that wait are answered in order, cancelling detaches", async () => {
  const generator = new EncodedTrackGenerator({ kind: "audio" });
  const processor = new EncodedTrackProcessor({ track: generator.track });
  const reader = processor.readable.getReader();
  const reads = [reader.read(), reader.read(), reader.read()];
  const writer = generator.writable.getWriter();
  for (let timestamp = 1; timestamp <= 3; timestamp++) await writer.write(frame(timestamp));
  expect((await Promise.all(reads)).map(({ value }) => value!.timestamp)).toEqual([1, 2, 3]);
  await reader.cancel();
  await writer.write(frame(4));
  expect(await reader.read()).toEqual({ value: undefined, done: true });
});

test("Symbol.for('purertc.encodedFrames'): how recorders ask a track for its frames", async () => {
  const generator = new EncodedTrackGenerator({ kind: "audio" });
  const method: unknown = Reflect.get(generator.track, Symbol.for("purertc.encodedFrames"));
  expect(Reflect.apply(method as () => unknown, generator.track, [])).toBeInstanceOf(EncodedTrackProcessor);
});

/** RFC 3550 §5.1 */
const rtp = (sequenceNumber: number, payloadType = 96): Uint8Array => {
  const packet = new Uint8Array(20);
  packet.set([0x80, payloadType, sequenceNumber >> 8, sequenceNumber & 0xff, 0, 0, 0, 9, 1, 2, 3, 4]);
  return packet;
};

test("RtpTrackGenerator, RtpTrackProcessor: packets go through as they are, copied", async () => {
  const generator = new RtpTrackGenerator({ kind: "video", codec: { mimeType: "video/H264", clockRate: 90_000 } });
  const processor = new RtpTrackProcessor({ track: generator.track });
  const reader = processor.readable.getReader();
  const writer = generator.writable.getWriter();
  const packet = Buffer.from(rtp(7));
  await writer.write(packet);
  packet.fill(0);
  const { value } = await reader.read();
  expect(value).toEqual(rtp(7));
  expect(value!.buffer.byteLength).toBe(20);
});

test("RtpTrackGenerator: what is not RTP is counted and dropped, and ends nothing", async () => {
  const generator = new RtpTrackGenerator({ kind: "video" });
  const reader = new RtpTrackProcessor({ track: generator.track }).readable.getReader();
  const writer = generator.writable.getWriter();
  const rtcp = Uint8Array.of(0x80, 200, 0, 1, 0, 0, 0, 0);
  for (const wrong of [new Uint8Array(0), new Uint8Array(11), rtcp, rtp(1).fill(0, 0, 1)]) await writer.write(wrong);
  expect(generator.droppedPackets).toBe(4);
  await writer.write(rtp(2));
  expect((await reader.read()).value).toEqual(rtp(2));
  expect(await rejection(writer.write("x" as never))).toBe("TypeError");
});

test("RtpTrackGenerator: codecs by payload type where none is given (RFC 3551 §6)", async () => {
  const generator = new RtpTrackGenerator({ kind: "audio" });
  const seen: string[] = [];
  new RtpTrackProcessor({ track: generator.track, onpacket: (_, { codec }) => seen.push(`${codec.payloadType} ${codec.mimeType}`) });
  const writer = generator.writable.getWriter();
  for (const payloadType of [0, 8, 9, 111]) await writer.write(rtp(1, payloadType));
  expect(seen).toEqual(["0 audio/PCMU", "8 audio/PCMA", "9 audio/G722", "111 audio/opus"]);
});

test("RtpTrackProcessor: a reader that is too slow loses the oldest", async () => {
  const generator = new RtpTrackGenerator({ kind: "audio" });
  const processor = new RtpTrackProcessor({ track: generator.track, maxBufferedPackets: 2 });
  const writer = generator.writable.getWriter();
  for (let i = 1; i <= 4; i++) await writer.write(rtp(i));
  void writer.close();
  const numbers: number[] = [];
  for await (const packet of processor.readable) numbers.push(packet[3]!);
  expect(numbers).toEqual([3, 4]);
  expect(processor.droppedPackets).toBe(2);
});

test("processors take only what the track consists of", () => {
  const frames = new EncodedTrackGenerator({ kind: "audio" });
  const packets = new RtpTrackGenerator({ kind: "audio" });
  expect(thrown(() => new RtpTrackProcessor({ track: frames.track }))).toBe("NotSupportedError");
  expect(thrown(() => new EncodedTrackProcessor({ track: packets.track }))).toBe("NotSupportedError");
});

test("EncodedTrackGenerator, RtpTrackGenerator: a mime type is that of the kind, with its name", () => {
  for (const mimeType of ["PCMU", "video/VP8", ""]) {
    expect(thrown(() => new EncodedTrackGenerator({ kind: "audio", mimeType }))).toBe("TypeError");
    expect(thrown(() => new RtpTrackGenerator({ kind: "audio", codec: { mimeType, clockRate: 8000 } }))).toBe("TypeError");
  }
  expect(new EncodedTrackGenerator({ kind: "audio", mimeType: "Audio/pcmu" }).track.kind).toBe("audio");
});
