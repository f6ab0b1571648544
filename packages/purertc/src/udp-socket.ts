/** One UDP socket bound to one address: the hot path between the kernel and a connection. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { type Path, type TransportAddress, transportAddress } from "@purertc/core";
import type { BufferPool } from "./buffer-pool.ts";
import { PathTable } from "./path-table.ts";
import type { UdpCounters } from "./udp-counters.ts";

/** Paths remembered per generation and socket. */
const PATHS_PER_GENERATION = 128;

/** Datagrams the process may hold for a socket whose kernel buffer is full; more are dropped, as a router would. */
const LONGEST_QUEUE = 64;

/** How often a full socket is looked at. A kernel buffer of 200 KB holds more than a millisecond of a 1 Gb/s link. */
const FULL_POLL_MS = 1;

/** How long `close` waits for datagrams that the kernel has not taken: the peer is to see our ABORT and close_notify. */
const LINGER_MS = 100;

/** What a {@link UdpSocket} tells its owner. */
export interface UdpSocketListener {
  /** A datagram came in; borrowed for the call. */
  datagram(datagram: Uint8Array, path: Path): void;
  /** The kernel takes datagrams again after {@link UdpSocket.writable} was false. */
  writable(): void;
}

/** How to make a socket. */
export interface UdpSocketOptions {
  readonly ip: string;
  readonly family: 4 | 6;
  /** Bytes asked for the kernel's buffers; smaller ones are taken when the system refuses. */
  readonly receiveBufferSize: number;
  readonly sendBufferSize: number;
  readonly pool: BufferPool;
  readonly counters: UdpCounters;
  readonly listener: UdpSocketListener;
  /** Makes the native socket; `dgram.createSocket` unless a test says otherwise. */
  readonly createSocket?: typeof createSocket;
}

