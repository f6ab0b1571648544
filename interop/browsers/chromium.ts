/** Chromium through playwright-core. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { peerOver } from "../agent/peer.ts";
import { type Browser, findBrowser, type LaunchOptions, within } from "./browser.ts";
import { agentCall, servePage } from "./page-server.ts";

/** Starts a headless Chromium with a profile of its own. */
export async function launchChromium({ mdns = false, fakeDevices = false }: LaunchOptions = {}): Promise<Browser> {
  const executablePath = findBrowser("chromium");
  if (executablePath === undefined) throw new Error("chromium is not installed");
  const profile = await mkdtemp(join(tmpdir(), "purertc-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--allow-loopback-in-peer-connection",
      ...(fakeDevices
        ? ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required"]
        : []),
      ...(mdns ? [] : ["--disable-features=WebRtcHideLocalIpsWithMdns"]),
    ],
  });
  const server = await servePage();
  const open = async (url: string) => {
    const page = await context.newPage();
    await page.goto(url);
    return { page, evaluate: (expression: string): Promise<unknown> => page.evaluate(expression) };
  };
  return {
    name: "chromium",
    open,
    newPeer: async () => {
      const { page, evaluate } = await open(server.url);
      await page.waitForFunction("globalThis.agent !== undefined");
      return peerOver(
        "chromium",
        (method, args) => evaluate(agentCall(method, args)),
        () => page.close(),
      );
    },
    close: async () => {
      await within(10_000, "closing chromium", context.close());
      server.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
