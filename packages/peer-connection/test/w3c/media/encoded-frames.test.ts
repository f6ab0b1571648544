import { expect, test } from "vitest";
import {
  EncodedTrackGenerator,
  EncodedTrackProcessor,
  RTCEncodedAudioFrame,
  RTCEncodedVideoFrame,
  type WritableFrame,
} from "../../../src/index.ts";
import { createVideoFrame } from "../../../src/w3c/media/rtc-encoded-video-frame.ts";
import { thrown } from "../../virtual-host.ts";
import { vp8Frame } from "./tracks.ts";

/** What a frame looks like on the other side of a track. */
async function through<Frame extends RTCEncodedVideoFrame | RTCEncodedAudioFrame>(
  kind: "audio" | "video",
  frame: WritableFrame,
): Promise<Frame> {
  const generator = new EncodedTrackGenerator({ kind });
  const processor = new EncodedTrackProcessor<Frame>({ track: generator.track });
  const writer = generator.writable.getWriter();
  await writer.write(frame);
  const { value } = await processor.readable.getReader().read();
  return value!;
}

test("webrtc-encoded-transform rtcencodedvideoframe: type, data and metadata", async () => {
  const data = vp8Frame(100, true);
  const frame = await through<RTCEncodedVideoFrame>("video", {
    data,
    timestamp: 90_000,
    mimeType: "video/VP8",
    rotation: 90,
    width: 64,
    height: 48,
  });
  expect(frame).toBeInstanceOf(RTCEncodedVideoFrame);
  expect([frame.type, frame.timestamp]).toEqual(["key", 90_000]);
  expect(frame.data).toBeInstanceOf(ArrayBuffer);
  expect(frame.data).toBe(frame.data);
  expect(new Uint8Array(frame.data)).toEqual(data);
  const metadata = frame.getMetadata();
  expect(metadata).toMatchObject({
    rtpTimestamp: 90_000,
    mimeType: "video/VP8",
    contributingSources: [],
    width: 64,
    height: 48,
    rotation: 90,
  });
  expect(frame.getMetadata()).not.toBe(metadata);
  metadata.contributingSources!.push(1);
  expect(frame.getMetadata().contributingSources).toEqual([]);
});

test("webrtc-encoded-transform dom-rtcencodedvideoframe-data: replaced, and only by an ArrayBuffer", async () => {
  const frame = await through<RTCEncodedVideoFrame>("video", { data: vp8Frame(10, true), timestamp: 0, type: "key" });
  const data = new Uint8Array([1, 2, 3]).buffer;
  frame.data = data;
  expect(frame.data).toBe(data);
  for (const wrong of [new Uint8Array(3), "abc", null, undefined, {}]) {
    expect(
      thrown(() => {
        frame.data = wrong as never;
      }),
    ).toBe("TypeError");
  }
});

test("webrtc-encoded-transform rtcencodedvideoframe-constructor: a copy with metadata replaced", async () => {
  const original = await through<RTCEncodedVideoFrame>("video", { data: vp8Frame(10, true), timestamp: 7, mimeType: "video/VP8" });
  const copy = new RTCEncodedVideoFrame(original, { metadata: { rtpTimestamp: 8, contributingSources: [5] } });
  expect(copy.data).not.toBe(original.data);
  expect(copy.data).toEqual(original.data);
  expect([copy.type, copy.timestamp, original.timestamp]).toEqual(["key", 8, 7]);
  expect(copy.getMetadata()).toEqual({ ...original.getMetadata(), rtpTimestamp: 8, contributingSources: [5] });
  new Uint8Array(copy.data).fill(0);
  expect(new Uint8Array(original.data)).toEqual(vp8Frame(10, true));
  expect(new RTCEncodedVideoFrame(original).getMetadata()).toEqual(original.getMetadata());
  expect(thrown(() => new RTCEncodedVideoFrame({} as never))).toBe("TypeError");
  expect(thrown(() => new RTCEncodedVideoFrame(original, 1 as never))).toBe("TypeError");
  expect(thrown(() => new RTCEncodedVideoFrame(original, { metadata: 1 as never }))).toBe("TypeError");
});

