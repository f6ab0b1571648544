import { expect, test } from "vitest";
import type { MediaClock } from "./clock.ts";
import { type MediaSource, mediaSource, type TimedFrame } from "./frame.ts";
import { type EncodedFrameInit, play, playTracks } from "./play.ts";

/** Time that passes only while somebody waits for it. */
class FakeClock implements MediaClock {
  time = 0;
  now(): number {
    return this.time;
  }
  async waitUntil(at: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted !== true) this.time = Math.max(this.time, at);
  }
}

function video(count: number, everyMs = 40, keyEvery = 10): MediaSource {
  return mediaSource("video/VP8", async function* (): AsyncGenerator<TimedFrame, void, void> {
    for (let i = 0; i < count; i++) {
      const frame = { kind: "video", mimeType: "video/VP8", data: Uint8Array.of(i) } as const;
      yield { ...frame, timeMs: i * everyMs, durationMs: everyMs, keyframe: i % keyEvery === 0 };
    }
  });
}

/** A track that notes what it gets and when; `delayMs(i)` is how long it takes. */
function track(clock: FakeClock, delayMs: (index: number) => number = () => 0) {
  const got: { readonly at: number; readonly frame: EncodedFrameInit }[] = [];
  const writable = new WritableStream<EncodedFrameInit>({
    write: (frame) => {
      got.push({ at: clock.time, frame });
      clock.time += delayMs(got.length - 1);
    },
  });
  return { got, writable };
}

test("each frame comes at its time, with timestamps of its codec's clock", async () => {
  const clock = new FakeClock();
  const to = track(clock);
  expect(await play(video(5), to, { clock })).toEqual({ frames: 5, skipped: 0, durationMs: 200 });
  expect(to.got.map(({ at }) => at)).toEqual([0, 40, 80, 120, 160]);
  expect(to.got.map(({ frame }) => frame.timestamp)).toEqual([0, 3600, 7200, 10_800, 14_400]);
  expect(to.got.map(({ frame }) => frame.type)).toEqual(["key", "delta", "delta", "delta", "delta"]);
  expect(to.writable.locked).toBe(false);
});

test("a loop goes on where it ended, until it is stopped", async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const to = track(clock, (index) => {
    if (index === 7) stop.abort();
    return 0;
  });
  expect((await play(video(3), to, { clock, loop: true, signal: stop.signal })).frames).toBe(8);
  expect(to.got.map(({ at }) => at)).toEqual([0, 40, 80, 120, 160, 200, 240, 280]);
  expect(to.got.slice(0, 4).map(({ frame }) => frame.timestamp)).toEqual([0, 3600, 7200, 10_800]);
});

test("a loop over nothing ends", async () => {
  const clock = new FakeClock();
  expect((await play(video(0), track(clock), { clock, loop: true })).frames).toBe(0);
});

test("behind a track that does not keep up, video goes on at a key frame", async () => {
  const clock = new FakeClock();
  const to = track(clock, (index) => (index === 2 ? 1500 : 0)); // the third frame takes long
  const { skipped } = await play(video(40, 40, 15), to, { clock });
  const numbers = to.got.map(({ frame }) => frame.data[0]!);
  expect(numbers.slice(0, 4)).toEqual([0, 1, 2, 15]);
  expect(numbers.length + skipped).toBe(40);
});

test("without real time nothing is waited for", async () => {
  const clock = new FakeClock();
  const to = track(clock);
  await play(video(5), to, { clock, realtime: false });
  expect(to.got.map(({ at }) => at)).toEqual([0, 0, 0, 0, 0]);
});

test("what the source throws is told, and the track stays usable", async () => {
  const clock = new FakeClock();
  const to = track(clock);
  const broken = mediaSource("video/VP8", async function* (): AsyncGenerator<TimedFrame, void, void> {
    yield* video(1);
    throw new Error("the disk is gone");
  });
  await expect(play(broken, to, { clock })).rejects.toThrow("the disk is gone");
  expect(to.writable.locked).toBe(false);
  await play(video(1), to, { clock });
  expect(to.got.length).toBe(2);
});

test("two tracks are in step", async () => {
  const clock = new FakeClock();
  const [audio, both] = [track(clock), track(clock)];
  const tone = mediaSource("audio/PCMU", async function* (): AsyncGenerator<TimedFrame, void, void> {
    for (let i = 0; i < 4; i++) {
      yield { kind: "audio", mimeType: "audio/PCMU", data: new Uint8Array(160), timeMs: i * 20, durationMs: 20, keyframe: true };
    }
  });
  const played = await playTracks({ audio: tone, video: video(2) }, { audio, video: both }, { clock });
  expect([played.audio?.frames, played.video?.frames]).toEqual([4, 2]);
  expect(audio.got.map(({ frame }) => frame.timestamp)).toEqual([0, 160, 320, 480]);
});
