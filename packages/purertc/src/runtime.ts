/** Node as a host for peer connections: its clock, timers, sockets, resolver and crypto. */
import { nodeCrypto, nodeRandom } from "@purertc/crypto/node";
import type { DatagramPort, PortListener, PortOptions, Runtime, RuntimeTimer } from "@purertc/peer-connection";
import { BufferPool } from "./buffer-pool.ts";
import { resolveHostname } from "./resolve.ts";
import { RearmableTimer } from "./timer.ts";
import { openUdpPort } from "./udp.ts";

/** Shared by all connections of the process: each holds a buffer only while it sends. */
const pool = new BufferPool();

const clock = (): number => performance.now();

/**
 * The runtime behind this package's RTCPeerConnection; also for `definePeerConnection` of `@purertc/peer-connection` by those who
 * change a part of it.
 *
 * Bound sockets and armed timers keep the process alive, so it lives while a connection is open and ends by itself after `close()`.
 */
export const nodeRuntime: Runtime = {
  crypto: nodeCrypto,
  random: nodeRandom,
  timeOrigin: performance.timeOrigin,
  now: clock,
  createTimer: (callback: () => void): RuntimeTimer => new RearmableTimer(clock, callback),
  openPort: ({ settings }: PortOptions, listener: PortListener): DatagramPort =>
    openUdpPort({ pool, random: nodeRandom }, settings, listener),
  resolve: resolveHostname,
};
