/** A baresip of its own, driven over its control socket (netstrings of JSON). */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { skipLoudly } from "../missing.ts";

export interface BaresipOptions {
  readonly user: string;
  readonly password: string;
  readonly domain: string;
  readonly transport: "udp" | "tcp" | "tls";
  /** Of the server, on loopback. */
  readonly port: number;
}

/** With `REQUIRE_BROWSERS=1`, which asks for every real peer, it has to be there. */
export function baresipMissing(): boolean {
  if (spawnSync("baresip", ["-h"]).error === undefined && MODULES !== undefined) return false;
  skipLoudly("baresip is not installed (Debian: apt-get install baresip-core)", "REQUIRE_BROWSERS");
  return true;
}

/** One event, as baresip tells it. */
export interface BaresipEvent {
  readonly type: string;
  readonly param?: string;
}

export class Baresip {
  readonly events: BaresipEvent[] = [];
  /** What it printed; `stdbuf` makes it print lines when they are complete. */
  log = "";
  readonly #child: ChildProcess;
  readonly #folder: string;
  #control: Socket | undefined;
  #received = Buffer.alloc(0);
  #changed: (() => void)[] = [];

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (text) => {
        this.log += String(text);
        this.#note();
      });
    }
  }

  /** Starts it and waits until it has registered; calls are answered by themselves. */
  static async start(options: BaresipOptions): Promise<Baresip> {
    const folder = await mkdtemp(path.join(tmpdir(), "purertc-baresip-"));
    const controlPort = await freePort();
    await writeFile(path.join(folder, "config"), configuration(controlPort));
    const { user, domain, transport, port, password } = options;
    const account = `<sip:${user}@${domain};transport=${transport}>;auth_user=${user};auth_pass=${password};answermode=auto;outbound="sip:127.0.0.1:${port};transport=${transport}"`;
    await writeFile(path.join(folder, "accounts"), `${account}\n`);
    await writeFile(path.join(folder, "contacts"), "");
    const baresip = new Baresip(spawn("stdbuf", ["-oL", "baresip", "-f", folder, "-v"], { stdio: ["ignore", "pipe", "pipe"] }), folder);
    await baresip.#until(() => baresip.log.includes("baresip is ready"));
    await baresip.#connect(controlPort);
    return baresip;
  }

  /** Resolves when it has said that it is registered; rejects with what it printed when it was refused. */
  async registered(): Promise<void> {
    await this.#until(() => {
      if (this.log.includes("200 OK () [1 binding]")) return true;
      if (/reg: \S+ (?:[3-6]\d\d|Register)/.test(this.log)) throw new Error(this.log);
      return false;
    });
  }

  /** `dial`, `hangup`, `hold`, `resume`, ... with a parameter. */
  command(command: string, params = ""): void {
    const json = JSON.stringify({ command, params, token: "t" });
    this.#control?.write(`${Buffer.byteLength(json)}:${json},`);
  }

  /** The next event of a type, counted from the start. */
  async event(type: string, index = 0): Promise<BaresipEvent> {
    const of = (): BaresipEvent | undefined => this.events.filter((event) => event.type === type)[index];
    await this.#until(() => of() !== undefined);
    return of()!;
  }

  async close(): Promise<void> {
    const exited = new Promise((resolve) => this.#child.once("close", resolve));
    this.#control?.destroy();
    this.#child.kill();
    await exited;
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #connect(port: number): Promise<void> {
    const socket = connect({ host: "127.0.0.1", port });
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => this.#netstrings(bytes));
    this.#control = socket;
  }

  #netstrings(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const colon = this.#received.indexOf(":");
      if (colon < 0) return;
      const end = colon + 1 + Number(this.#received.subarray(0, colon).toString());
      if (this.#received.length <= end) return;
      const message = JSON.parse(this.#received.subarray(colon + 1, end).toString()) as { event?: boolean } & BaresipEvent;
      this.#received = this.#received.subarray(end + 1);
      if (message.event) this.events.push(message);
      this.#note();
    }
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  #note(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

function configuration(controlPort: number): string {
  return [
    "poll_method epoll",
    "sip_listen 127.0.0.1:0",
    "audio_source aubridge,nil",
    "audio_player aubridge,nil",
    `module_path ${MODULES}`,
    ...["g711", "aubridge", "ctrl_tcp"].map((name) => `module ${name}.so`),
    ...["account", "menu"].map((name) => `module_app ${name}.so`),
    `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
    "",
  ].join("\n");
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

const MODULES: string | undefined = ["/usr/lib/baresip/modules", "/usr/local/lib/baresip/modules"].find((folder) => existsSync(folder));
