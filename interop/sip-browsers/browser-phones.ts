/** Phones in tabs of a headless Chromium: JsSIP and SIP.js, which register over WSS and call with the browser's own WebRTC. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { within } from "../browsers/browser.ts";
import { type RunningChromium, startChromium } from "../browsers/chromium.ts";
import { type PageServer, serve } from "../browsers/page-server.ts";
import { linkCommonJs } from "./common-js.ts";

/** The libraries, each with a script that makes a phone of it. */
export const LIBRARIES = ["jssip", "sipjs"] as const;

export type Library = (typeof LIBRARIES)[number];

/** Who registers where. */
export interface Account {
  /** URL of the WebSocket. */
  readonly server: string;
  readonly user: string;
  readonly password: string;
  /** The SIP domain. */
  readonly realm: string;
}

/** One phone: a tab of its own. */
export class BrowserPhone {
  readonly user: string;
  readonly #page: Page;

  constructor(user: string, page: Page) {
    this.user = user;
    this.#page = page;
  }

  /** Does what `method` of the page's phone does, and waits for it. */
  run(method: string, ...args: readonly unknown[]): Promise<unknown> {
    const call = `globalThis.phone.${method}(...${JSON.stringify(args)})`;
    return within(30_000, `${this.user}: ${method}`, this.#page.evaluate(call));
  }

  /** What the phone was told, in order. */
  told(): Promise<readonly string[]> {
    return this.#page.evaluate("globalThis.phone.told()");
  }

  /** Waits until it was told something that begins so. */
  async heard(beginning: string): Promise<void> {
    const expression = `globalThis.phone.told().some((each) => each.startsWith(${JSON.stringify(beginning)}))`;
    try {
      await this.#page.waitForFunction(expression);
    } catch {
      throw new Error(`${this.user} never heard "${beginning}", but ${JSON.stringify(await this.told())}`);
    }
  }

  /** Waits until media flow: ICE and DTLS are done. */
  async mediaConnected(): Promise<void> {
    await this.#page.waitForFunction('globalThis.phone.media() === "connected"');
  }

  async close(): Promise<void> {
    await this.#page.close();
  }
}

export class PhoneBrowser {
  readonly #chromium: RunningChromium;
  readonly #server: PageServer;
  readonly #phones: BrowserPhone[] = [];

  private constructor(chromium: RunningChromium, server: PageServer) {
    this.#chromium = chromium;
    this.#server = server;
  }

  /** Starts a Chromium that takes any certificate, and has a microphone that beeps. */
  static async launch(): Promise<PhoneBrowser> {
    const chromium = await startChromium({ fakeDevices: true, anyCertificate: true });
    return new PhoneBrowser(chromium, await servePhones());
  }

  /** A phone in a new tab, registered. */
  async phone(library: Library, account: Account): Promise<BrowserPhone> {
    const page = await this.#chromium.context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(`${this.#server.url}${library}`);
    await page.waitForFunction("globalThis.phone !== undefined");
    const phone = new BrowserPhone(account.user, page);
    this.#phones.push(phone);
    await phone.run("connect", account);
    return phone;
  }

  /** Closes all phones, whatever they were doing. */
  async closePhones(): Promise<void> {
    await Promise.all(this.#phones.splice(0).map((phone) => phone.close()));
  }

  async close(): Promise<void> {
    await this.#chromium.close();
    this.#server.close();
  }
}

const HERE = dirname(fileURLToPath(import.meta.url));

/** The pages, their scripts and the libraries. */
async function servePhones(): Promise<PageServer> {
  const require = createRequire(import.meta.url);
  const jssip = linkCommonJs(require.resolve("jssip"));
  const sipjs = dirname(fileURLToPath(import.meta.resolve("sip.js")));
  const scriptOf = async (path: string): Promise<string> => {
    if (path === "/jssip.mjs") return jssip;
    if (path.startsWith("/sip.js/")) return readFile(join(sipjs, normalize(path.slice("/sip.js".length))), "utf8");
    if (/^\/(jssip|sipjs)-phone\.mjs$/.test(path)) return readFile(join(HERE, path), "utf8");
    throw new Error("not found");
  };
  return serve((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (LIBRARIES.some((library) => path === `/${library}`)) {
      response.writeHead(200, { "content-type": "text/html" }).end(pageOf(path));
      return;
    }
    scriptOf(path).then(
      (script) => response.writeHead(200, { "content-type": "text/javascript" }).end(script),
      () => response.writeHead(404).end(),
    );
  });
}

function pageOf(path: string): string {
  return `<!doctype html><meta charset="utf-8"><title>phone</title><script type="module">
import { phone } from "${path}-phone.mjs";
globalThis.phone = phone;
</script>`;
}
