/**
 * Video layers allocation, version 0 (webrtc.org/experiments/rtp-hdrext/video-layers-allocation00): what the sender spends on each layer, for a forwarder.
 *
 *    |RID| NS| sl_bm |   this stream's index; streams - 1; spatial layers of every stream, or 0: as follows
 *    |sl0_bm |sl1_bm |   then |sl2_bm|sl3_bm| for more than two streams
 *    |#tl|#tl|#tl|#tl|   temporal layers - 1 of each spatial layer, zero-padded
 *    | kbit/s, leb128, per temporal layer ...
 *    | width - 1 (16) | height - 1 (16) | frames per second (8) |   per spatial layer, if present
 */
import { InvalidArgumentError, Malformed, readU16, writeU16 } from "@purertc/core";
import { leb128End, leb128Length, readLeb128, writeLeb128 } from "../leb128.ts";

/** An active spatial layer of one RTP stream. */
export interface AllocatedSpatialLayer {
  /** 0 to 3. */
  readonly spatialId: number;
  /** One to four, by temporal id: kbit/s needed for this layer and all it needs. */
  readonly targetBitratesKbps: readonly number[];
  /** Absent: not said. */
  readonly resolution?: {
    /** Pixels, 1 to 65 536. */
    readonly width: number;
    readonly height: number;
    /** Frames per second, 0 to 255. */
    readonly maxFramerate: number;
  };
}

/** An allocation. No streams: nothing is sent. */
export interface VideoLayersAllocation {
  /** Which of the streams this packet belongs to: 0 to 3. */
  readonly rtpStreamIndex: number;
  /** At most 4; for each, its active spatial layers in order of their ids. Either all of them say their resolution or none. */
  readonly streams: readonly (readonly AllocatedSpatialLayer[])[];
}

/** Reads an allocation. */
export function parseVideoLayersAllocation(
  data: Uint8Array,
): VideoLayersAllocation | Malformed<"truncated" | "bad-bitrate" | "bad-length"> {
  if (data.length === 0) return new Malformed("truncated", 0);
  if (data.length === 1 && data[0] === 0) return { rtpStreamIndex: 0, streams: [] };
  const first = data[0]!;
  const streamCount = ((first >>> 4) & 3) + 1;
  let at = 1;
  const bitmaps: number[] = new Array(streamCount).fill(first & 0x0f);
  if ((first & 0x0f) === 0) {
    at += (streamCount + 1) >> 1;
    if (at > data.length) return new Malformed("truncated", data.length);
    for (let i = 0; i < streamCount; i++) bitmaps[i] = (data[1 + (i >> 1)]! >>> (i % 2 === 0 ? 4 : 0)) & 0x0f;
  }
  const layers = bitmaps.flatMap((bitmap, stream) =>
    [0, 1, 2, 3].filter((id) => bitmap & (1 << id)).map((spatialId) => ({ stream, spatialId })),
  );
  const countsAt = at;
  at += (layers.length + 3) >> 2;
  if (at > data.length) return new Malformed("truncated", data.length);
  const bitrates: number[][] = [];
  for (let i = 0; i < layers.length; i++) {
    const temporalLayers = ((data[countsAt + (i >> 2)]! >>> (6 - 2 * (i & 3))) & 3) + 1;
    const targets: number[] = [];
    for (let t = 0; t < temporalLayers; t++) {
      const end = leb128End(data, at, data.length);
      if (end < 0) return new Malformed("bad-bitrate", at);
      targets.push(readLeb128(data, at));
      at = end;
    }
    bitrates.push(targets);
  }
  const rest = data.length - at;
  if (rest !== 0 && rest !== 5 * layers.length) return new Malformed("bad-length", at);
  const streams: AllocatedSpatialLayer[][] = bitmaps.map(() => []);
  for (const [i, { stream, spatialId }] of layers.entries()) {
    const layer = { spatialId, targetBitratesKbps: bitrates[i]! };
    const from = at + 5 * i;
    const resolution = { width: readU16(data, from) + 1, height: readU16(data, from + 2) + 1, maxFramerate: data[from + 4]! };
    streams[stream]!.push(rest === 0 ? layer : { ...layer, resolution });
  }
  return { rtpStreamIndex: first >>> 6, streams };
}

/** The element's value. Throws `InvalidArgumentError` for an allocation that the format cannot say. */
export function videoLayersAllocationExtension({ rtpStreamIndex, streams }: VideoLayersAllocation): Uint8Array {
  if (streams.length === 0) return Uint8Array.of(0);
  const layers = streams.flat();
  const withResolution = layers.filter(({ resolution }) => resolution !== undefined).length;
  const good =
    streams.length <= 4 &&
    rtpStreamIndex >= 0 &&
    rtpStreamIndex <= 3 &&
    (withResolution === 0 || withResolution === layers.length) &&
    streams.every((stream) => stream.every(({ spatialId }, i) => spatialId <= 3 && spatialId > (stream[i - 1]?.spatialId ?? -1))) &&
    layers.every(({ targetBitratesKbps }) => targetBitratesKbps.length >= 1 && targetBitratesKbps.length <= 4);
  if (!good) throw new InvalidArgumentError("not a layer allocation that can be written", { code: "RTP_LAYERS_ALLOCATION" });
  const bitmaps = streams.map((stream) => stream.reduce((bits, { spatialId }) => bits | (1 << spatialId), 0));
  const shared = bitmaps.every((bitmap) => bitmap === bitmaps[0]) ? bitmaps[0]! : 0;
  const countsAt = 1 + (shared === 0 ? (streams.length + 1) >> 1 : 0);
  let at = countsAt + ((layers.length + 3) >> 2);
  const bitrateLength = layers.flatMap(({ targetBitratesKbps }) => targetBitratesKbps).reduce((sum, kbps) => sum + leb128Length(kbps), 0);
  const data = new Uint8Array(at + bitrateLength + 5 * withResolution);
  data[0] = (rtpStreamIndex << 6) | ((streams.length - 1) << 4) | shared;
  if (shared === 0) for (const [i, bitmap] of bitmaps.entries()) data[1 + (i >> 1)]! |= bitmap << (i % 2 === 0 ? 4 : 0);
  for (const [i, { targetBitratesKbps }] of layers.entries()) {
    data[countsAt + (i >> 2)]! |= (targetBitratesKbps.length - 1) << (6 - 2 * (i & 3));
    for (const kbps of targetBitratesKbps) at = writeLeb128(data, at, kbps);
  }
  for (const { resolution } of layers) {
    if (resolution === undefined) continue;
    writeU16(data, at, resolution.width - 1);
    writeU16(data, at + 2, resolution.height - 1);
    data[at + 4] = resolution.maxFramerate;
    at += 5;
  }
  return data;
}
