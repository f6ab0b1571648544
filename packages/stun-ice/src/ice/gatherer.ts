/** Server-reflexive candidates: Binding requests from every base to every STUN server (RFC 8445 §5.1.1.2). */
import {
  formatTransportAddress,
  type Instant,
  isLinkLocalIp,
  isLoopbackIp,
  type Path,
  type RandomSource,
  randomBytes,
  sameTransportAddress,
  type TransportAddress,
  transportAddress,
} from "@purertc/core";
import type { StunAddress } from "../codec/attribute-values.ts";
import { findAttribute, type StunMessage, stunMessageBytes, unknownRequiredAttributes } from "../codec/message.ts";
import { formatIceUrl } from "../codec/uri.ts";
import type { StunTransactionTimers } from "../stun/transaction.ts";
import { TransactionTable } from "../stun/transaction-table.ts";
import type { IceTunables } from "./options.ts";

/** What a query found out. */
export type GatheringResult =
  | { readonly type: "reflexive"; readonly base: TransportAddress; readonly server: StunServer; readonly mapped: TransportAddress }
  | { readonly type: "error"; readonly base: TransportAddress; readonly server: StunServer; readonly code: number; readonly text: string };

/** A STUN server to ask. */
export interface StunServer {
  readonly address: TransportAddress;
  /** The URL it came from, for events. */
  readonly url: string;
}

/** A datagram to send. */
export interface Outgoing {
  readonly bytes: Uint8Array;
  readonly path: Path;
}

interface Query {
  readonly base: TransportAddress;
  readonly server: StunServer;
  /** Where it is sent: the server, or the alternate the server named. */
  readonly target: TransportAddress;
  state: "waiting" | "in-progress" | "answered" | "failed";
}

/** One request of a query: the first one, or one that only keeps the NAT's binding alive. */
interface QueryRequest {
  readonly query: Query;
  readonly keepalive: boolean;
}

export class Gatherer {
  readonly #tunables: IceTunables;
  readonly #random: RandomSource;
  readonly #intern: (path: Path) => Path;
  readonly #bases: TransportAddress[] = [];
  readonly #servers: StunServer[] = [];
  #queries: Query[] = [];
  readonly #requests = new TransactionTable<QueryRequest>();
  #nextQueryAt: Instant = Number.NEGATIVE_INFINITY;
  #keepaliveAt: Instant | undefined;

  constructor(tunables: IceTunables, random: RandomSource, intern: (path: Path) => Path) {
    this.#tunables = tunables;
    this.#random = random;
    this.#intern = intern;
  }

  /** Whether no query is waiting or under way. */
  get idle(): boolean {
    return this.#queries.every(({ state }) => state === "answered" || state === "failed");
  }

