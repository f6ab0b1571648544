/** Phones in tabs of a headless Chromium: JsSIP and SIP.js, which register over WSS and call with the browser's own WebRTC. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { findBrowser, within } from "../browsers/browser.ts";
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
  readonly #context: BrowserContext;
  readonly #server: Server;
  readonly #profile: string;
  readonly #phones: BrowserPhone[] = [];

  private constructor(context: BrowserContext, server: Server, profile: string) {
    this.#context = context;
    this.#server = server;
    this.#profile = profile;
  }

  /** Starts a Chromium that takes any certificate, and has a microphone that beeps. */
  static async launch(): Promise<PhoneBrowser> {
    const executablePath = findBrowser("chromium");
    if (executablePath === undefined) throw new Error("chromium is not installed");
    const profile = await mkdtemp(join(tmpdir(), "purertc-sip-"));
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
        "--ignore-certificate-errors",
        "--allow-loopback-in-peer-connection",
        "--disable-features=WebRtcHideLocalIpsWithMdns",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--autoplay-policy=no-user-gesture-required",
      ],
    });
    return new PhoneBrowser(context, await servePhones(), profile);
  }

  /** A phone in a new tab, registered. */
  async phone(library: Library, account: Account): Promise<BrowserPhone> {
    const page = await this.#context.newPage();
    page.setDefaultTimeout(20_000);
    const { port } = this.#server.address() as AddressInfo;
    await page.goto(`http://localhost:${port}/${library}`);
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
    await within(10_000, "closing chromium", this.#context.close());
    this.#server.closeAllConnections();
    this.#server.close();
    await rm(this.#profile, { recursive: true, force: true });
  }
}

const HERE = dirname(fileURLToPath(import.meta.url));

/** The pages, their scripts and the libraries. */
async function servePhones(): Promise<Server> {
  const require = createRequire(import.meta.url);
  const jssip = linkCommonJs(require.resolve("jssip"));
  const sipjs = dirname(fileURLToPath(import.meta.resolve("sip.js")));
  const scriptOf = async (path: string): Promise<string> => {
    if (path === "/jssip.mjs") return jssip;
    if (path.startsWith("/sip.js/")) return readFile(join(sipjs, normalize(path.slice("/sip.js".length))), "utf8");
    if (/^\/(jssip|sipjs)-phone\.mjs$/.test(path)) return readFile(join(HERE, path), "utf8");
    throw new Error("not found");
  };
  const server = createServer((request, response) => {
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
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function pageOf(path: string): string {
  return `<!doctype html><meta charset="utf-8"><title>phone</title><script type="module">
import { phone } from "${path}-phone.mjs";
globalThis.phone = phone;
</script>`;
}
