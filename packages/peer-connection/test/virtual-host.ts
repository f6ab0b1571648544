/** A Runtime in memory and in virtual time: what the conformance tests run RTCPeerConnection on. */

import { copyBytes, type Path, type TransportAddress } from "@purertc/core";
import { nodeCrypto, nodeRandom } from "@purertc/crypto/node";
import { afterEach } from "vitest";
import {
  type DatagramPort,
  definePeerConnection,
  type PeerConnectionSettings,
  type PortListener,
  type RTCConfiguration,
  type RTCDataChannel,
  type RTCPeerConnection,
  type RTCPeerConnectionConstructor,
  type Runtime,
  type RuntimeTimer,
} from "../src/index.ts";

/**
 * One event at a time, each in a turn of the real event loop so that microtasks run between, and the clock jumps to the next one. Datagrams
 * take half a millisecond.
 */
export class VirtualHost {
  #now = 1000;
  #events: { readonly at: number; readonly run: () => void }[] = [];
  #pumping = false;
  #nextHost = 1;
  readonly #ports = new Map<string, { listener: PortListener; paths: Map<string, Path>; local: TransportAddress }>();
  /** Ports that are open. */
  get openPorts(): number {
    return this.#ports.size;
  }
  /** Timers that are armed. */
  armedTimers = 0;
  /** Sees each datagram on its way; false drops it. */
  onDatagram: (from: TransportAddress, to: TransportAddress, datagram: Uint8Array) => boolean = () => true;
  /** Answers `resolve`. */
  names: Record<string, readonly string[]> = {};

  /** The present. */
  get now(): number {
    return this.#now;
  }

  readonly runtime: Runtime = {
    crypto: nodeCrypto,
    random: nodeRandom,
    timeOrigin: Date.UTC(2026, 10, 20),
    now: () => this.#now,
    queueTask: (task) => this.after(0, task),
    createTimer: (callback) => this.#createTimer(callback),
    openPort: (_, listener) => this.#openPort(listener),
    resolve: (name) => {
      const ips = this.names[name];
      return ips === undefined ? Promise.reject(new Error(`no such host: ${name}`)) : Promise.resolve(ips);
    },
  };

  /** Runs something later. */
  after(delayMs: number, run: () => void): void {
    const at = this.#now + delayMs;
    let index = this.#events.length;
    while (index > 0 && this.#events[index - 1]!.at > at) index -= 1;
    this.#events.splice(index, 0, { at, run });
    if (!this.#pumping) {
      this.#pumping = true;
      setImmediate(() => this.#pump());
    }
  }

  /** Lets virtual time pass. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  #pump(): void {
    const next = this.#events.shift();
    if (next === undefined) {
      this.#pumping = false;
      return;
    }
    setImmediate(() => this.#pump());
    this.#now = Math.max(this.#now, next.at);
    next.run();
  }

  #createTimer(callback: () => void): RuntimeTimer {
    let generation = 0;
    let armed = false;
    const set = (value: boolean): void => {
      if (armed !== value) this.armedTimers += value ? 1 : -1;
      armed = value;
    };
    const arm = (at: number | undefined): void => {
      generation += 1;
      set(at !== undefined);
      if (at === undefined) return;
      const mine = generation;
      this.after(Math.max(0, at - this.#now), () => {
        if (mine !== generation) return;
        set(false);
        callback();
      });
    };
    return { arm, close: () => arm(undefined) };
  }

  #openPort(listener: PortListener): DatagramPort {
    const local: TransportAddress = { protocol: "udp", family: 4, ip: `192.0.2.${this.#nextHost++}`, port: 4000 };
    const key = `${local.ip} ${local.port}`;
    this.#ports.set(key, { listener, paths: new Map(), local });
    this.after(0, () => {
      if (!this.#ports.has(key)) return;
      listener.address(local, { interfaceName: "virtual0", localPreference: 65_535 });
      listener.ready();
    });
    return {
      writable: true,
      acquireBuffer: () => new Uint8Array(2048),
      releaseBuffer: () => undefined,
      send: (buffer, length, path) => {
        const datagram = copyBytes(buffer.subarray(0, length));
        if (!this.onDatagram(path.local, path.remote, datagram)) return;
        this.after(0.5, () => this.#deliver(datagram, path.local, path.remote));
      },
      close: () => void this.#ports.delete(key),
    };
  }

  #deliver(datagram: Uint8Array, from: TransportAddress, to: TransportAddress): void {
    const port = this.#ports.get(`${to.ip} ${to.port}`);
    if (port === undefined) return;
    const key = `${from.ip} ${from.port}`;
    const path = port.paths.get(key) ?? { local: port.local, remote: from };
    port.paths.set(key, path);
    port.listener.datagram(datagram, path);
  }
}

/** A fresh host and its RTCPeerConnection; connections made with `create` are closed after the test. */
export function virtualPeers(): {
  readonly host: VirtualHost;
  readonly RTCPeerConnection: RTCPeerConnectionConstructor;
  create(configuration?: RTCConfiguration, settings?: PeerConnectionSettings): RTCPeerConnection;
} {
  const host = new VirtualHost();
  const Class = definePeerConnection(host.runtime);
  return {
    host,
    RTCPeerConnection: Class,
    create: (configuration, settings) => {
      const connection = new Class(configuration, settings);
      open.push(connection);
      return connection;
    },
  };
}

const open: RTCPeerConnection[] = [];

afterEach(() => {
  for (const connection of open.splice(0)) connection.close();
});

/** The next event of a type. */
export function next<E extends Event = Event>(target: EventTarget, type: string): Promise<E> {
  return new Promise((resolve) => target.addEventListener(type, (event) => resolve(event as E), { once: true }));
}

/** Signals candidates both ways, as an application does. */
export function exchangeCandidates(a: RTCPeerConnection, b: RTCPeerConnection): void {
  a.addEventListener("icecandidate", ({ candidate }) => void (candidate && b.addIceCandidate(candidate)));
  b.addEventListener("icecandidate", ({ candidate }) => void (candidate && a.addIceCandidate(candidate)));
}

/** One offer and one answer. */
export async function negotiate(offerer: RTCPeerConnection, answerer: RTCPeerConnection): Promise<void> {
  await offerer.setLocalDescription();
  await answerer.setRemoteDescription(offerer.localDescription!);
  await answerer.setLocalDescription();
  await offerer.setRemoteDescription(answerer.localDescription!);
}

/** Two connections with an open channel between them. */
export async function openChannels(
  create: () => RTCPeerConnection,
  init: Parameters<RTCPeerConnection["createDataChannel"]>[1] = {},
): Promise<{ readonly a: RTCPeerConnection; readonly b: RTCPeerConnection; readonly near: RTCDataChannel; readonly far: RTCDataChannel }> {
  const [a, b] = [create(), create()];
  exchangeCandidates(a, b);
  const near = a.createDataChannel("test", init);
  const opened = next(near, "open");
  const announced = new Promise<RTCDataChannel>((resolve) => {
    if (init.negotiated === true) resolve(b.createDataChannel("test", init));
    else b.addEventListener("datachannel", ({ channel }) => resolve(channel), { once: true });
  });
  await negotiate(a, b);
  const far = await announced;
  if (far.readyState !== "open") await next(far, "open");
  await opened;
  return { a, b, near, far };
}

/** The name of the exception that a promise is rejected with; "fulfilled" when it is not. */
export async function rejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "fulfilled";
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

/** The name of what a function throws; "returned" when it does not. */
export function thrown(act: () => unknown): string {
  try {
    act();
    return "returned";
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}
