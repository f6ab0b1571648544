/** A browser's tab with `media-page.js` in it, and a purertc peer connected to it. */
import type { RTCPeerConnection, RTCSessionDescriptionInit } from "purertc";
import { type Browser, type Tab, within } from "../browsers/browser.ts";
import { gathered } from "../browsers/gathered.ts";
import { type PageServer, servePage } from "../browsers/page-server.ts";

const PAGE = '<!doctype html><meta charset="utf-8"><title>media</title><body><script src="/media-page.js"></script>';

/** Calls of `media-page.js` by name. */
export interface MediaTab {
  call<T = unknown>(step: string, ...args: readonly unknown[]): Promise<T>;
}

/** A statistics object as a browser gives it. */
export interface BrowserStats {
  readonly [member: string]: number | string | boolean | undefined;
}

/** Serves the page. */
export function serveMediaPage(): Promise<PageServer> {
  return servePage(PAGE, new URL("./media-page.js", import.meta.url));
}

/** Opens a tab with a fresh connection in it. */
export async function openMediaTab(browser: Browser, url: string): Promise<MediaTab> {
  const tab: Tab = await browser.open(url);
  const call = async <T>(step: string, ...args: readonly unknown[]): Promise<T> =>
    (await within(30_000, `media.${step}`, tab.evaluate(`media.${step}(...${JSON.stringify(args)})`))) as T;
  await call("create");
  return { call };
}

/** Which side offers, and what happens to descriptions on their way. */
export interface SignallingOptions {
  readonly offerer: "browser" | "node";
  /** Rewrites a description before the other side gets it: for relays between the two. */
  readonly rewrite?: (description: RTCSessionDescriptionInit, from: "browser" | "node") => RTCSessionDescriptionInit;
}

/** One offer and one answer, with all candidates inside; resolves when both sides are connected. */
export async function connectToTab(pc: RTCPeerConnection, tab: MediaTab, options: SignallingOptions): Promise<void> {
  await negotiate(pc, tab, options);
  await within(20_000, "connecting", connected(pc));
  for (let tries = 0; (await tab.call("state")) !== "connected" && tries < 100; tries++) await sleep(50);
}

/** The same without waiting. */
export async function negotiate(
  pc: RTCPeerConnection,
  tab: MediaTab,
  { offerer, rewrite = (given) => given }: SignallingOptions,
): Promise<void> {
  if (offerer === "browser") {
    await pc.setRemoteDescription(rewrite(await tab.call<RTCSessionDescriptionInit>("offer"), "browser"));
    await pc.setLocalDescription();
    await tab.call("remote", rewrite(await gathered(pc), "node"));
  } else {
    await pc.setLocalDescription();
    const answer = await tab.call<RTCSessionDescriptionInit>("answer", rewrite(await gathered(pc), "node"));
    await pc.setRemoteDescription(rewrite(answer, "browser"));
  }
}

async function connected(pc: RTCPeerConnection): Promise<void> {
  while (pc.connectionState !== "connected") {
    if (pc.connectionState === "failed") throw new Error("the connection failed");
    await new Promise((resolve) => pc.addEventListener("connectionstatechange", resolve, { once: true }));
  }
}

/** Real time: browsers have no other. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
