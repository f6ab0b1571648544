import { expect, test } from "vitest";
import { MediaStream, MediaStreamTrackEvent, OverconstrainedError } from "../../../src/index.ts";
import { rejection, thrown } from "../../virtual-host.ts";
import { track } from "./tracks.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

test("mediacapture-streams dom-mediastream: empty, of tracks, of another stream", () => {
  const [audio, video] = [track(), track("video")];
  const empty = new MediaStream();
  expect(empty.id).toMatch(UUID);
  expect([empty.active, empty.getTracks()]).toEqual([false, []]);
  const stream = new MediaStream([video, audio, video]);
  expect(stream.getTracks()).toEqual([video, audio]);
  expect([stream.getAudioTracks(), stream.getVideoTracks(), stream.active]).toEqual([[audio], [video], true]);
  const other = new MediaStream(stream);
  expect(other.getTracks()).toEqual([video, audio]);
  expect(other.id).not.toBe(stream.id);
  other.removeTrack(audio);
  expect(stream.getTracks()).toHaveLength(2);
  for (const wrong of [null, 1, {}, [{}], [null], "xy"]) expect(thrown(() => new MediaStream(wrong as never))).toBe("TypeError");
});

test("mediacapture-streams dom-mediastream-addtrack, removetrack, gettrackbyid: sets without events", () => {
  const stream = new MediaStream();
  stream.onaddtrack = () => expect.unreachable("the application knows what it added");
  stream.onremovetrack = stream.onaddtrack;
  const audio = track();
  stream.addTrack(audio);
  stream.addTrack(audio);
  expect(stream.getTracks()).toEqual([audio]);
  expect(stream.getTrackById(audio.id)).toBe(audio);
  expect(stream.getTrackById("nothing")).toBeNull();
  stream.removeTrack(audio);
  stream.removeTrack(audio);
  expect(stream.getTracks()).toEqual([]);
  expect(thrown(() => stream.addTrack({} as never))).toBe("TypeError");
  expect(thrown(() => stream.removeTrack(null as never))).toBe("TypeError");
});

test("mediacapture-streams stream-active: false when all have ended", () => {
  const [audio, video] = [track(), track("video")];
  const stream = new MediaStream([audio, video]);
  audio.stop();
  expect(stream.active).toBe(true);
  video.stop();
  expect(stream.active).toBe(false);
});

test("mediacapture-streams dom-mediastream-clone: clones of the tracks", () => {
  const audio = track();
  const stream = new MediaStream([audio]);
  const clone = stream.clone();
  expect(clone).toBeInstanceOf(MediaStream);
  expect(clone.id).not.toBe(stream.id);
  const [other] = clone.getTracks();
  expect(other!.id).not.toBe(audio.id);
  audio.stop();
  expect([stream.active, clone.active]).toEqual([false, true]);
});

test("mediacapture-streams mediastreamtrack: attributes", () => {
  const video = track("video");
  expect(video).toMatchObject({ kind: "video", label: "a video track", enabled: true, muted: false, readyState: "live", contentHint: "" });
  expect(video.id).toMatch(UUID);
  video.enabled = false;
  expect(video.enabled).toBe(false);
  video.enabled = 1 as never;
  expect(video.enabled).toBe(true);
});

test("mediacapture-streams dom-mediastreamtrack-stop: ended at once, without an event, for good", () => {
  const audio = track();
  audio.onended = () => expect.unreachable("the application knows that it stopped it");
  audio.stop();
  audio.stop();
  expect(audio.readyState).toBe("ended");
});

test("mediacapture-streams dom-mediastreamtrack-clone: a track of its own, with the state of the original", () => {
  const audio = track();
  audio.enabled = false;
  audio.contentHint = "speech";
  const clone = audio.clone();
  expect(clone).toMatchObject({
    kind: "audio",
    label: audio.label,
    enabled: false,
    muted: false,
    readyState: "live",
    contentHint: "speech",
  });
  clone.enabled = true;
  expect(audio.enabled).toBe(false);
  clone.stop();
  expect(audio.readyState).toBe("live");
  expect(clone.clone().readyState).toBe("ended");
});

test("mst-content-hint: values of the kind, others ignored", () => {
  const [audio, video] = [track(), track("video")];
  for (const hint of ["speech", "music", ""]) {
    audio.contentHint = hint;
    expect(audio.contentHint).toBe(hint);
  }
  video.contentHint = "text";
  video.contentHint = "speech";
  expect(video.contentHint).toBe("text");
  audio.contentHint = "motion";
  expect(audio.contentHint).toBe("");
});

test("mediacapture-streams constrainable: kept when they hold or are only wishes, OverconstrainedError when required and not there", async () => {
  const video = track("video");
  await video.applyConstraints({ width: 640, frameRate: { ideal: 30 }, unknown: { exact: 1 }, advanced: [{ height: { exact: 1 } }] });
  const constraints = video.getConstraints();
  expect(constraints).toEqual({ width: 640, frameRate: { ideal: 30 }, unknown: { exact: 1 }, advanced: [{ height: { exact: 1 } }] });
  expect(video.getConstraints()).not.toBe(constraints);
  const error = await video.applyConstraints({ width: { exact: 640 } }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OverconstrainedError);
  expect(error).toMatchObject({ name: "OverconstrainedError", constraint: "width" });
  expect(await rejection(video.applyConstraints({ height: { min: 1 } }))).toBe("OverconstrainedError");
  expect(video.getConstraints()).toEqual(constraints);
  expect([video.getSettings(), video.getCapabilities()]).toEqual([{}, {}]);
  video.stop();
  expect(await rejection(video.applyConstraints({ width: { exact: 640 } }))).toBe("fulfilled");
});

test("mediacapture-streams mediastreamtrackevent: needs a track", () => {
  const audio = track();
  const event = new MediaStreamTrackEvent("addtrack", { track: audio, bubbles: true });
  expect([event.type, event.track, event.bubbles]).toEqual(["addtrack", audio, true]);
  expect(thrown(() => new MediaStreamTrackEvent("addtrack", {} as never))).toBe("TypeError");
  expect(thrown(() => new MediaStreamTrackEvent("addtrack", { track: {} as never }))).toBe("TypeError");
});
