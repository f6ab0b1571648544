// Starts Kamailio on free ports of the loopback interface, in a directory of its own.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createSelfSignedCertificate, type SipTransportName } from "@purertc/sip";

/** Where the program is; undefined when it, or a module it needs, is not installed. */
export function findKamailio(): { readonly program: string; readonly modules: string; readonly version: string } | undefined {
  const program = ["/usr/sbin/kamailio", "/usr/local/sbin/kamailio"].find(existsSync);
  const modules = moduleFolders().find((folder) => ["tls.so", "websocket.so"].every((name) => existsSync(path.join(folder, name))));
  if (program === undefined || modules === undefined) return undefined;
  const version = /kamailio ([\d.]+)/.exec(execFileSync(program, ["-v"], { encoding: "utf8" }))?.[1] ?? "unknown";
  return { program, modules, version };
}

export interface KamailioOptions {
  /** Of its digest challenges. */
  readonly algorithm?: "MD5" | "SHA-256";
  /** Seconds that its nonces are good. */
  readonly nonceExpire?: number;
}

export class Kamailio {
  readonly ports: Readonly<Record<SipTransportName, number>>;
  /** What it trusts itself with: for clients to trust. */
  readonly certificate: string;
  readonly #process: ChildProcess;
  readonly #folder: string;
  #log = "";

  private constructor(init: { ports: Record<SipTransportName, number>; certificate: string; process: ChildProcess; folder: string }) {
    this.ports = init.ports;
    this.certificate = init.certificate;
    this.#process = init.process;
    this.#folder = init.folder;
    init.process.stderr?.on("data", (chunk) => {
      this.#log += String(chunk);
    });
  }

  static async start(options: KamailioOptions = {}): Promise<Kamailio> {
    const found = findKamailio();
    if (found === undefined) throw new Error("kamailio is not installed");
    const folder = mkdtempSync(path.join(tmpdir(), "purertc-kamailio-"));
    const [UDP, TCP, TLS, WS, WSS] = (await freePorts(5)) as [number, number, number, number, number];
    const ports = { UDP, TCP, TLS, WS, WSS };
    const { cert, key } = createSelfSignedCertificate({ hosts: ["test.local", "127.0.0.1"] });
    const file = (name: string, text: string | Uint8Array): string => {
      writeFileSync(path.join(folder, name), text);
      return path.join(folder, name);
    };
    const tls = `[server:default]\nmethod = TLSv1.2+\nverify_certificate = no\nrequire_certificate = no\nprivate_key = ${file("key.pem", key)}\ncertificate = ${file("cert.pem", cert)}\n[client:default]\nverify_certificate = no\nrequire_certificate = no\n`;
    const values: Readonly<Record<string, string | number>> = {
      ...ports,
      MODULES: found.modules,
      TLS_CONFIG: file("tls.cfg", tls),
      ALGORITHM: options.algorithm ?? "MD5",
      NONCE_EXPIRE: options.nonceExpire ?? 300,
    };
    const template = readFileSync(path.join(import.meta.dirname, "kamailio.cfg"), "utf8");
    const config = file(
      "kamailio.cfg",
      template.replace(/@([A-Z_]+)@/g, (_all, name: string) => String(values[name])),
    );
    const args = ["-f", config, "-DD", "-E", "-m", "32", "-M", "8", "-w", folder, "-Y", folder, "-P", path.join(folder, "pid")];
    const child = spawn(found.program, args, { stdio: ["ignore", "ignore", "pipe"] });
    const kamailio = new Kamailio({ ports, certificate: String(cert), process: child, folder });
    await kamailio.#ready();
    return kamailio;
  }

  /** The URI of its way in for a transport. */
  proxy(transport: SipTransportName): string {
    const host = `127.0.0.1:${this.ports[transport]}`;
    return transport === "WSS" ? `sips:${host};transport=ws;lr` : `sip:${host};transport=${transport.toLowerCase()};lr`;
  }

  /** What it has written to its log. */
  get log(): string {
    return this.#log;
  }

  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.#process.once("exit", resolve));
    if (this.#process.exitCode === null && this.#process.kill("SIGTERM")) await exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt++) {
      if (this.#process.exitCode !== null) break;
      if (existsSync(path.join(this.#folder, "pid")) && (await canConnect(this.ports.WSS))) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await this.stop();
    throw new Error(`kamailio did not start:\n${this.#log.slice(-2000)}`);
  }
}

function moduleFolders(): readonly string[] {
  const multiarch = existsSync("/usr/lib") ? readdirSync("/usr/lib").map((name) => `/usr/lib/${name}/kamailio/modules`) : [];
  return ["/usr/lib/kamailio/modules", "/usr/lib64/kamailio/modules", "/usr/local/lib64/kamailio/modules", ...multiarch];
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { readonly port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
