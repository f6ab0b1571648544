/** Chromium through playwright-core. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import { peerOver } from "../agent/peer.ts";
import { type Browser, findBrowser, type LaunchOptions, within } from "./browser.ts";
import { agentCall, serveAgentPage } from "./page-server.ts";

/** A running Chromium, for tests that drive its pages themselves. */
export interface RunningChromium {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** Starts a headless Chromium with a profile of its own. `anyCertificate`: servers need not prove who they are; default false. */
export async function startChromium(options: LaunchOptions & { readonly anyCertificate?: boolean } = {}): Promise<RunningChromium> {
  const { mdns = false, fakeDevices = false, anyCertificate = false, fieldTrials } = options;
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
      ...(fakeDevices ? FAKE_DEVICES : []),
      ...(mdns ? [] : ["--disable-features=WebRtcHideLocalIpsWithMdns"]),
      ...(fieldTrials === undefined ? [] : [`--force-fieldtrials=${fieldTrials}`]),
      ...(anyCertificate ? ["--ignore-certificate-errors"] : []),
    ],
  });
  return {
    context,
    close: async () => {
      await within(10_000, "closing chromium", context.close());
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** Starts a headless Chromium whose pages hold agents. */
export async function launchChromium(options: LaunchOptions = {}): Promise<Browser> {
  const { context, close } = await startChromium(options);
  const server = await serveAgentPage();
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
      await close();
      server.close();
    },
  };
}

const FAKE_DEVICES = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required"];