test("webrtc-encoded-transform rtcencodedaudioframe: data, metadata, copies", async () => {
  const frame = await through<RTCEncodedAudioFrame>("audio", {
    data: new Uint8Array([1, 2]),
    timestamp: 960,
    mimeType: "audio/opus",
    audioLevel: { level: 20, voice: true },
  });
  expect(frame).toBeInstanceOf(RTCEncodedAudioFrame);
  expect(frame.getMetadata()).toEqual({ rtpTimestamp: 960, mimeType: "audio/opus", contributingSources: [], audioLevel: 0.1 });
  const copy = new RTCEncodedAudioFrame(frame, { metadata: { sequenceNumber: 9 } });
  expect(copy.getMetadata()).toMatchObject({ sequenceNumber: 9, rtpTimestamp: 960 });
  copy.setMetadata({ rtpTimestamp: 1 });
  expect([copy.timestamp, copy.getMetadata()]).toEqual([1, { rtpTimestamp: 1 }]);
  expect(thrown(() => new RTCEncodedAudioFrame({} as never))).toBe("TypeError");
});

test("a frame that was read can be written on, with what was changed of it", async () => {
  const frame = await through<RTCEncodedVideoFrame>("video", {
    data: vp8Frame(10, true),
    timestamp: 7,
    mimeType: "video/VP8",
    rotation: 180,
  });
  frame.data = vp8Frame(20, true).slice().buffer;
  frame.setMetadata({ ...frame.getMetadata(), rtpTimestamp: 100 });
  const second = await through<RTCEncodedVideoFrame>("video", frame);
  expect([second.data.byteLength, second.timestamp, second.type, second.getMetadata().rotation]).toEqual([20, 100, "key", 180]);
  const detached = new RTCEncodedVideoFrame(second);
  structuredClone(detached.data, { transfer: [detached.data] });
  expect(detached.data.byteLength).toBe(0);
});

test("webrtc-encoded-transform rtcencodedvideoframemetadata: layer indexes from VP8's descriptor, and from that of VP9's highest layer", () => {
  const frame = { kind: "video", data: new Uint8Array(1), timestamp: 0, keyframe: false } as const;
  expect(createVideoFrame({ ...frame, details: { temporalId: 2 } }, 0).getMetadata()).toMatchObject({ temporalIndex: 2 });
  const layers = [0, 1].map((spatialId) => ({ descriptor: { layer: { spatialId, temporalId: 1 } } }));
  expect(createVideoFrame({ ...frame, details: { layers } }, 0).getMetadata()).toMatchObject({ spatialIndex: 1, temporalIndex: 1 });
  expect(createVideoFrame({ ...frame, details: {} }, 0).getMetadata()).not.toHaveProperty("spatialIndex");
});

test("webidl js-to-dictionary: members of metadata are converted, what the dictionary does not have is left out, and what cannot be converted is refused", async () => {
  const video = await through<RTCEncodedVideoFrame>("video", { data: vp8Frame(10, true), timestamp: 7, type: "key" });
  const given = { rtpTimestamp: 2 ** 32 + 5, contributingSources: new Set(["7"]), width: "640", mimeType: 5, rotation: "90", other: 1 };
  video.setMetadata(given as never);
  expect(video.getMetadata()).toEqual({ rtpTimestamp: 5, contributingSources: [7], width: 640, mimeType: "5", rotation: 90 });
  const refused = [{ rotation: 45 }, { captureTime: "soon" }, { contributingSources: 1 }, { mimeType: Symbol("x") }, { frameId: 1n }];
  for (const metadata of refused) {
    expect(thrown(() => video.setMetadata(metadata as never))).toBe("TypeError");
    expect(thrown(() => new RTCEncodedVideoFrame(video, { metadata: metadata as never }))).toBe("TypeError");
  }
  expect(video.getMetadata().rtpTimestamp).toBe(5);
  const audio = await through<RTCEncodedAudioFrame>("audio", { data: new Uint8Array(1), timestamp: 0 });
  audio.setMetadata({ sequenceNumber: 65_537, audioLevel: "0.5" } as never);
  expect(audio.getMetadata()).toEqual({ sequenceNumber: 1, audioLevel: 0.5 });
});

test.each([
  ["video", { type: "other" }],
  ["video", { rotation: 45 }],
  ["audio", { audioLevel: null }],
  ["audio", { audioLevel: { level: 128, voice: true } }],
  ["audio", { audioLevel: 20 }],
] as const)("EncodedTrackGenerator: a frame of %s with %j is refused", async (kind, members) => {
  const writer = new EncodedTrackGenerator({ kind }).writable.getWriter();
  const frame = { data: vp8Frame(10, true), timestamp: 0, ...members };
  await expect(writer.write(frame as never)).rejects.toBeInstanceOf(TypeError);
});
