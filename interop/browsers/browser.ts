/** What a test needs of a browser, and how a missing one is told. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Peer } from "../agent/peer.ts";
import { skipLoudly } from "../missing.ts";

/** A running browser. */
export interface Browser {
  readonly name: string;
  /** A fresh tab with an agent in it. */
  newPeer(): Promise<Peer>;
  /** A tab at an address, for tests of pages. */
  open(url: string): Promise<Tab>;
  close(): Promise<void>;
}

/** A tab; `evaluate` runs an expression in it and gives back its JSON value. */
export interface Tab {
  evaluate(expression: string): Promise<unknown>;
}

/** How to launch. */
export interface LaunchOptions {
  /** Leave the browser's habit of hiding its addresses behind mDNS names on; default false. */
  readonly mdns?: boolean;
  /** A camera and a microphone that are not real, without a question; default false. */
  readonly fakeDevices?: boolean;
  /** Chromium only: experiments of libwebrtc, as `--force-fieldtrials` takes them; default none. */
  readonly fieldTrials?: string;
}

/** The browsers of these tests: what to run, and what to install when it is not there. */
const EXECUTABLES = {
  chromium: { variable: "CHROMIUM", names: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"] },
  firefox: { variable: "FIREFOX", names: ["firefox-esr", "firefox"] },
} as const;

/** The path of a browser's executable; undefined when there is none. */
export function findBrowser(browser: keyof typeof EXECUTABLES): string | undefined {
  const { variable, names } = EXECUTABLES[browser];
  const wanted = process.env[variable] === undefined ? names : [process.env[variable]];
  for (const name of wanted) {
    if (name.includes("/")) return existsSync(name) ? name : undefined;
    const folder = (process.env.PATH ?? "").split(delimiter).find((candidate) => existsSync(join(candidate, name)));
    if (folder !== undefined) return join(folder, name);
  }
  return undefined;
}

/**
 * Whether the tests of a browser can run. A missing browser is said loudly once and its tests are skipped; with
 * `REQUIRE_BROWSERS=1` in the environment they fail instead.
 */
export function hasBrowser(browser: keyof typeof EXECUTABLES): boolean {
  if (findBrowser(browser) !== undefined) return true;
  skipLoudly(`${browser} is not installed: apt-get install chromium firefox-esr`, "REQUIRE_BROWSERS");
  return false;
}

/** Rejects after `ms`, so that a browser that hangs fails its test with a reason. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
