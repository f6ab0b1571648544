/** Files and test patterns of Node in real browsers: what their statistics say, and what their screens show. */
import { openMedia, type PlayOptions, play, playTracks, testPattern, tone } from "@purertc/media";
import { EncodedTrackGenerator, MediaStream, RTCPeerConnection } from "purertc";
import { describe, expect, test } from "vitest";
import { hasBrowser } from "../browsers/browser.ts";
import { BROWSERS, opened, openedBrowser, openedFolder } from "../browsers/test-group.ts";
import { ffmpeg, hasFfmpeg } from "./ffmpeg.ts";
import { type BrowserStats, connectToTab, type MediaTab, openMediaTab, serveMediaPage, sleep } from "./media-tab.ts";

/** Seconds that are watched, and how long files are: three times that and a little. */
const LENGTH = 4;
const FILE_LENGTH = 16;

describe.each(BROWSERS)("Node into %s", (name, launch) => {
  const runs = hasBrowser(name);
  const runsFiles = runs && hasFfmpeg();
  const page = opened(runs, serveMediaPage);
  const browser = openedBrowser(runs, launch);
  const inFolder = openedFolder(runs);

  /** Connects, and calls back with where to play to; `codec`: what video is to be. */
  async function connected(
    offerer: "browser" | "node",
    codecs: object,
    then: (tab: MediaTab, audio: EncodedTrackGenerator, video: EncodedTrackGenerator) => Promise<void>,
  ): Promise<void> {
    const tab = await openMediaTab(browser(), page().url);
    const pc = new RTCPeerConnection();
    try {
      const [audio, video] = [new EncodedTrackGenerator({ kind: "audio" }), new EncodedTrackGenerator({ kind: "video" })];
      const stream = new MediaStream([audio.track, video.track]);
      for (const track of stream.getTracks()) pc.addTrack(track, stream);
      if (offerer === "browser") await tab.call("receive", { codecs });
      await connectToTab(pc, tab, { offerer });
      await then(tab, audio, video);
    } finally {
      await tab.call("close");
      pc.close();
    }
  }

  /** What the browser says of what it receives. */
  async function received(tab: MediaTab, kind: "audio" | "video"): Promise<BrowserStats> {
    const [stats] = await tab.call<BrowserStats[]>("stats", "inbound-rtp", kind);
    return stats ?? {};
  }

  /**
   * Waits until frames are shown, then watches `LENGTH` seconds of them without a freeze. A browser that shares its processor with others freezes without
   * anybody's fault, so it has three tries.
   */
  async function watch(tab: MediaTab, frameRate: number): Promise<void> {
    await expect.poll(async () => (await received(tab, "video")).framesDecoded, { timeout: 10_000 }).toBeGreaterThan(5);
    const seen: { readonly shown: number; readonly freezes: number; readonly lost: number }[] = [];
    for (let tries = 0; tries < 3; tries++) {
      const before = await received(tab, "video");
      await sleep(1000 * LENGTH);
      const after = await received(tab, "video");
      const grown = (member: string): number => Number(after[member] ?? 0) - Number(before[member] ?? 0);
      const seconds = grown("timestamp") / 1000;
      seen.push({ shown: grown("framesDecoded") / seconds / frameRate, freezes: grown("freezeCount"), lost: grown("packetsLost") });
      const { shown, freezes, lost } = seen.at(-1)!;
      if (shown > 0.9 && shown < 1.1 && freezes === 0 && lost === 0) break;
      if (tries === 2) throw new Error(`never ${LENGTH} s without a freeze: ${JSON.stringify(seen)}`);
    }
    expect(Number((await received(tab, "audio")).totalAudioEnergy)).toBeGreaterThan(0);
  }

  describe.each(["node", "browser"] as const)("the %s offers", (offerer) => {
    test.skipIf(!runs)("a tone and a test pattern: numbers on the screen go up, without a freeze", async () => {
      await connected(offerer, { video: "video/VP8" }, async (tab, audio, video) => {
        const stop = new AbortController();
        const options: PlayOptions = { signal: stop.signal };
        const played = playTracks({ audio: tone(), video: testPattern() }, { audio, video }, options);
        await watch(tab, 30);
        const first = await tab.call<number>("shownNumber");
        await sleep(1000);
        const second = await tab.call<number>("shownNumber");
        expect(second).toBeGreaterThan(first); // headless Firefox paints a few times a second
        expect(second - first).toBeLessThan(60);
        expect(await tab.call("shownSize")).toEqual([640, 480]);
        stop.abort();
        expect((await played).video?.skipped).toBe(0);
      });
    });
  });

  test.skipIf(!runs).each(["audio/PCMU", "audio/PCMA", "audio/G722"] as const)("a tone in %s", async (mimeType) => {
    await connected("browser", { audio: mimeType }, async (tab, audio) => {
      const stop = new AbortController();
      const played = play(tone({ mimeType, levelDbov: -10 }), audio, { signal: stop.signal });
      await expect.poll(async () => (await received(tab, "audio")).totalAudioEnergy, { timeout: 10_000 }).toBeGreaterThan(0.01);
      stop.abort();
      await played;
    });
  });

  test.skipIf(!runsFiles).each([
    ["video/VP8", "vp8.ivf", ["-c:v", "libvpx", "-deadline", "realtime"]],
    ["video/VP9", "vp9.ivf", ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"]],
    ["video/AV1", "av1.ivf", ["-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8"]],
    ["video/H264", "h264.mp4", ["-c:v", "libx264", "-profile:v", "baseline", "-bf", "0"]],
  ])("an Ogg file and %s, made by FFmpeg", async (mimeType, file, codec) => {
    const [sound, picture] = [inFolder("sound.ogg"), inFolder(file)];
    await ffmpeg("-f", "lavfi", "-i", `sine=frequency=500:duration=${FILE_LENGTH}`, "-c:a", "libopus", sound);
    const source = `testsrc=duration=${FILE_LENGTH}:size=320x240:rate=25`;
    await ffmpeg("-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", "-g", "25", "-b:v", "500k", ...codec, picture);
    await connected("browser", { video: mimeType }, async (tab, audio, video) => {
      if ((await tab.call("has", "video", mimeType)) !== true) {
        process.stderr.write(`\n*** ${name} does not have ${mimeType} here ***\n`);
        return;
      }
      const stop = new AbortController();
      const tracks = { ...(await openMedia(sound)), ...(await openMedia(picture)) };
      const played = playTracks(tracks, { audio, video }, { signal: stop.signal });
      await watch(tab, 25);
      stop.abort();
      await played;
    });
  });
});
