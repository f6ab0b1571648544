import { expect, test } from "vitest";
import { EncodedTrackGenerator, EncodedTrackProcessor, type RTCTrackEvent } from "../../../src/index.ts";
import { exchangeCandidates, negotiate, next, virtualPeers } from "../../virtual-host.ts";

test("a track goes from a generator to a processor", async () => {
  const { create, host } = virtualPeers();
  const [a, b] = [create(), create()];
  exchangeCandidates(a, b);
  const generator = new EncodedTrackGenerator({ kind: "video" });
  a.addTrack(generator.track);
  const track = next<RTCTrackEvent>(b, "track");
  await negotiate(a, b);
  const event = await track;
  expect(event.track.kind).toBe("video");
  while (a.connectionState !== "connected") await next(a, "connectionstatechange");
  const processor = new EncodedTrackProcessor({ track: event.track });
  const reader = processor.readable.getReader();
  const writer = generator.writable.getWriter();
  const data = new Uint8Array(3000);
  data.set([0x10, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0]);
  const reading = reader.read();
  for (let i = 0; i < 10; i++) {
    await writer.write({ data, timestamp: i * 3000, mimeType: "video/VP8" });
    await host.sleep(33);
  }
  const { value } = await reading;
  expect(value!.data.byteLength).toBe(3000);
  console.log(value!.getMetadata());
});
