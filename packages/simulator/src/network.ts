import {
  copyBytes,
  type Instant,
  InvalidArgumentError,
  type Path,
  type Protocol,
  type TransportAddress,
  transportAddress,
} from "@purertc/core";
import { createLink, type LinkOptions } from "./link.ts";
import { Nat, type NatOptions } from "./nat.ts";
import { type NetworkInterface, NetworkNode, type NetworkServer, type ServerRequest, Sockets } from "./network-node.ts";
import { type RunOptions, Simulation, type SimulationOptions } from "./simulation.ts";
import type { Trace } from "./trace.ts";

/** A UDP packet. */
export interface NetworkPacket {
  readonly source: TransportAddress;
  readonly destination: TransportAddress;
  readonly payload: Uint8Array;
}

/** How a network is made. */
export interface NetworkOptions extends SimulationOptions {
  /** The access link of an interface that has none of its own, each way. A packet passes two: the sender's and the receiver's. Default: perfect, 5 ms. */
  readonly link?: LinkOptions;
  /** Size of the buffers handed to `pollTransmit`. Default 1500. */
  readonly mtu?: number;
  /** Whether nodes keep their events. Default true. */
  readonly keepEvents?: boolean;
}

/** One interface of a node that is added. */
export interface InterfaceOptions {
  /** Default: `eth0`, `eth1`, ... */
  readonly name?: string;
  readonly addresses: readonly string[];
  /** Both directions; over the network's default. */
  readonly link?: LinkOptions;
  /** Into the network; over `link`. */
  readonly up?: LinkOptions;
  /** Out of the network; over `link`. */
  readonly down?: LinkOptions;
}

/** Where a node is. */
export interface PlaceOptions {
  /** The NAT whose inner side the node is on. Default: the public network. */
  readonly behind?: Nat;
}

/** A node's place and its addresses: `addresses` for one interface, `interfaces` for several. */
export type NodePlace = PlaceOptions & ({ readonly addresses: readonly string[] } | { readonly interfaces: readonly InterfaceOptions[] });

/** Why the network dropped packets, besides its links. */
export interface NetworkDrops {
  /** Sent from an address that the node has no socket at. */
  unboundSource: number;
  /** An interface was off. */
  interfaceDown: number;
  /** No such address, or a private one seen from outside. */
  unroutable: number;
  /** The destination has no socket at that port. */
  unboundDestination: number;
  /** A NAT or firewall had no mapping, no permission, no port, or no hairpin. */
  filtered: number;
  /** Between addresses that were cut off from each other by `block`. */
  blocked: number;
}

/** Sees a packet as its sender sends it. What it returns is sent instead. */
export type NetworkInterceptor = (packet: NetworkPacket, now: Instant) => readonly NetworkPacket[];

interface Attachment {
  readonly interface: NetworkInterface;
  readonly receive: (packet: NetworkPacket) => void;
}

/** An address space: the public network, or the inner side of a NAT. */
interface Realm {
  /** The NAT that leads outwards; the public network has none. */
  readonly gateway?: { readonly nat: Nat; readonly outer: Realm };
  readonly attachments: Map<string, Attachment>;
  /** Outer addresses of NATs, and untranslated addresses of hosts behind them: who leads there. */
  readonly inward: Map<string, { readonly nat: Nat; readonly inner: Realm }>;
}

/**
 * A small internet: nodes with addresses of both families, access links, NATs (also behind one another) and servers, in virtual time.
 *
 * ```ts
 * const network = new Network({ seed: 1 });
 * const home = network.addNat({ behaviour: "port-restricted", externalIps: ["198.51.100.1"] });
 * const alice = network.addNode("alice", agentA, { addresses: ["10.0.0.2"], behind: home });
 * const bob = network.addNode("bob", agentB, { addresses: ["203.0.113.9", "2001:db8::9"] });
 * network.addServer("stun", "203.0.113.1", 3478, (request, reply) => reply(answer(request)));
 * alice.call((agent, now) => agent.addLocalAddress(now, alice.bind("10.0.0.2")));
 * network.run(() => alice.protocol.state === "connected");
 * ```
 */
export class Network {
  readonly simulation: Simulation;
  readonly drops: NetworkDrops = { unboundSource: 0, interfaceDown: 0, unroutable: 0, unboundDestination: 0, filtered: 0, blocked: 0 };
  readonly #options: NetworkOptions;
  readonly #public: Realm = { attachments: new Map(), inward: new Map() };
  readonly #realms = new Map<Nat, Realm>();
  readonly #interceptors = new Set<NetworkInterceptor>();
  readonly #blocks = new Set<string>();

