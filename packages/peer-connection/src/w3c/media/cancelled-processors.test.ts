import { expect, test, vi } from "vitest";
import { EncodedTrackGenerator } from "./encoded-track-generator.ts";
import { EncodedTrackProcessor } from "./encoded-track-processor.ts";
import { trackSlots } from "./media-stream-track.ts";
import { RtpTrackGenerator } from "./rtp-track-generator.ts";
import { RtpTrackProcessor } from "./rtp-track-processor.ts";

test.each([
  ["EncodedTrackProcessor", () => new EncodedTrackGenerator({ kind: "audio" }).track, EncodedTrackProcessor],
  ["RtpTrackProcessor", () => new RtpTrackGenerator({ kind: "audio" }).track, RtpTrackProcessor],
] as const)("%s: the track remembers nothing of one that was cancelled", async (_, makeTrack, Processor) => {
  const track = makeTrack();
  const slots = trackSlots(track);
  const forgotten = vi.fn<() => void>();
  const { whenEnded } = slots;
  vi.spyOn(slots, "whenEnded").mockImplementation((callback) => {
    const forget = whenEnded.call(slots, callback);
    return () => {
      forget();
      forgotten();
    };
  });
  const processor = new Processor({ track });
  expect(forgotten).not.toHaveBeenCalled();
  await processor.readable.cancel();
  expect(forgotten).toHaveBeenCalledOnce();
});
