/** examples/media with real browsers. */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startEcho } from "../../examples/media/echo.ts";
import { startFromFfmpeg } from "../../examples/media/from-ffmpeg.ts";
import { startPlaying } from "../../examples/media/play-file.ts";
import { startRecording } from "../../examples/media/record.ts";
import { startConference } from "../../examples/media/sfu.ts";
import { hasBrowser, type Tab } from "../browsers/browser.ts";
import { BROWSERS, openedBrowser } from "../browsers/test-group.ts";
import { decodeAll, hasFfmpeg } from "./ffmpeg.ts";
import { sleep } from "./media-tab.ts";

/**
 * Waits until a page has so many videos that play: a picture has come, and time goes on. What is painted is not counted, as headless browsers paint
 * when they like.
 */
async function showsVideos(tab: Tab, count: number): Promise<void> {
  const playing = `[...document.querySelectorAll("video")].filter((video) => video.videoWidth > 0 && video.currentTime > 0.5).length`;
  await expect.poll(() => tab.evaluate(playing), { timeout: 20_000, message: "videos that play" }).toBe(count);
}

describe.each(BROWSERS)("examples with %s", (name, launch) => {
  const runs = hasBrowser(name);
  const browser = openedBrowser(runs, launch);

  /** Opens tabs of a server, and closes all of it. */
  async function visit(server: Server, tabs: number, then: (tabs: readonly Tab[]) => Promise<void>): Promise<void> {
    const url = `http://localhost:${(server.address() as AddressInfo).port}/`;
    const opened: Tab[] = [];
    try {
      for (let i = 0; i < tabs; i++) opened.push(await browser().open(url));
      await then(opened);
    } finally {
      for (const tab of opened) await leave(tab);
      server.close();
      server.closeAllConnections();
    }
  }

  const leave = (tab: Tab): Promise<unknown> => tab.evaluate(`void setTimeout(() => location.replace("about:blank"))`);

  test.skipIf(!runs)("echo.ts: the camera, and the camera again", async () => {
    await visit(await startEcho(0), 1, async ([tab]) => showsVideos(tab!, 2));
  });

  test.skipIf(!runs)("sfu.ts: three see each other; who leaves is gone", async () => {
    await visit(await startConference(0), 3, async ([one, two, three]) => {
      for (const tab of [one, two, three]) await showsVideos(tab!, 3);
      await leave(three!);
      for (const tab of [one, two]) await showsVideos(tab!, 2);
    });
  });

  test.skipIf(!runs)("play-file.ts: a test pattern without a file", async () => {
    await visit(await startPlaying(undefined, 0), 1, async ([tab]) => showsVideos(tab!, 1));
  });

  test.skipIf(!(runs && hasFfmpeg()))("record.ts, then play-file.ts: what was recorded is played", async () => {
    const folder = await mkdtemp(join(tmpdir(), "purertc-examples-"));
    try {
      await visit(await startRecording(folder, 0), 1, async ([tab]) => {
        await showsVideos(tab!, 1);
        await sleep(4000);
        await leave(tab!);
        await expect.poll(async () => (await decodeAll(join(folder, "visit-1.webm")).catch(() => undefined))?.streams.length).toBe(2);
      });
      const [file] = await readdir(folder);
      await visit(await startPlaying(join(folder, file!), 0), 1, async ([tab]) => showsVideos(tab!, 1));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test.skipIf(!(runs && hasFfmpeg()))("from-ffmpeg.ts: what FFmpeg sends, also to who comes late", async () => {
    const [videoPort, audioPort] = [45_004, 45_006];
    const server = await startFromFfmpeg(0, videoPort, audioPort);
    const source = [
      "-re",
      "-f",
      "lavfi",
      "-i",
      "testsrc=size=320x240:rate=30",
      "-pix_fmt",
      "yuv420p",
      "-c:v",
      "libvpx",
      "-deadline",
      "realtime",
    ];
    const target = `rtp://127.0.0.1:${videoPort}?pkt_size=1200`;
    const sender = spawn("ffmpeg", ["-v", "error", "-nostdin", ...source, "-g", "30", "-f", "rtp", target], { stdio: "ignore" });
    try {
      await visit(server, 2, async (tabs) => {
        for (const tab of tabs) await showsVideos(tab, 1);
      });
    } finally {
      sender.kill("SIGKILL");
    }
  });
});