/** A bound socket. Make one with {@link bindUdpSocket}. */
export class UdpSocket {
  /** Where it is bound. */
  readonly local: TransportAddress;
  readonly #socket: Socket;
  readonly #pool: BufferPool;
  readonly #counters: UdpCounters;
  readonly #listener: UdpSocketListener;
  readonly #paths: PathTable;
  readonly #onSent = (error: Error | null): void => {
    if (error !== null) this.#counters.sendFailed(error);
  };
  /** Buffers that libuv still reads from, oldest first; it finishes them in order. */
  readonly #queued: Buffer[] = [];
  #pollTimer: NodeJS.Timeout | undefined;
  #lastReceived: Path | undefined;
  #lastReceivedIp = "";
  #lastSent: Path | undefined;
  #sends = 0;
  #state: "open" | "closing" | "closed" = "open";

  /** Takes over a bound `dgram` socket. */
  constructor(socket: Socket, local: TransportAddress, options: UdpSocketOptions) {
    this.local = local;
    this.#socket = socket;
    this.#pool = options.pool;
    this.#counters = options.counters;
    this.#listener = options.listener;
    this.#paths = new PathTable(local, PATHS_PER_GENERATION);
    socket.on("message", (message, info) => this.#received(message, info));
    socket.on("error", (error) => this.#counters.socketFailed(error));
  }

  /** False while datagrams wait for room in the kernel's buffer. */
  get writable(): boolean {
    return this.#queued.length === 0;
  }

  /** Sends the first `length` bytes and takes the buffer, whatever happens. The remote end must be of the socket's family. */
  send(buffer: Buffer, length: number, path: Path): void {
    if (this.#state !== "open" || this.#queued.length >= LONGEST_QUEUE) {
      this.#counters.dropped += 1;
      this.#pool.release(buffer);
      return;
    }
    if (path !== this.#lastSent) {
      this.#paths.adopt(path);
      this.#lastSent = path;
    }
    // A callback costs as much as the checksum of the datagram, so only a sample of the sends reports errors: all the first ones,
    // which find dead routes and firewalls, and then one in 64.
    const sampled = this.#sends < 64 || this.#sends % 64 === 0;
    this.#sends += 1;
    const datagram = buffer.subarray(0, length); // sooner made here than by `send`, from an offset and a length
    try {
      if (sampled) this.#socket.send(datagram, path.remote.port, path.remote.ip, this.#onSent);
      else this.#socket.send(datagram, path.remote.port, path.remote.ip);
    } catch (error) {
      this.#counters.sendFailed(error); // node:dgram of other runtimes throws what Node reports
    }
    this.#counters.sent += 1;
    this.#counters.sentBytes += length;
    if (this.#nativeQueueLength() > this.#queued.length) this.#hold(buffer);
    else this.#pool.release(buffer);
  }

  /** Stops receiving at once; closes when the kernel has taken what waits, or after a tenth of a second. */
  close(): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#socket.removeAllListeners("message");
    if (this.#queued.length === 0) this.#closeNow();
    else setTimeout(() => this.#closeNow(), LINGER_MS);
  }

  #received(message: Buffer, info: RemoteInfo): void {
    this.#counters.received += 1;
    this.#counters.receivedBytes += message.length;
    let path = this.#lastReceived;
    if (path === undefined || info.port !== path.remote.port || info.address !== this.#lastReceivedIp) {
      path = this.#paths.pathTo(info.address, info.port);
      if (path === undefined) return;
      this.#lastReceived = path;
      this.#lastReceivedIp = info.address;
    }
    this.#listener.datagram(message, path);
  }

  /** libuv queued the datagram instead of sending it: its buffer must stay untouched until the queue has moved on. */
  #hold(buffer: Buffer): void {
    this.#queued.push(buffer);
    this.#pollTimer ??= setInterval(() => this.#reclaim(), FULL_POLL_MS);
  }

  #reclaim(): void {
    const done = this.#queued.length - this.#nativeQueueLength();
    for (const buffer of this.#queued.splice(0, done)) this.#pool.release(buffer);
    if (this.#queued.length > 0) return;
    clearInterval(this.#pollTimer);
    this.#pollTimer = undefined;
    if (this.#state === "closing") this.#closeNow();
    else this.#listener.writable();
  }

  #nativeQueueLength(): number {
    return nativeQueueLength(this.#socket);
  }

  #closeNow(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    clearInterval(this.#pollTimer);
    this.#queued.length = 0; // not back to the pool: libuv may still hold them until its close callback
    this.#socket.close();
  }
}

/** Binds to `port`, or to one the system picks when it is 0. Rejects with the system's error, such as one with code `EADDRINUSE`. */
export async function bindUdpSocket(port: number, options: UdpSocketOptions): Promise<UdpSocket> {
  const { ip, family } = options;
  const socket = (options.createSocket ?? createSocket)({
    type: family === 4 ? "udp4" : "udp6",
    ipv6Only: family === 6,
    // Every address here is a literal. Node would otherwise ask its resolver on each send.
    lookup: (host, _, callback) => callback(null, host, family),
  });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind({ port, address: ip, exclusive: true }, () => {
        socket.off("error", reject);
        resolve();
      });
    });
    enlarge((size) => socket.setRecvBufferSize(size), options.receiveBufferSize);
    enlarge((size) => socket.setSendBufferSize(size), options.sendBufferSize);
    const local = transportAddress(ip, socket.address().port);
    if (local === undefined) throw new RangeError(`${ip} is not an IP address`);
    return new UdpSocket(socket, local, options);
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** The default 212 KB of Linux overflows in one burst of a fast sender. */
function enlarge(set: (size: number) => void, wanted: number): void {
  for (let size = wanted; size >= 0x1_0000; size /= 2) {
    try {
      set(size);
      return;
    } catch {
      // ENOBUFS on macOS and BSD, where Linux would cap silently: half of it, then.
    }
  }
}

/** Sends that libuv has not finished; 0 where `node:dgram` cannot tell, which copies the bytes there. */
function nativeQueueLength(socket: Socket): number {
  const length: unknown = socket.getSendQueueCount?.();
  return typeof length === "number" ? length : 0;
}
