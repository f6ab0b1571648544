import { expect, test } from "vitest";
import { BlobEvent, MediaRecorder } from "./media-recorder.ts";
import { ENCODED_FRAMES, type RecordableFrame, type RecordableTrack } from "./sink/recordable-frame.ts";
import { openMedia } from "./source/open-media.ts";

/** A track of Opus that goes on until its end is called for. */
function audioTrack(): { readonly track: RecordableTrack; end(): void; push(number: number): void } {
  let controller!: ReadableStreamDefaultController<RecordableFrame>;
  const readable = new ReadableStream<RecordableFrame>({
    start: (given) => {
      controller = given;
    },
  });
  return {
    track: { kind: "audio", [ENCODED_FRAMES]: () => ({ readable }) },
    end: () => controller.close(),
    push: (number) => {
      const data = Uint8Array.of(0xfc, 0xff, 0xfe).buffer;
      controller.enqueue({ data, timestamp: 960 * number, getMetadata: () => ({ mimeType: "audio/opus" }) });
    },
  };
}

/** Notes the events of a recorder by their names. */
function log(recorder: MediaRecorder): string[] {
  const names: string[] = [];
  for (const name of ["start", "pause", "resume", "dataavailable", "stop", "error"]) {
    recorder.addEventListener(name, () => names.push(name));
  }
  return names;
}

test("MediaRecorder: start, data, stop; the pieces are a file", async () => {
  const { track, push, end } = audioTrack();
  const recorder = new MediaRecorder({ getTracks: () => [track] });
  expect([recorder.mimeType, recorder.state]).toEqual(["audio/webm", "inactive"]);
  const events = log(recorder);
  const blobs: Blob[] = [];
  recorder.ondataavailable = ({ data }) => blobs.push(data);
  const stopped = new Promise<void>((resolve) => {
    recorder.onstop = () => resolve();
  });
  recorder.start(10);
  expect(recorder.state).toBe("recording");
  for (let i = 0; i < 100; i++) push(i);
  await new Promise((resolve) => setTimeout(resolve, 50));
  recorder.requestData();
  end(); // all tracks ended: it stops by itself
  await stopped;
  expect(recorder.state).toBe("inactive");
  expect(events[0]).toBe("start");
  expect(events.slice(-2)).toEqual(["dataavailable", "stop"]);
  const file = new Blob(blobs);
  let frames = 0;
  for await (const { mimeType } of (await openMedia(file)).audio ?? []) frames += mimeType === "audio/opus" ? 1 : 0;
  expect(frames).toBe(100);
  expect(blobs[0]?.type).toBe("audio/webm");
});

test("MediaRecorder: pause, resume and stop, and what their states allow", async () => {
  const { track, push } = audioTrack();
  const recorder = new MediaRecorder({ getTracks: () => [track] }, { mimeType: "audio/ogg; codecs=opus" });
  const events = log(recorder);
  for (const call of ["pause", "resume", "requestData"] as const) expect(() => recorder[call]()).toThrow(DOMException);
  recorder.stop(); // nothing
  recorder.start();
  expect(() => recorder.start()).toThrow(DOMException);
  push(0);
  recorder.pause();
  expect(recorder.state).toBe("paused");
  recorder.resume();
  const last = new Promise<BlobEvent>((resolve) => {
    recorder.ondataavailable = resolve;
  });
  recorder.stop();
  expect(await last).toBeInstanceOf(BlobEvent);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(events).toEqual(["start", "pause", "resume", "dataavailable", "stop"]);
});

test("MediaRecorder: started again at once after stop, each recording has its own data and its own stop", async () => {
  const tracks = [audioTrack(), audioTrack()];
  let next = 0;
  const recorder = new MediaRecorder({ getTracks: () => [tracks[next]!.track] });
  const events = log(recorder);
  const blobs: Blob[] = [];
  recorder.ondataavailable = ({ data }) => blobs.push(data);
  let stops = 0;
  const both = new Promise<void>((resolve) => {
    recorder.onstop = () => ++stops === 2 && resolve();
  });
  recorder.start();
  for (let i = 0; i < 10; i++) tracks[0]!.push(i);
  await new Promise((resolve) => setTimeout(resolve, 20));
  recorder.stop();
  next = 1;
  recorder.start();
  for (let i = 0; i < 20; i++) tracks[1]!.push(i);
  await new Promise((resolve) => setTimeout(resolve, 20));
  recorder.stop();
  expect(recorder.state).toBe("inactive");
  await both;
  expect(events.filter((name) => name !== "start")).toEqual(["dataavailable", "stop", "dataavailable", "stop"]);
  const frames = await Promise.all(
    blobs.map(async (blob) => {
      let count = 0;
      for await (const _ of (await openMedia(blob)).audio ?? []) count += 1;
      return count;
    }),
  );
  expect(frames).toEqual([10, 20]);
});

test("MediaRecorder: types", () => {
  for (const type of ["", "video/webm", "video/webm;codecs=vp8,opus", 'video/mp4; codecs="avc1.42e01f, opus"', "audio/ogg", "audio/wav"]) {
    expect([type, MediaRecorder.isTypeSupported(type)]).toEqual([type, true]);
  }
  for (const type of ["video/avi", "video/webm;codecs=avc1", "audio/webm;codecs=vp8", "video/webm;codecs=theora"]) {
    expect([type, MediaRecorder.isTypeSupported(type)]).toEqual([type, false]);
  }
  expect(() => new MediaRecorder({ getTracks: () => [] }, { mimeType: "video/avi" })).toThrow(DOMException);
  expect(() => new MediaRecorder({ getTracks: () => [] }).start()).toThrow(DOMException);
});