  constructor(options: NetworkOptions = {}) {
    this.#options = options;
    this.simulation = new Simulation(options);
  }

  get seed(): number | string {
    return this.simulation.seed;
  }

  /** The virtual time in milliseconds. */
  get now(): Instant {
    return this.simulation.now;
  }

  get trace(): Trace {
    return this.simulation.trace;
  }

  /** Adds a NAT. Its outer side is the public network, or the inner side of the NAT that it is `behind`. */
  addNat(options: NatOptions & PlaceOptions): Nat {
    const nat = new Nat(options, this.simulation.random.fork(`nat ${this.#realms.size}`));
    const outer = this.#realm(options.behind);
    const inner: Realm = { gateway: { nat, outer }, attachments: new Map(), inward: new Map() };
    this.#realms.set(nat, inner);
    for (const ip of nat.externalIps) this.#claim(outer, ip, () => outer.inward.set(ip, { nat, inner }));
    return nat;
  }

  /** Adds a protocol whose routes are paths, such as an ICE agent. It receives nothing before its first `bind`. */
  addNode<P extends Protocol<unknown, Path>>(name: string, protocol: P, place: NodePlace): NetworkNode<P> {
    const realm = this.#realm(place.behind);
    const described = "interfaces" in place ? place.interfaces : [{ addresses: place.addresses }];
    const interfaces = described.map((options, index) => this.#createInterface(name, options, index));
    const sockets = new Sockets(interfaces);
    const node = new NetworkNode(this.simulation, protocol, interfaces, sockets, {
      name,
      mtu: this.#options.mtu ?? 1500,
      keepEvents: this.#options.keepEvents ?? true,
      send: (datagram, path) => {
        const local = sockets.find(path.local);
        if (local === undefined) this.drops.unboundSource += 1;
        else this.#send(realm, sockets.interfaceOf(local.ip)!, { source: local, destination: path.remote, payload: datagram });
      },
    });
    const receive = (packet: NetworkPacket): void => {
      const local = sockets.find(packet.destination);
      if (local === undefined) this.drops.unboundDestination += 1;
      else node.receive(packet.payload, sockets.path(local, packet.source));
    };
    for (const each of interfaces) this.#attach(realm, each, receive);
    return node;
  }

  /** Adds a function that answers datagrams. `reply` sends to the source of the request; the returned object sends anywhere. */
  addServer(
    name: string,
    ip: string,
    port: number,
    handle: (request: ServerRequest, reply: (datagram: Uint8Array) => void) => void,
    place: PlaceOptions & Omit<InterfaceOptions, "addresses"> = {},
  ): NetworkServer {
    const realm = this.#realm(place.behind);
    const attached = this.#createInterface(name, { ...place, addresses: [ip] }, 0);
    const address = transportAddress(ip, port);
    if (address === undefined) throw new InvalidArgumentError(`${port} is not a port`, { code: "SIMULATOR_BAD_ADDRESS" });
    const send = (datagram: Uint8Array, destination: TransportAddress): void =>
      this.#send(realm, attached, { source: address, destination, payload: copyBytes(datagram) });
    this.#attach(realm, attached, ({ source, destination, payload }) => {
      if (destination.port !== port) this.drops.unboundDestination += 1;
      else handle({ datagram: payload, source, now: this.now }, (datagram) => send(datagram, source));
    });
    return { address, send };
  }

  /** Cuts two addresses off from each other, in both directions, as the sender and the receiver of a packet see them. Returns a function that undoes it. */
  block(ip: string, otherIp: string): () => void {
    const [one, other] = [canonical(ip), canonical(otherIp)];
    const keys = [`${one} ${other}`, `${other} ${one}`];
    for (const key of keys) this.#blocks.add(key);
    return () => {
      for (const key of keys) this.#blocks.delete(key);
    };
  }

  /** Sends a packet with any addresses from the public network, now, past the sender's link and all interceptors: an attacker's datagram. */
  inject(packet: NetworkPacket): void {
    const copy = { ...packet, payload: copyBytes(packet.payload) };
    this.simulation.at(this.now, () => this.#route(this.#public, copy));
  }

  /** Adds an interceptor; packets pass all of them, oldest first. Returns a function that removes it. See `tap` for the easier form. */
  intercept(interceptor: NetworkInterceptor): () => void {
    this.#interceptors.add(interceptor);
    return () => this.#interceptors.delete(interceptor);
  }

  /** Up to an instant, or until a predicate is true; see `Simulation.run`. */
  run(until: Instant | (() => boolean), options?: RunOptions): void {
    this.simulation.run(until, options);
  }

  /** For some more milliseconds. */
  runFor(durationMs: number): void {
    this.simulation.run(this.now + durationMs);
  }

  /** Does something at a later time; use `node.call(...)` inside. */
  at(instant: Instant, task: () => void): void {
    this.simulation.at(instant, task);
  }

  #realm(nat: Nat | undefined): Realm {
    const realm = nat === undefined ? this.#public : this.#realms.get(nat);
    if (realm === undefined) throw new InvalidArgumentError("a NAT of another network", { code: "SIMULATOR_UNKNOWN_NAT" });
    return realm;
  }

  #createInterface(node: string, options: InterfaceOptions, index: number): NetworkInterface {
    const name = options.name ?? `eth${index}`;
    const shared = { delayMs: 5, ...this.#options.link, ...options.link };
    const random = this.simulation.random.fork(`node ${node} interface ${name}`);
    return {
      name,
      ips: options.addresses.map(canonical),
      up: createLink({ ...shared, ...options.up, random: random.fork("up") }),
      down: createLink({ ...shared, ...options.down, random: random.fork("down") }),
      enabled: true,
    };
  }

  #attach(realm: Realm, attached: NetworkInterface, receive: (packet: NetworkPacket) => void): void {
    for (const ip of attached.ips) {
      this.#claim(realm, ip, () => realm.attachments.set(ip, { interface: attached, receive }));
      // Untranslated addresses are reachable from outside: every realm on the way out learns who leads to them.
      const family = ip.includes(":") ? 6 : 4;
      for (let inner = realm; inner.gateway !== undefined && !inner.gateway.nat.translates(family); inner = inner.gateway.outer) {
        const { nat, outer } = inner.gateway;
        const here = inner;
        this.#claim(outer, ip, () => outer.inward.set(ip, { nat, inner: here }));
      }
    }
  }

  #claim(realm: Realm, ip: string, add: () => void): void {
    if (realm.attachments.has(ip) || realm.inward.has(ip))
      throw new InvalidArgumentError(`${ip} is taken`, { code: "SIMULATOR_ADDRESS_TAKEN" });
    add();
  }

  /** From a node into its link. */
  #send(realm: Realm, from: NetworkInterface, packet: NetworkPacket): void {
    this.trace.add("sent", this.now, packet.source, packet.destination, packet.payload);
    let packets: readonly NetworkPacket[] = [packet];
    for (const interceptor of this.#interceptors) packets = packets.flatMap((each) => interceptor(each, this.now));
    for (const each of packets) {
      if (!from.enabled) {
        this.drops.interfaceDown += 1;
        continue;
      }
      for (const { at, datagram } of from.up.send(this.now, each.payload)) {
        this.simulation.at(at, () => this.#route(realm, { ...each, payload: datagram }));
      }
    }
  }

  /** From the near end of a link to the link of the destination, through the NATs between. Translation takes no time. */
  #route(realm: Realm, packet: NetworkPacket): void {
    const { source, destination } = packet;
    const attachment = realm.attachments.get(destination.ip);
    if (attachment !== undefined) {
      this.#deliver(attachment, packet);
      return;
    }
    const inward = realm.inward.get(destination.ip);
    if (inward !== undefined) {
      const inside = inward.nat.inbound(this.now, source, destination);
      if (inside === undefined) this.drops.filtered += 1;
      else this.#route(inward.inner, { ...packet, destination: inside });
      return;
    }
    const gateway = realm.gateway;
    if (gateway === undefined) {
      this.drops.unroutable += 1;
      return;
    }
    const isHairpin = gateway.nat.externalIps.includes(destination.ip);
    const outside = isHairpin && !gateway.nat.hairpin ? undefined : gateway.nat.outbound(this.now, source, destination);
    if (outside === undefined) this.drops.filtered += 1;
    else this.#route(gateway.outer, { ...packet, source: outside });
  }

  #deliver(to: Attachment, packet: NetworkPacket): void {
    if (this.#blocks.size > 0 && this.#blocks.has(`${packet.source.ip} ${packet.destination.ip}`)) {
      this.drops.blocked += 1;
      return;
    }
    for (const { at, datagram } of to.interface.down.send(this.now, packet.payload)) {
      this.simulation.at(at, () => {
        if (!to.interface.enabled) {
          this.drops.interfaceDown += 1;
          return;
        }
        this.trace.add("received", this.now, packet.source, packet.destination, datagram);
        to.receive({ ...packet, payload: datagram });
      });
    }
  }
}

/** The canonical text of an address; throws for anything else. */
function canonical(ip: string): string {
  const address = transportAddress(ip, 0);
  if (address === undefined) throw new InvalidArgumentError(`"${ip}" is not an IP address`, { code: "SIMULATOR_BAD_ADDRESS" });
  return address.ip;
}
