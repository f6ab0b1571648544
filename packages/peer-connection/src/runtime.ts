/** What a host supplies: clock, timer, sockets, name resolution, cryptography. `purertc` has the one for Node. */
import type { CryptoProvider, Instant, KeyPairParameters, Path, RandomSource, TransportAddress } from "@purertc/core";
import type { PeerConnectionSettings } from "./settings.ts";

/** The host an RTCPeerConnection runs on. One object may serve any number of connections. */
export interface Runtime {
  /** Used unless the settings name another one. */
  readonly crypto: CryptoProvider;
  /** Cryptographic in production, seeded in tests. */
  readonly random: RandomSource;
  /** Unix milliseconds when {@link now} is 0, as `performance.timeOrigin`. */
  readonly timeOrigin: number;
  /** Milliseconds on a monotonic clock. */
  now(): Instant;
  /**
   * One re-armable timer. The callback runs as a task at or after `at`, never from inside `arm`. An armed timer keeps the process alive;
   * `arm(undefined)` and `close()` let it go.
   */
  createTimer(callback: () => void): RuntimeTimer;
  /** Binds sockets for one ICE transport. The listener is called from tasks, never from inside this call. */
  openPort(options: PortOptions, listener: PortListener): DatagramPort;
  /** IP addresses of a host name, for STUN servers. Rejects when there are none. */
  resolve(hostname: string): Promise<readonly string[]>;
  /** Runs `task` as a task of its own, after those queued before it and with a microtask checkpoint before the next. The global `setImmediate` when absent. */
  queueTask?(task: () => void): void;
  /** A key pair made off the main thread, as PKCS #8: an RSA one takes long. {@link crypto} makes it, synchronously, when absent. */
  generateKey?(parameters: KeyPairParameters): Promise<Uint8Array>;
}

/** See {@link Runtime.createTimer}. */
export interface RuntimeTimer {
  arm(at: Instant | undefined): void;
  close(): void;
}

/** What a port is for. */
export interface PortOptions {
  readonly settings: PeerConnectionSettings;
  /** Always 1: RTP and RTCP share a port (RFC 5761). */
  readonly component: 1;
}

/** Who hears of what happens on a port. */
export interface PortListener {
  /** Once for each bound socket. A greater `localPreference` (0 to 65535) makes a better candidate (RFC 8445 §5.1.2.1). */
  address(local: TransportAddress, info: { readonly interfaceName: string; readonly localPreference: number }): void;
  /** There will be no more addresses. */
  ready(): void;
  /** `datagram` is borrowed for the call. `path` is the same object for the same pair of ends. */
  datagram(datagram: Uint8Array, path: Path): void;
  /** The send buffers emptied after being full. */
  writable(): void;
}

/** The sockets of one ICE transport. */
export interface DatagramPort {
  /**
   * A buffer of at least 2048 bytes, lent until `send` or `releaseBuffer`. `length` is what the connection can use, up to 16640: a host may give less, and
   * datagrams to peers on the same machine then stay as short as the others.
   */
  acquireBuffer(length: number): Uint8Array;
  releaseBuffer(buffer: Uint8Array): void;
  /** Takes the buffer. Datagrams for unknown or dead paths are dropped and counted. */
  send(buffer: Uint8Array, length: number, path: Path): void;
  /** False while the sockets cannot take more; nothing is then polled for sending until {@link PortListener.writable}. */
  readonly writable: boolean;
  close(): void;
}
