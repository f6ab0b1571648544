import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type IvfFrame, IvfReader, parseIvfHeader, writeIvfFrame, writeIvfHeader } from "./ivf.ts";

const HEADER = { fourcc: "VP80", width: 640, height: 480, rate: 90_000, scale: 1, length: 7 };

/** Reads a file cut into pieces of the lengths given, over and over. */
function readInPieces(file: Uint8Array, lengths: readonly number[], reader = new IvfReader()): IvfFrame[] {
  const frames: IvfFrame[] = [];
  for (let at = 0, i = 0; at < file.length; i++) {
    const length = lengths[i % lengths.length]!;
    reader.push(file.subarray(at, at + length));
    at += length;
    for (let frame = reader.poll(); frame !== undefined; frame = reader.poll()) frames.push(frame);
  }
  reader.end();
  return frames;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

test("IVF: a header is what FFmpeg writes", () => {
  expect(Buffer.from(writeIvfHeader({ fourcc: "VP80", width: 320, height: 240, rate: 25, scale: 1, length: 50 })).toString("hex")).toBe(
    "444b494600002000565038304001f00019000000010000003200000000000000",
  );
});

test("IVF: what is written is read, however it is cut", () => {
  const frame = fc.record({ time: fc.nat(2 ** 40), data: fc.uint8Array({ maxLength: 40 }) });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 5 }), fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1 }), (frames, lengths) => {
      const reader = new IvfReader();
      expect(readInPieces(join(writeIvfHeader(HEADER), ...frames.map(writeIvfFrame)), lengths, reader)).toEqual(frames);
      expect(reader.header).toEqual(HEADER);
      expect(reader.problem).toBeUndefined();
    }),
  );
});

test("IVF: a longer header is skipped", () => {
  const header = join(writeIvfHeader(HEADER), new Uint8Array(8));
  header[6] = 40;
  expect(readInPieces(join(header, writeIvfFrame({ time: 3, data: Uint8Array.of(1) })), [5])).toEqual([
    { time: 3, data: Uint8Array.of(1) },
  ]);
});

test("IVF: a file that ends too soon, no IVF, a header that makes no sense", () => {
  const file = join(writeIvfHeader(HEADER), writeIvfFrame({ time: 0, data: Uint8Array.of(1, 2, 3) }));
  for (const [bytes, problem] of [
    [file.subarray(0, file.length - 1), "truncated"],
    [file.subarray(0, 20), "truncated"],
    [new Uint8Array(40), "not-ivf"],
    [writeIvfHeader({ ...HEADER, rate: 0 }), "bad-header"],
  ] as const) {
    const reader = new IvfReader();
    readInPieces(bytes, [100], reader);
    expect(reader.problem).toBe(problem);
  }
  expect(parseIvfHeader(new Uint8Array(31))).toBe("truncated");
});

test("IVF: a frame that says it is larger than the bound is refused before its octets are kept", () => {
  const reader = new IvfReader({ maxFrameLength: 100 });
  const file = join(writeIvfHeader(HEADER), writeIvfFrame({ time: 0, data: new Uint8Array(101) }));
  expect(readInPieces(file, [10], reader)).toEqual([]);
  expect(reader.problem).toBe("frame-too-large");
});

test("IVF: any octets are read to an end without a throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), fc.integer({ min: 1, max: 50 }), (bytes, headed, length) => {
      readInPieces(headed ? join(writeIvfHeader(HEADER), bytes) : bytes, [length]);
    }),
  );
});
