/** Firefox through WebDriver BiDi, which it speaks without a driver. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { peerOver } from "../agent/peer.ts";
import { BidiSession } from "./bidi.ts";
import { type Browser, findBrowser, type LaunchOptions, within } from "./browser.ts";
import { agentCall, serveAgentPage } from "./page-server.ts";

const PREFERENCES = {
  "remote.active-protocols": 1,
  "media.peerconnection.ice.loopback": true,
  "network.manage-offline-status": false,
  // Nothing that talks to the network by itself.
  "app.normandy.enabled": false,
  "app.update.enabled": false,
  "browser.aboutwelcome.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "media.gmp-manager.updateEnabled": false,
  "media.gmp-manager.url": "http://127.0.0.1:9/",
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "http://127.0.0.1:9/",
  "toolkit.telemetry.enabled": false,
};

const FAKE_DEVICES = {
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  "media.autoplay.default": 0,
  "media.autoplay.blocking_policy": 0,
};

/** Starts a headless Firefox with a profile of its own. */
export async function launchFirefox({ mdns = false, fakeDevices = false }: LaunchOptions = {}): Promise<Browser> {
  const executable = findBrowser("firefox");
  if (executable === undefined) throw new Error("firefox is not installed");
  const profile = await mkdtemp(join(tmpdir(), "purertc-firefox-"));
  const preferences = { ...PREFERENCES, ...(fakeDevices ? FAKE_DEVICES : {}), "media.peerconnection.ice.obfuscate_host_addresses": mdns };
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
  await writeFile(join(profile, "user.js"), lines.join("\n"));
  const child = spawn(executable, ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0", "about:blank"], {
    env: { ...process.env, HOME: profile },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const session = await BidiSession.connect(await within(60_000, "starting firefox", listeningAddress(child)));
  const server = await serveAgentPage();
  const open = async (url: string) => {
    const { context } = (await session.command("browsingContext.create", { type: "tab" })) as { readonly context: string };
    await session.command("browsingContext.navigate", { context, url, wait: "complete" });
    return { context, evaluate: (expression: string): Promise<unknown> => session.evaluate(context, expression) };
  };
  return {
    name: "firefox",
    open,
    newPeer: async () => {
      const { context, evaluate } = await open(server.url);
      return peerOver(
        "firefox",
        (method, args) => evaluate(agentCall(method, args)),
        async () => void (await session.command("browsingContext.close", { context })),
      );
    },
    close: async () => {
      session.command("browser.close").catch(() => undefined); // the answer may be cut off by what it asks for
      const patience = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await exited;
      clearTimeout(patience);
      session.close();
      server.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** The WebSocket address Firefox prints when it is ready; rejects with what it printed when it ends before. */
function listeningAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = "";
    const read = (data: Buffer): void => {
      printed += data.toString();
      const url = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(printed)?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("exit", () => reject(new Error(`firefox ended: ${printed}`)));
  });
}
