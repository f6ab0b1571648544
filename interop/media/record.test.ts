/** Camera and microphone of real browsers into files, which FFmpeg must decode whole. */
import { type Recorded, recordToFile } from "@purertc/media";
import { type MediaStream, RTCPeerConnection } from "purertc";
import { describe, expect, test } from "vitest";
import { hasBrowser } from "../browsers/browser.ts";
import { BROWSERS, opened, openedBrowser, openedFolder } from "../browsers/test-group.ts";
import { decodeAll, hasFfmpeg } from "./ffmpeg.ts";
import { connectToTab, type MediaTab, openMediaTab, serveMediaPage, sleep } from "./media-tab.ts";

/** Seconds that are recorded. */
const LENGTH = 5;

describe.each(BROWSERS)("%s into Node", (name, launch) => {
  const runs = hasBrowser(name) && hasFfmpeg();
  const page = opened(runs, serveMediaPage);
  const browser = openedBrowser(runs, launch);
  const inFolder = openedFolder(runs);

  /** Connects, and records what the browser sends for `LENGTH` seconds. */
  async function record(offerer: "browser" | "node", file: string, kinds: readonly ("audio" | "video")[], codecs: object = {}) {
    const tab: MediaTab = await openMediaTab(browser(), page().url);
    const pc = new RTCPeerConnection();
    const path = inFolder(file);
    try {
      let stream: MediaStream | undefined;
      pc.ontrack = ({ streams }) => {
        stream = streams[0];
      };
      if (offerer === "node") for (const kind of kinds) pc.addTransceiver(kind, { direction: "recvonly" });
      await tab.call("camera", { audio: kinds.includes("audio"), video: kinds.includes("video"), codecs });
      await connectToTab(pc, tab, { offerer });
      const recorder = recordToFile(stream!, path);
      await sleep(1000 * LENGTH);
      return { path, recorded: await recorder.stop() };
    } finally {
      await tab.call("close");
      pc.close();
    }
  }

  function frames({ tracks }: Recorded, kind: string): number {
    return tracks.find((track) => track.kind === kind)?.frames ?? 0;
  }

  describe.each(["browser", "node"] as const)("the %s offers", (offerer) => {
    test.skipIf(!runs)("Opus and VP8 into WebM: every frame decodes, audio and video are as long and in step", async () => {
      const { path, recorded } = await record(offerer, `${offerer}.webm`, ["audio", "video"], { video: "video/VP8" });
      const { streams, duration } = await decodeAll(path);
      expect(streams.map(({ codec_name }) => codec_name).sort()).toEqual(["opus", "vp8"]);
      expect(Number(streams.find(({ codec_type }) => codec_type === "video")?.nb_read_frames)).toBe(frames(recorded, "video"));
      expect(frames(recorded, "video")).toBeGreaterThan(10 * LENGTH);
      expect(frames(recorded, "audio")).toBeGreaterThan(40 * LENGTH);
      expect(Math.abs(duration - recorded.durationMs / 1000)).toBeLessThan(0.2);
      expect(Math.abs(duration - LENGTH)).toBeLessThan(1.2);
      const starts = streams.map(({ start_time }) => Number(start_time));
      expect(Math.abs(starts[0]! - starts[1]!)).toBeLessThan(0.7);
    });
  });

  test.skipIf(!runs)("Opus into Ogg, and into WAV", async () => {
    const ogg = await record("browser", "sound.ogg", ["audio"]);
    const heard = await decodeAll(ogg.path);
    expect(heard.streams[0]).toMatchObject({ codec_name: "opus", sample_rate: "48000" });
    expect(Math.abs(heard.duration - ogg.recorded.durationMs / 1000)).toBeLessThan(0.1);
    expect(Math.abs(heard.duration - LENGTH)).toBeLessThan(1.2); // a browser under load begins late
    const wav = await record("node", "sound.wav", ["audio"]);
    const { duration } = await decodeAll(wav.path);
    expect(Math.abs(duration - wav.recorded.durationMs / 1000)).toBeLessThan(0.1);
    expect(Math.abs(duration - LENGTH)).toBeLessThan(1.2);
  });

  test.skipIf(!runs).each([
    ["video/VP8", "ivf", "vp8"],
    ["video/VP9", "ivf", "vp9"],
    ["video/AV1", "ivf", "av1"],
    ["video/VP9", "webm", "vp9"],
    ["video/AV1", "mp4", "av1"],
    ["video/H264", "mp4", "h264"],
    ["video/H264", "h264", "h264"],
  ])("%s into %s", async (mimeType, extension, codec) => {
    const tab = await openMediaTab(browser(), page().url);
    const offered = await tab.call("has", "video", mimeType);
    await tab.call("close");
    if (offered !== true) {
      process.stderr.write(`\n*** ${name} does not have ${mimeType} here ***\n`);
      return;
    }
    const file = `${codec}.${extension}`;
    const { path, recorded } = await record("browser", file, ["video"], { video: mimeType });
    const { streams, duration } = await decodeAll(path);
    expect(streams[0]?.codec_name).toBe(codec);
    expect(Number(streams[0]?.nb_read_frames)).toBe(frames(recorded, "video"));
    expect(frames(recorded, "video")).toBeGreaterThan(5 * LENGTH);
    if (extension !== "h264") expect(Math.abs(duration - recorded.durationMs / 1000)).toBeLessThan(0.5);
  });
});