  /** A base to ask from. */
  addBase(base: TransportAddress): void {
    this.#bases.push(base);
    for (const server of this.#servers) this.#plan(base, server);
  }

  /** A server to ask, unless it is known. */
  addServer(server: StunServer): void {
    if (this.#servers.some(({ address }) => sameTransportAddress(address, server.address))) return;
    this.#servers.push(server);
    for (const base of this.#bases) this.#plan(base, server);
  }

  /** Asks everything again, for a new generation. */
  restart(): void {
    this.#requests.clear();
    this.#queries = [];
    this.#keepaliveAt = undefined;
    for (const base of this.#bases) for (const server of this.#servers) this.#plan(base, server);
  }

  /** Ends all queries. */
  stop(): void {
    this.#requests.clear();
    this.#queries = [];
    this.#bases.length = 0;
    this.#servers.length = 0;
    this.#keepaliveAt = undefined;
  }

  /** When `handleTimeout` has something to do. */
  next(): Instant | undefined {
    const times = [this.#requests.next(), this.#keepaliveAt];
    if (this.#queries.some(({ state }) => state === "waiting")) times.push(this.#nextQueryAt);
    return times.reduce((soonest, at) => (soonest === undefined || (at !== undefined && at < soonest) ? at : soonest), undefined);
  }

  /**
   * Starts the queries that are due, one per Ta (RFC 8445 §14.2), repeats unanswered ones, refreshes NAT bindings while `keepAlive` (§5.1.1.4).
   */
  handleTimeout(now: Instant, keepAlive: boolean): { readonly send: readonly Outgoing[]; readonly results: readonly GatheringResult[] } {
    const send: Outgoing[] = [];
    const results: GatheringResult[] = [];
    const failed = ({ owner }: { readonly owner: QueryRequest }): void => {
      if (owner.keepalive) return;
      owner.query.state = "failed";
      const { base, server } = owner.query;
      results.push({ type: "error", base, server, code: 701, text: "STUN server did not answer" }); // W3C: 701 stands for "could not be reached"
    };
    send.push(...this.#requests.handleTimeout(now, failed));
    const waiting = this.#queries.find(({ state }) => state === "waiting");
    if (waiting !== undefined && now >= this.#nextQueryAt) {
      waiting.state = "in-progress";
      send.push(this.#ask(now, waiting, false));
      this.#nextQueryAt = now + this.#tunables.taMs;
    }
    if (this.#keepaliveAt !== undefined && now >= this.#keepaliveAt) {
      this.#keepaliveAt = keepAlive ? now + this.#tunables.reflexiveKeepaliveMs : undefined;
      if (keepAlive) for (const query of this.#queries) if (query.state === "answered") send.push(this.#ask(now, query, true));
    }
    return { send, results };
  }

  /** A Binding response. `"unknown"`: no request of this gatherer, or not from where the request went. */
  handleResponse(now: Instant, message: StunMessage, path: Path): GatheringResult | "unknown" | "nothing" {
    const request = this.#requests.match(message.transactionId);
    if (request === undefined) return "unknown";
    if (!sameTransportAddress(request.path.remote, path.remote) || !sameTransportAddress(request.path.local, path.local)) return "unknown";
    this.#requests.remove(request);
    const { query, keepalive } = request.owner;
    if (keepalive) return "nothing";
    const { base, server } = query;
    if (message.type === "binding-error-response") return this.#handleError(query, message);
    const mapped = findAttribute(message, "XOR-MAPPED-ADDRESS")?.value ?? findAttribute(message, "MAPPED-ADDRESS")?.value;
    const address = mapped === undefined ? undefined : addressOf(mapped);
    // RFC 8489 §6.3.3: unknown comprehension-required attributes fail the transaction.
    if (address === undefined || unknownRequiredAttributes(message).length > 0 || address.family !== base.family) {
      query.state = "failed";
      return { type: "error", base, server, code: 701, text: "STUN server sent an unusable response" };
    }
    query.state = "answered";
    this.#keepaliveAt ??= now + this.#tunables.reflexiveKeepaliveMs;
    return { type: "reflexive", base, server, mapped: address };
  }

  /** RFC 8489 §6.3.4 and, for 300, §10: an alternate of the same family is asked once. */
  #handleError(query: Query, message: StunMessage): GatheringResult | "nothing" {
    const { base, server, target } = query;
    const error = findAttribute(message, "ERROR-CODE")?.value ?? { code: 701, reason: "STUN server sent an error without a code" };
    const named = findAttribute(message, "ALTERNATE-SERVER")?.value;
    const alternate = named === undefined ? undefined : addressOf(named);
    query.state = "failed";
    if (error.code === 300 && target === server.address && alternate?.family === base.family && !sameTransportAddress(alternate, target)) {
      this.#queries.push({ base, server, target: alternate, state: "waiting" });
      return "nothing";
    }
    return { type: "error", base, server, code: error.code, text: error.reason };
  }

  #plan(base: TransportAddress, server: StunServer): void {
    // No server answers to a link-local address, nor one elsewhere to a loopback address.
    if (base.family !== server.address.family || base.protocol !== "udp" || isLinkLocalIp(base.ip)) return;
    if (isLoopbackIp(base.ip) && !isLoopbackIp(server.address.ip)) return;
    this.#queries.push({ base, server, target: server.address, state: "waiting" });
  }

  #ask(now: Instant, query: Query, keepalive: boolean): Outgoing {
    const { gatheringRtoMs, gatheringMaxRequests, gatheringLastWaitFactor } = this.#tunables;
    const timers: StunTransactionTimers = {
      rtoMs: gatheringRtoMs,
      maxRequests: keepalive ? 1 : gatheringMaxRequests,
      lastWaitFactor: gatheringLastWaitFactor,
    };
    const transactionId = randomBytes(this.#random, 12);
    const bytes = stunMessageBytes({ type: "binding-request", transactionId, attributes: [{ type: "FINGERPRINT" }] });
    const path = this.#intern({ local: query.base, remote: query.target });
    return this.#requests.start(now, { transactionId, bytes, path, owner: { query, keepalive }, timers });
  }
}

/** The URL of a server that is known by its address only. */
export function stunUrl({ ip, port }: TransportAddress): string {
  return formatIceUrl({ scheme: "stun", host: ip, port, transport: "udp" });
}

/** For candidates' foundations. */
export function serverKey(server: StunServer): string {
  return formatTransportAddress(server.address);
}

function addressOf(value: StunAddress): TransportAddress | undefined {
  return transportAddress(value.ip, value.port);
}
