/** A connection on a real UDP socket of the loopback interface, for tests against other people's programs. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drain } from "@purertc/core";
import { nodeCrypto, nodeRandom } from "@purertc/crypto/node";
import { DtlsConnection, type DtlsEvent, type DtlsOptions } from "@purertc/dtls";
import { pem, type SelfSigned } from "./self-signed.ts";

/** Makes connections of ours, each with one of these certificates, that take one other and no more. `common`: options of all of them. */
export function connectionsWith<Name extends string>(
  certificates: Readonly<Record<Name, SelfSigned>>,
  common: Partial<DtlsOptions> = {},
): (role: "client" | "server", ours: Name, theirs: Name, options?: Partial<DtlsOptions>) => DtlsConnection {
  return (role, ours, theirs, options) =>
    new DtlsConnection({
      role,
      crypto: nodeCrypto,
      random: nodeRandom,
      certificate: certificates[ours],
      verifyPeer: (chain) => Buffer.from(chain[0]!).equals(certificates[theirs].der),
      ...common,
      ...options,
    });
}

/** Drives a connection; everything that happened is in `events`. */
export class UdpEnd {
  readonly connection: DtlsConnection;
  readonly events: DtlsEvent[] = [];
  /** Lengths of the datagrams received. */
  readonly received: number[] = [];
  readonly #socket: Socket = createSocket("udp4");
  #peerPort: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];

  constructor(connection: DtlsConnection, peerPort?: number) {
    this.connection = connection;
    this.#peerPort = peerPort;
    this.#socket.on("message", (datagram, from) => {
      this.#peerPort = from.port;
      this.received.push(datagram.length);
      connection.handleDatagram(performance.now(), datagram);
      this.#drain();
    });
    this.#socket.on("error", () => undefined); // ECONNREFUSED until the peer listens
  }

  /** Binds and starts. Returns our port. */
  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#socket.bind(0, "127.0.0.1", resolve));
    this.call((connection) => connection.start(performance.now()));
    return this.#socket.address().port;
  }

  call(act: (connection: DtlsConnection) => void): void {
    act(this.connection);
    this.#drain();
  }

  /** Resolves when the predicate is true; rejects after `timeoutMs`. */
  async until(predicate: () => boolean, timeoutMs = 10_000): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!predicate()) {
      if (performance.now() > end)
        throw new Error(`not in time; events: ${JSON.stringify(this.events)}, ${JSON.stringify(this.connection.counters)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 20);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  text(): string {
    return this.events.map((event) => (event.type === "data" ? Buffer.from(event.data).toString("latin1") : "")).join("");
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#socket.close();
  }

  #drain(): void {
    drain(
      this.connection,
      {
        acquireBuffer: () => new Uint8Array(1500),
        releaseBuffer: () => undefined,
        send: (out, length) => {
          if (this.#peerPort !== undefined) this.#socket.send(out, 0, length, this.#peerPort, "127.0.0.1");
        },
        armTimer: (at) => {
          clearTimeout(this.#timer);
          if (at === undefined) return;
          this.#timer = setTimeout(
            () => {
              this.connection.handleTimeout(performance.now());
              this.#drain();
            },
            Math.max(0, at - performance.now()),
          );
        },
      },
      (event) => this.events.push(event),
    );
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** A program with what it printed. */
export class Peer {
  readonly process: ChildProcess;
  output = "";

  constructor(command: string, args: readonly string[]) {
    this.process = spawn(command, args, { stdio: "pipe" });
    this.process.stdout?.on("data", (chunk: Buffer) => {
      this.output += chunk.toString("latin1");
    });
    this.process.stderr?.on("data", (chunk: Buffer) => {
      this.output += chunk.toString("latin1");
    });
    this.process.on("error", (error) => {
      this.output += String(error);
    });
  }

  write(text: string): void {
    this.process.stdin?.write(text);
  }

  async until(pattern: RegExp, timeoutMs = 10_000): Promise<RegExpExecArray> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      if (performance.now() > end) throw new Error(`${pattern} not printed; output:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  kill(): void {
    this.process.kill("SIGKILL");
  }
}

/** Writes certificates and keys as files for a peer; `remove` deletes them. */
export function pemFiles(certificates: Readonly<Record<string, SelfSigned>>): {
  readonly path: (name: string) => string;
  readonly remove: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), "dtls-"));
  for (const [name, certificate] of Object.entries(certificates)) {
    writeFileSync(join(folder, `${name}.crt`), pem("CERTIFICATE", certificate.der));
    writeFileSync(join(folder, `${name}.key`), pem("PRIVATE KEY", certificate.pkcs8));
  }
  return { path: (name) => join(folder, name), remove: () => rmSync(folder, { recursive: true }) };
}

/** A UDP port that nobody uses now. */
export async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

/** Whether a program is installed; says loudly when it is not. */
export function installed(command: string, packageName: string): boolean {
  try {
    execFileSync(command, [command === "openssl" ? "version" : "--version"], { stdio: "ignore" });
    return true;
  } catch {
    console.warn(`\n*** SKIPPED: tests against ${command}. Install it with: apt-get install ${packageName}\n`);
    return false;
  }
}
