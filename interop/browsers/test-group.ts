/** What a group of tests opens before its first test and closes after its last. Call these inside `describe`; nothing is opened unless `runs`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { Browser, LaunchOptions } from "./browser.ts";
import { launchChromium } from "./chromium.ts";
import { launchFirefox } from "./firefox.ts";

/** For `describe.each`: each browser by its name, and how it is launched. */
export const BROWSERS = [
  ["chromium", launchChromium],
  ["firefox", launchFirefox],
] as const;

/** Opens something for the group; the function gives it to its tests. */
export function opened<T extends { close(): unknown }>(runs: boolean, open: () => Promise<T>): () => T {
  let value: T | undefined;
  beforeAll(async () => {
    if (runs) value = await open();
  });
  afterAll(async () => {
    await value?.close();
  });
  return () => {
    if (value === undefined) throw new Error("not open: a test of a group that does not run");
    return value;
  };
}

/** A browser with a camera and a microphone that are not real. */
export function openedBrowser(runs: boolean, launch: (options: LaunchOptions) => Promise<Browser>): () => Browser {
  return opened(runs, () => launch({ fakeDevices: true }));
}

/** A new folder, gone afterwards; the function gives the path of a file in it. */
export function openedFolder(runs: boolean): (file: string) => string {
  const folder = opened(runs, async () => {
    const path = await mkdtemp(join(tmpdir(), "purertc-interop-"));
    return { path, close: () => rm(path, { recursive: true, force: true }) };
  });
  return (file) => join(folder().path, file);
}
