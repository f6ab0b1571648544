import {
  formatTransportAddress,
  type Instant,
  InvalidArgumentError,
  type Path,
  type Protocol,
  type TransportAddress,
  transportAddress,
} from "@purertc/core";
import type { Link } from "./link.ts";
import { SimulatedNode } from "./simulated-node.ts";
import type { Simulation } from "./simulation.ts";

/** A network interface of a node: its addresses share one link into the network and one out of it. */
export interface NetworkInterface {
  readonly name: string;
  /** In canonical form. */
  readonly ips: readonly string[];
  /** From the node into the network. */
  readonly up: Link;
  /** From the network to the node. */
  readonly down: Link;
  /** False: the cable is pulled. May be changed at any time. */
  enabled: boolean;
}

/** Where a node's sockets are: which of its addresses and ports receive, and one `Path` object for each pair of ends. */
export class Sockets {
  readonly #interfaces: readonly NetworkInterface[];
  readonly #bound = new Map<string, TransportAddress>();
  readonly #paths = new Map<TransportAddress, Map<string, Path>>();
  #nextPort = FIRST_EPHEMERAL_PORT;

  constructor(interfaces: readonly NetworkInterface[]) {
    this.#interfaces = interfaces;
  }

  /** Opens a socket. Port 0 takes the next free one. Throws when the address is not the node's or is taken. */
  bind(ip: string, port: number): TransportAddress {
    const address = transportAddress(ip, port === 0 ? this.#freePort(ip) : port);
    if (address === undefined || this.interfaceOf(address.ip) === undefined) {
      throw new InvalidArgumentError(`${ip} port ${port} is not an address of this node`, { code: "SIMULATOR_NOT_MY_ADDRESS" });
    }
    const key = formatTransportAddress(address);
    if (this.#bound.has(key)) throw new InvalidArgumentError(`${key} is taken`, { code: "SIMULATOR_ADDRESS_TAKEN" });
    this.#bound.set(key, address);
    this.#paths.set(address, new Map());
    return address;
  }

  /** Closes a socket. */
  unbind(address: TransportAddress): void {
    const bound = this.find(address);
    if (bound === undefined) return;
    this.#bound.delete(formatTransportAddress(address));
    this.#paths.delete(bound);
  }

  /** The socket that is open at an address. */
  find(address: TransportAddress): TransportAddress | undefined {
    return this.#bound.get(formatTransportAddress(address));
  }

  interfaceOf(ip: string): NetworkInterface | undefined {
    return this.#interfaces.find(({ ips }) => ips.includes(ip));
  }

  /** The one path object between two ends. `local` is a socket as `find` gives it. */
  path(local: TransportAddress, remote: TransportAddress): Path {
    const paths = this.#paths.get(local)!;
    const key = formatTransportAddress(remote);
    let path = paths.get(key);
    if (path === undefined) {
      path = { local, remote };
      paths.set(key, path);
    }
    return path;
  }

  #freePort(ip: string): number {
    for (;;) {
      const address = transportAddress(ip, this.#nextPort);
      this.#nextPort += 1;
      if (address === undefined || !this.#bound.has(formatTransportAddress(address))) return this.#nextPort - 1;
    }
  }
}

/** A protocol with addresses of its own in a {@link Network}. */
export class NetworkNode<P extends Protocol<unknown, Path>> extends SimulatedNode<P, Path> {
  readonly interfaces: readonly NetworkInterface[];
  readonly #sockets: Sockets;

  constructor(
    simulation: Simulation,
    protocol: P,
    interfaces: readonly NetworkInterface[],
    sockets: Sockets,
    options: {
      readonly name: string;
      readonly mtu: number;
      readonly keepEvents: boolean;
      readonly send: (datagram: Uint8Array, path: Path) => void;
    },
  ) {
    super(simulation, protocol, options);
    this.interfaces = interfaces;
    this.#sockets = sockets;
  }

  /** All addresses, in the order of the interfaces. */
  get ips(): readonly string[] {
    return this.interfaces.flatMap(({ ips }) => ips);
  }

  /**
   * Opens a UDP socket: from now on the protocol may send from it and receives what is sent to it. Without a port, the next free one.
   * Throws `InvalidArgumentError` when the address is not this node's or is taken.
   */
  bind(ip: string, port = 0): TransportAddress {
    return this.#sockets.bind(ip, port);
  }

  /** Closes a socket. What comes for it is dropped; what the protocol sends from it as well. */
  unbind(address: TransportAddress): void {
    this.#sockets.unbind(address);
  }
}

/** A datagram that a {@link NetworkServer} got. */
export interface ServerRequest {
  /** The server's own. */
  readonly datagram: Uint8Array;
  readonly source: TransportAddress;
  readonly now: Instant;
}

/** A function in the place of a node: a STUN server, an echo, an attacker. */
export interface NetworkServer {
  /** Where it receives. */
  readonly address: TransportAddress;
  /** Sends from its address. */
  send(datagram: Uint8Array, destination: TransportAddress): void;
}

// RFC 6335 §6: the dynamic ports.
const FIRST_EPHEMERAL_PORT = 49_152;
