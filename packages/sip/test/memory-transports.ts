/** Transports without a network: datagrams and connections between objects of one process, in the order of a virtual clock. */
import { type Instant, Malformed, transportAddress } from "@purertc/core";
import { parseSipMessage, type SipMessage } from "@purertc/sip-parser";
import { defaultPort, type Flow, isReliable, isSecure, type SipTarget, type SipTransportName } from "../src/flow.ts";
import type { ScheduledTimer, TransportClock } from "../src/transport/clock.ts";
import type { StackTransports } from "../src/user-agent/stack-transports.ts";

/** Time that passes only when told to. */
export class VirtualClock implements TransportClock {
  #now: Instant = 0;
  #sequence = 0;
  readonly #tasks: Task[] = [];

  now(): Instant {
    return this.#now;
  }

  schedule(delayMs: number, callback: () => void): ScheduledTimer {
    this.#sequence += 1;
    const task = { at: this.#now + Math.max(0, delayMs), sequence: this.#sequence, callback };
    this.#tasks.push(task);
    return {
      cancel: () => {
        const index = this.#tasks.indexOf(task);
        if (index >= 0) this.#tasks.splice(index, 1);
      },
    };
  }

  /** Runs what is due within `ms`, promises included. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settle();
      const [next] = this.#tasks.sort((a, b) => a.at - b.at || a.sequence - b.sequence);
      if (next === undefined || next.at > until) break;
      this.#tasks.splice(this.#tasks.indexOf(next), 1);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = until;
  }
}

interface Task {
  readonly at: Instant;
  readonly sequence: number;
  readonly callback: () => void;
}

/** Lets promises that wait for nothing else go on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 40; i++) await Promise.resolve();
}

/** Hosts by IP address. */
export class MemoryNetwork {
  readonly clock: VirtualClock = new VirtualClock();
  /** Sees every message on its way, in order; false loses it. */
  filter: (message: SipMessage, from: Flow) => boolean = () => true;
  /** `"<ip> <method or status>"` of each message sent. */
  readonly log: string[] = [];
  readonly #hosts = new Map<string, MemoryTransports>();

  /** A host with one address, reachable on every transport's default port. */
  host(ip: string): MemoryTransports {
    const host = new MemoryTransports(this, ip);
    this.#hosts.set(ip, host);
    return host;
  }

  at(ip: string): MemoryTransports | undefined {
    return this.#hosts.get(ip);
  }
}

interface MemoryFlow extends Flow {
  open: boolean;
  /** The other end. */
  peer: MemoryFlow | undefined;
  readonly owner: MemoryTransports;
}

/** One host's. */
export class MemoryTransports implements StackTransports {
  onMessage: ((message: SipMessage, flow: Flow) => void) | undefined;
  onFlowClosed: ((flow: Flow, reason: string) => void) | undefined;
  /** Whether connections to it, and datagrams, are refused. */
  refusing = false;
  readonly ip: string;
  readonly #network: MemoryNetwork;
  readonly #flows = new Map<string, MemoryFlow>();

  constructor(network: MemoryNetwork, ip: string) {
    this.#network = network;
    this.ip = ip;
  }

  async flowTo(target: SipTarget): Promise<Flow> {
    const key = `${target.transport} ${target.ip} ${target.port}`;
    const known = this.#flows.get(key);
    if (known?.open === true) return known;
    const host = this.#network.at(target.ip);
    if (target.transport !== "UDP" && (host === undefined || host.refusing)) throw new Error("connection refused");
    const flow = this.#flow(target.transport, target.ip, target.port);
    this.#flows.set(key, flow);
    if (host !== undefined) host.accept(flow);
    return flow;
  }

  /** The other end of a flow opened to this host. */
  accept(flow: MemoryFlow): void {
    const mine = this.#flow(flow.transport, flow.local.ip, flow.local.port);
    mine.peer = flow;
    flow.peer = mine;
    this.#flows.set(`${flow.transport} ${flow.local.ip} ${flow.local.port}`, mine);
  }

  send(flow: Flow, bytes: Uint8Array): void {
    const mine = [...this.#flows.values()].find((each) => each === flow);
    const message = parseSipMessage(bytes.slice());
    if (message instanceof Malformed || mine === undefined) throw new Error("a stack sends what can be parsed, on flows of its own");
    this.#network.log.push(`${this.ip} ${message.kind === "request" ? message.method : message.statusCode}`);
    const { peer } = mine;
    if (!mine.open || !this.#network.filter(message, flow) || peer === undefined || (peer.owner.refusing && !mine.reliable)) return;
    if (message.kind === "request") {
      const via = message.topVia;
      if (via !== undefined)
        message.headers.replaceFirst("Via", {
          ...via,
          parameters: via.parameters.with("received", this.ip).with("rport", mine.local.port),
        });
    }
    this.#network.clock.schedule(1, () => {
      if (peer.open) peer.owner.onMessage?.(message, peer);
    });
  }

  /** Breaks a connection, at both ends. */
  break(flow: Flow): void {
    const mine = [...this.#flows.values()].find((each) => each === flow);
    for (const end of [mine, mine?.peer]) {
      if (end === undefined) continue;
      end.open = false;
      end.owner.onFlowClosed?.(end, "reset");
    }
  }

  async close(): Promise<void> {
    for (const flow of this.#flows.values()) flow.open = false;
  }

  #flow(transport: SipTransportName, ip: string, port: number): MemoryFlow {
    lastId += 1;
    const protocol = transport === "UDP" ? "udp" : "tcp";
    return {
      id: lastId,
      transport,
      reliable: isReliable(transport),
      secure: isSecure(transport),
      local: transportAddress(this.ip, defaultPort(transport), protocol)!,
      remote: transportAddress(ip, port, protocol)!,
      peerIdentities: [],
      open: true,
      peer: undefined,
      owner: this,
    };
  }
}

let lastId = 0;
