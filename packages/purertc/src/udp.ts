/** The UDP port of one ICE transport: a socket per usable address of this machine, seen as one `DatagramPort`. */
import { setImmediate as setImmediatePromise } from "node:timers/promises";
import { type Path, type RandomSource, randomBelow, sameTransportAddress } from "@purertc/core";
import type { DatagramPort, PortListener } from "@purertc/peer-connection";
import type { BufferPool } from "./buffer-pool.ts";
import { type AddressRules, type InterfaceAddress, type LocalAddress, localAddresses, systemAddresses } from "./interfaces.ts";
import { UdpCounters } from "./udp-counters.ts";
import { bindUdpSocket, type UdpSocket, type UdpSocketListener, type UdpSocketOptions } from "./udp-socket.ts";

/** 4 MiB: a burst of 1,800 full datagrams while the process is busy elsewhere. */
const DEFAULT_BUFFER_SIZE = 4 * 1024 * 1024;

/** Everything a port can be told; all of it optional. */
export interface UdpPortOptions extends AddressRules {
  /** Ports to bind within, both ends included; default any the system picks. Tried from a random one on. */
  readonly portRange?: { readonly min: number; readonly max: number } | undefined;
  /** Bytes asked of the kernel for what has arrived and is not read. Default 4 MiB. */
  readonly receiveBufferSize?: number | undefined;
  /** Bytes asked of the kernel for what is not sent. Default 4 MiB. */
  readonly sendBufferSize?: number | undefined;
  /** The machine's addresses; default what `os.networkInterfaces()` says, at most a second old. */
  readonly interfaces?: () => Iterable<InterfaceAddress>;
  /** Makes native sockets; default `dgram.createSocket`. */
  readonly createSocket?: UdpSocketOptions["createSocket"];
}

/** What a port borrows from the process. */
export interface UdpHost {
  readonly pool: BufferPool;
  readonly random: RandomSource;
}

/**
 * Binds a socket to each usable address and tells the listener of each, then that it is ready: also when there are none, or when an
 * address refuses, which is counted. The listener is called from tasks, never from inside this call.
 */
export function openUdpPort(host: UdpHost, options: UdpPortOptions, listener: PortListener): UdpPort {
  return new UdpPort(host, options, listener);
}

/** See {@link openUdpPort}. */
export class UdpPort implements DatagramPort {
  /** Traffic and errors so far. */
  readonly counters: UdpCounters = new UdpCounters();
  readonly #host: UdpHost;
  readonly #options: UdpPortOptions;
  readonly #listener: PortListener;
  readonly #socketListener: UdpSocketListener;
  readonly #sockets: UdpSocket[] = [];
  #lastPath: Path | undefined;
  #lastSocket: UdpSocket | undefined;
  #opening: NodeJS.Immediate;
  #closed = false;

  /** Use {@link openUdpPort}. */
  constructor(host: UdpHost, options: UdpPortOptions, listener: PortListener) {
    this.#host = host;
    this.#options = options;
    this.#listener = listener;
    this.#socketListener = {
      datagram: (datagram, path) => listener.datagram(datagram, path),
      writable: () => {
        if (this.writable && !this.#closed) listener.writable();
      },
    };
    this.#opening = setImmediate(() => void this.#open());
  }

  acquireBuffer(length: number): Uint8Array {
    return this.#host.pool.acquire(length);
  }

  releaseBuffer(buffer: Uint8Array): void {
    this.#host.pool.release(buffer as Buffer); // one of ours, by contract
  }

  get writable(): boolean {
    for (const socket of this.#sockets) if (!socket.writable) return false;
    return true;
  }

  send(buffer: Uint8Array, length: number, path: Path): void {
    if (path !== this.#lastPath) {
      this.#lastPath = path;
      this.#lastSocket = isSendable(path) ? this.#sockets.find(({ local }) => sameTransportAddress(local, path.local)) : undefined;
    }
    if (this.#lastSocket === undefined) {
      this.counters.dropped += 1;
      this.releaseBuffer(buffer);
    } else {
      this.#lastSocket.send(buffer as Buffer, length, path);
    }
  }

  close(): void {
    this.#closed = true;
    clearImmediate(this.#opening);
    this.#lastPath = undefined;
    this.#lastSocket = undefined;
    for (const socket of this.#sockets.splice(0)) socket.close();
  }

  async #open(): Promise<void> {
    const listed = this.#options.interfaces?.() ?? systemAddresses();
    for (const address of localAddresses(listed, this.#options)) {
      const socket = await this.#bind(address);
      if (socket === undefined) continue;
      if (this.#closed) {
        socket.close();
        return;
      }
      this.#sockets.push(socket);
      this.#lastPath = undefined; // may have been looked up, and not found, before this socket was there
      this.#listener.address(socket.local, address);
      if (this.#closed) return; // by the listener
    }
    if (!this.#closed) this.#listener.ready();
  }

  /** The socket of one address; undefined when no allowed port of it can be bound. */
  async #bind(address: LocalAddress): Promise<UdpSocket | undefined> {
    const options: UdpSocketOptions = {
      ip: address.ip,
      family: address.family,
      receiveBufferSize: this.#options.receiveBufferSize ?? DEFAULT_BUFFER_SIZE,
      sendBufferSize: this.#options.sendBufferSize ?? DEFAULT_BUFFER_SIZE,
      pool: this.#host.pool,
      counters: this.counters,
      listener: this.#socketListener,
      ...(this.#options.createSocket === undefined ? {} : { createSocket: this.#options.createSocket }),
    };
    let attempts = 0;
    for (const port of candidatePorts(this.#options.portRange, this.#host.random)) {
      if (attempts++ % 64 === 63) await setImmediatePromise(); // a large range that is all taken must not stop the process
      if (this.#closed) return undefined;
      try {
        return await bindUdpSocket(port, options);
      } catch (error) {
        this.counters.socketFailed(error);
        if (!isPortProblem(error)) return undefined; // the address went away, or the process has no descriptors left
      }
    }
    return undefined;
  }
}

/** A range from a random port on, all the way round; without one, the system's choice, three times over when it says "in use". */
function* candidatePorts(range: UdpPortOptions["portRange"], random: RandomSource): Generator<number> {
  if (range === undefined) {
    yield* [0, 0, 0];
    return;
  }
  const count = range.max - range.min + 1;
  const first = randomBelow(random, count);
  for (let i = 0; i < count; i++) yield range.min + ((first + i) % count);
}

/** Whether another port of the same address may do better. */
function isPortProblem(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EADDRINUSE" || error.code === "EACCES");
}

function isSendable({ local, remote }: Path): boolean {
  return remote.protocol === "udp" && remote.port > 0 && remote.family === local.family;
}
