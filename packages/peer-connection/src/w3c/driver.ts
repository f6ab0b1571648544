/** The drive loop: sockets, one timer and tasks around a PeerEngine. */
import { type Instant, type Path, type TransportAddress, transportAddress } from "@purertc/core";
import type { PeerEngine } from "../engine/peer-engine.ts";
import type { PeerEvent, TransportId } from "../engine/peer-event.ts";
import type { DatagramPort, PortListener, Runtime, RuntimeTimer } from "../runtime.ts";
import type { PeerConnectionSettings } from "../settings.ts";
import type { IceServerUrl } from "./ice-server-url.ts";
import type { TaskQueue } from "./task-queue.ts";

/** What the loop works for. */
export interface DriverOptions {
  readonly runtime: Runtime;
  readonly settings: PeerConnectionSettings;
  readonly engine: PeerEngine;
  readonly tasks: TaskQueue;
  /** Stages the tasks of one event on `tasks`. Must not call the engine. */
  readonly onEvent: (event: PeerEvent) => void;
  /** Everything there was to send has been handed to the sockets, as far as they take it. */
  readonly onDrained: () => void;
  /** The servers to use when gathering begins. */
  readonly iceServers: () => readonly IceServerUrl[];
}

interface OpenPort {
  readonly transport: TransportId;
  readonly port: DatagramPort;
  readonly addresses: TransportAddress[];
}

/** See the file's header. */
export class Driver {
  readonly #options: DriverOptions;
  #ports: OpenPort[] = [];
  #timer: RuntimeTimer | undefined;
  #armedFor: Instant | undefined;
  #draining = false;
  #scheduled = false;
  #closed = false;
  readonly #drainNow = (): void => {
    this.#scheduled = false;
    if (!this.#closed) this.#drain(false);
  };

  constructor(options: DriverOptions) {
    this.#options = options;
  }

  /** The engine was called: drains it in a microtask, so that calls made together share datagrams. */
  touch(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    queueMicrotask(this.#drainNow);
  }

  /** The engine was closed: sends its last words and releases everything. */
  close(): void {
    if (this.#closed) return;
    this.#drain(false);
    this.#closed = true;
    this.#timer?.close();
    for (const { port } of this.#ports) port.close();
    this.#ports = [];
  }

  #drain(insideTask: boolean): void {
    if (this.#draining) return;
    this.#draining = true;
    const { engine, tasks, onEvent } = this.#options;
    try {
      this.#sendAll();
      for (let event = engine.pollEvent(); event !== undefined; event = engine.pollEvent()) {
        if (event.type === "addresses-needed") this.#openPort(event.transport);
        else if (event.type === "transport-closed") this.#closePort(event.transport);
        onEvent(event);
        this.#sendAll();
      }
      this.#arm(engine.pollTimeout());
    } finally {
      this.#draining = false;
    }
    this.#options.onDrained();
    tasks.commit(insideTask);
  }

  #sendAll(): void {
    const first = this.#ports[0];
    if (first === undefined) return;
    const { engine } = this.#options;
    while (first.port.writable) {
      const out = first.port.acquireBuffer(engine.largestDatagram);
      const transmit = engine.pollTransmit(out);
      if (transmit === undefined) {
        first.port.releaseBuffer(out);
        return;
      }
      this.#portOf(transmit.route, first).port.send(out, transmit.length, transmit.route);
    }
  }

  #portOf(path: Path, first: OpenPort): OpenPort {
    if (this.#ports.length === 1) return first;
    return this.#ports.find(({ addresses }) => addresses.includes(path.local)) ?? first;
  }

  #arm(at: Instant | undefined): void {
    if (at === this.#armedFor) return;
    this.#armedFor = at;
    this.#timer ??= this.#options.runtime.createTimer(() => {
      this.#armedFor = undefined;
      if (this.#closed) return;
      this.#options.engine.handleTimeout(this.#options.runtime.now());
      this.#drain(true);
    });
    this.#timer.arm(at);
  }

  /** Gathering begins: binds sockets, asks the STUN servers, then tells the engine that there is no more to come. */
  #openPort(transport: TransportId): void {
    const { runtime, settings, engine } = this.#options;
    const addresses: TransportAddress[] = [];
    const servers = this.#resolveServers();
    const listener: PortListener = {
      address: (local, info) => {
        if (this.#closed) return;
        addresses.push(local);
        engine.addLocalAddress(runtime.now(), transport, local, info);
        this.touch();
      },
      ready: () => {
        const finish = (resolved: readonly ResolvedServer[]): void => {
          if (this.#closed) return;
          for (const { address, url } of resolved) engine.addStunServer(runtime.now(), transport, address, url);
          engine.endOfLocalAddresses(runtime.now(), transport);
          this.touch();
        };
        // In a task behind that of "gathering", so that what the application does when it hears of it, a rollback perhaps, comes before "complete".
        const finishLater = (resolved: readonly ResolvedServer[]): void => this.#options.tasks.queue(() => finish(resolved));
        void (servers ?? Promise.resolve([])).then(finishLater);
      },
      datagram: (datagram, path) => {
        if (this.#closed) return;
        engine.handleDatagram(runtime.now(), datagram, path);
        this.#drain(true);
      },
      writable: () => {
        if (!this.#closed) this.#drain(true);
      },
    };
    this.#ports.push({ transport, port: runtime.openPort({ settings, component: 1 }, listener), addresses });
  }

  #closePort(transport: TransportId): void {
    this.#ports.find((open) => open.transport === transport)?.port.close();
    this.#ports = this.#ports.filter((open) => open.transport !== transport);
  }

  /** Undefined when no server is configured. */
  #resolveServers(): Promise<readonly ResolvedServer[]> | undefined {
    const servers = this.#options.iceServers();
    if (servers.length === 0) return undefined;
    return Promise.all(servers.map((server) => this.#resolveServer(server))).then((lists) => lists.flat());
  }

  async #resolveServer({ scheme, host, port, url }: IceServerUrl): Promise<readonly ResolvedServer[]> {
    if (scheme !== "stun") {
      this.#serverFailed(url, `This version has no ${scheme.toUpperCase()} client.`);
      return [];
    }
    let ips: readonly string[];
    try {
      ips = transportAddress(host, port) === undefined ? await this.#options.runtime.resolve(host) : [host];
    } catch (error) {
      this.#serverFailed(url, error instanceof Error ? error.message : String(error));
      return [];
    }
    return ips.flatMap((ip) => {
      const address = transportAddress(ip, port);
      return address === undefined ? [] : [{ address, url }];
    });
  }

  /** 701: the server could not be reached. */
  #serverFailed(url: string, errorText: string): void {
    if (this.#closed) return;
    this.#options.onEvent({ type: "candidate-error", transport: -1, url, errorCode: 701, errorText });
    this.#options.tasks.commit(false);
  }
}

interface ResolvedServer {
  readonly address: TransportAddress;
  readonly url: string;
}
