import { InvalidArgumentError, Malformed } from "@purertc/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseVideoLayersAllocation, type VideoLayersAllocation, videoLayersAllocationExtension } from "./video-layers-allocation.ts";

const allocation: fc.Arbitrary<VideoLayersAllocation> = fc.boolean().chain((withResolution) => {
  const layer = fc.record({
    spatialId: fc.nat(3),
    targetBitratesKbps: fc.array(fc.nat(0xffff_ffff), { minLength: 1, maxLength: 4 }),
    ...(withResolution
      ? {
          resolution: fc.record({
            width: fc.integer({ min: 1, max: 65_536 }),
            height: fc.integer({ min: 1, max: 65_536 }),
            maxFramerate: fc.nat(255),
          }),
        }
      : {}),
  });
  const stream = fc
    .uniqueArray(layer, { selector: ({ spatialId }) => spatialId })
    .map((layers) => layers.sort((a, b) => a.spatialId - b.spatialId));
  return fc.record({ rtpStreamIndex: fc.nat(3), streams: fc.array(stream, { minLength: 1, maxLength: 4 }) });
});

test("video-layers-allocation00: what is written is parsed", () => {
  fc.assert(
    fc.property(allocation, (value) => {
      expect(parseVideoLayersAllocation(videoLayersAllocationExtension(value))).toEqual(value);
    }),
    { numRuns: 300 },
  );
});

test("video-layers-allocation00: the layout", () => {
  const three = [{ spatialId: 0, targetBitratesKbps: [100, 200], resolution: { width: 320, height: 180, maxFramerate: 30 } }];
  expect([...videoLayersAllocationExtension({ rtpStreamIndex: 1, streams: [three, three] })]).toEqual([
    0x51, 0b01_01_0000, 100, 0xc8, 1, 100, 0xc8, 1, 1, 63, 0, 179, 30, 1, 63, 0, 179, 30,
  ]);
  const [low, high] = [
    { spatialId: 0, targetBitratesKbps: [1] },
    { spatialId: 1, targetBitratesKbps: [2] },
  ];
  expect([...videoLayersAllocationExtension({ rtpStreamIndex: 0, streams: [[low], [low, high], []] })]).toEqual([
    0x20, 0x13, 0x00, 0, 1, 1, 2,
  ]);
});

test("video-layers-allocation00: one zero octet says that nothing is sent", () => {
  expect(videoLayersAllocationExtension({ rtpStreamIndex: 3, streams: [] })).toEqual(Uint8Array.of(0));
  expect(parseVideoLayersAllocation(Uint8Array.of(0))).toEqual({ rtpStreamIndex: 0, streams: [] });
});

test.each([
  ["nothing", [], "truncated"],
  ["a missing bitmap", [0x20, 0x11], "truncated"],
  ["missing layer counts", [0x01], "truncated"],
  ["a missing bit rate", [0x01, 0x00], "bad-bitrate"],
  ["a bit rate that does not end", [0x01, 0x00, 0x80], "bad-bitrate"],
  ["half a resolution", [0x01, 0x00, 1, 0, 0, 0], "bad-length"],
  ["octets after the resolutions", [0x01, 0x00, 1, 0, 0, 0, 0, 0, 0], "bad-length"],
])("video-layers-allocation00: refuses %s", (_, data, reason) => {
  expect(parseVideoLayersAllocation(Uint8Array.from(data))).toMatchObject({ reason });
});

test("video-layers-allocation00: any bytes are an allocation or Malformed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), (data) => {
      const value = parseVideoLayersAllocation(data);
      if (!(value instanceof Malformed)) expect(parseVideoLayersAllocation(videoLayersAllocationExtension(value))).toEqual(value);
    }),
    { numRuns: 500 },
  );
});

test("video-layers-allocation00: does not write what the format cannot say", () => {
  const layer = { spatialId: 0, targetBitratesKbps: [1] };
  const resolution = { width: 1, height: 1, maxFramerate: 1 };
  const bad = (streams: VideoLayersAllocation["streams"], rtpStreamIndex = 0) => {
    expect(() => videoLayersAllocationExtension({ rtpStreamIndex, streams })).toThrow(InvalidArgumentError);
  };
  bad([[layer], [layer], [layer], [layer], [layer]]);
  bad([[layer]], 4);
  bad([[layer, layer]]);
  bad([[{ ...layer, spatialId: 4 }]]);
  bad([[{ ...layer, targetBitratesKbps: [] }]]);
  bad([[{ ...layer, targetBitratesKbps: [1, 2, 3, 4, 5] }]]);
  bad([[layer, { ...layer, spatialId: 1, resolution }]]);
});
