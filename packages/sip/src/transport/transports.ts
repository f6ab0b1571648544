/** The transport layer of one SIP element (RFC 3261 §18): sockets, connections, what comes in and what goes out. */
import { randomFillSync } from "node:crypto";
import { InvalidArgumentError, type RandomSource, randomString, type TransportAddress, transportAddress } from "@purertc/core";
import { createResponse, type SipMessage, type SipRequest, type Via, writeSipMessage } from "@purertc/sip-parser";
import { defaultPort, type Flow, type SipTarget, type SipTransportName } from "../flow.ts";
import { addressOf, datagramReplyAddress, isTruncated, stampSource } from "./admission.ts";
import { systemClock, type TransportClock } from "./clock.ts";
import { Connection } from "./connection.ts";
import { ConnectionPool, dialKey } from "./connection-pool.ts";
import { ConnectionSlots } from "./connection-slots.ts";
import { type Dialled, dial } from "./dial.ts";
import { FairQueue } from "./fair-queue.ts";
import { type Accepted, type ConnectionListener, listenForConnections } from "./listener.ts";
import { isWildcard } from "./local-address.ts";
import {
  DEFAULT_LIMITS,
  DEFAULT_TIMEOUTS,
  DEFAULT_UDP_REQUEST_LIMIT,
  type ListenOptions,
  type MalformedReport,
  type SipTransportsOptions,
  type TransportLimits,
  type TransportTimeouts,
} from "./options.ts";
import { SentBy } from "./sent-by.ts";
import { StreamWire } from "./stream-wire.ts";
import { SipTransportError } from "./transport-error.ts";
import { type FlowCloseReason, type FlowOwner, TransportFlow } from "./transport-flow.ts";
import { UdpSocket } from "./udp-socket.ts";
import { WebSocketWire } from "./web-socket-wire.ts";

/** How a flow is chosen. */
export interface FlowOptions {
  /** Gives up when it aborts. */
  readonly signal?: AbortSignal;
  /** The local end: the listener with this address for UDP, the address to connect from otherwise. */
  readonly from?: TransportAddress;
}

/** See {@link SipTransports.refused}. */
export interface TransportRefusals {
  /** Datagrams that found a queue full, their source's, everybody's or the kernel's. */
  readonly datagrams: number;
  /** Connections beyond a limit, of peers and of one's own. */
  readonly connections: number;
}

interface Listening {
  readonly options: ListenOptions;
  readonly bound: TransportAddress;
  readonly udp: UdpSocket | undefined;
  readonly connections: ConnectionListener | undefined;
}

/** Set the `on...` properties, then {@link listen} or {@link flowTo}. Nothing a peer sends makes any method throw. */
export class SipTransports {
  /** A message came, framed, its source noted in the topmost Via; a response to it goes to `flow`. Must not throw. */
  onMessage: ((message: SipMessage, flow: Flow) => void) | undefined;
  /** Something that is no message was dropped, or answered with 400 or 513. */
  onMalformed: ((report: MalformedReport) => void) | undefined;
  /** A peer has opened a connection. */
  onFlowOpened: ((flow: Flow) => void) | undefined;
  /** A flow has failed or closed: no more will come from it, and what was sent may be lost. */
  onFlowClosed: ((flow: Flow, reason: string) => void) | undefined;

  readonly #options: SipTransportsOptions;
  readonly #limits: TransportLimits;
  readonly #timeouts: TransportTimeouts;
  readonly #clock: TransportClock;
  readonly #random: RandomSource;
  readonly #owner: FlowOwner;
  readonly #listening: Listening[] = [];
  readonly #connections = new Set<Connection>();
  /** All of these, and those that are closed but whose sockets are not gone yet. */
  readonly #wired = new Set<Connection>();
  readonly #pool = new ConnectionPool();
  readonly #dialling = new Map<string, Promise<Connection>>();
  readonly #closing = new AbortController();
  readonly #sentBy: SentBy;
  #closed: Promise<void> | undefined;

  constructor(options: SipTransportsOptions = {}) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#sentBy = new SentBy({
      advertisedHost: options.advertisedHost,
      aliases: options.sentByAliases ?? [],
      webSocketHost: `${randomString(this.#random, 12, ALPHANUMERIC)}.invalid`,
    });
    this.#owner = this.#createOwner();
  }

  /** What is listened on, in the order of `listen`. */
  get listeners(): readonly { readonly transport: SipTransportName; readonly address: TransportAddress }[] {
    return this.#listening.map(({ options, bound }) => ({ transport: options.transport, address: bound }));
  }

  /** Open connections. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** What was dropped and refused so far for want of room; the numbers only grow. */
  get refused(): TransportRefusals {
    const datagrams = this.#listening.reduce((sum, { udp }) => sum + (udp?.dropped ?? 0), 0);
    return { datagrams, connections: this.#owner.slots.refused };
  }

  /** Begins to listen; gives the address with its actual port. Rejects with `SipTransportError` `LISTEN_FAILED`. */
  async listen(options: ListenOptions): Promise<TransportAddress> {
    this.#checkOpen();
    checkTransport(options.transport);
    const host = addressOf(options.host ?? "0.0.0.0");
    if (host === undefined) throw new InvalidArgumentError(`${options.host} is no IP address`, { code: "SIP_LISTEN_HOST" });
    const stated = { ...options, host };
    const listening: Listening = options.transport === "UDP" ? await this.#listenUdp(stated) : await this.#listenForConnections(stated);
    if (this.#closing.signal.aborted) {
      await closeListening(listening);
      this.#checkOpen();
    }
    this.#listening.push(listening);
    this.#sentBy.add({ transport: options.transport, bound: listening.bound, advertised: options.advertised });
    return listening.bound;
  }

  /**
   * A flow to the target: an open connection that serves it, or a new one (RFC 3261 §18.1.1, RFC 5923); over UDP at once. Several callers who ask at the
   * same time share one connection. Rejects with `SipTransportError`.
   */
  async flowTo(target: SipTarget, options: FlowOptions = {}): Promise<Flow> {
    this.#checkOpen();
    if (options.signal?.aborted) throw new SipTransportError("the caller gave up", { code: "ABORTED", cause: options.signal.reason });
    checkTransport(target.transport);
    const ip = addressOf(target.ip);
    if (ip === undefined || !(target.port > 0 && target.port <= 0xffff)) {
      throw new SipTransportError(`${target.ip}:${target.port} is no IP address and port`, { code: "BAD_TARGET" });
    }
    if (target.transport === "UDP") return this.#udpFlowTo(ip, target.port, options.from);
    const wanted = { ...target, ip };
    const open = this.#pool.find(wanted);
    if (open !== undefined) return open;
    const key = dialKey(wanted);
    let dialling = this.#dialling.get(key);
    if (dialling === undefined) {
      dialling = this.#dial(wanted, options.from).finally(() => this.#dialling.delete(key));
      this.#dialling.set(key, dialling);
    }
    return options.signal === undefined ? dialling : unlessAborted(dialling, options.signal);
  }

  /**
   * What to try, in order, for a request of this many octets: a request that may be too large for a datagram goes over TCP instead of UDP, and over UDP
   * after all when that fails (RFC 3261 §18.1.1). The topmost Via has to name the transport that is used in the end.
   */
  transportFor(length: number, target: SipTarget): readonly SipTarget[] {
    if (target.transport !== "UDP" || length <= (this.#options.udpRequestLimit ?? DEFAULT_UDP_REQUEST_LIMIT)) return [target];
    return [{ ...target, transport: "TCP" }, target];
  }

  /** {@link flowTo} for a request of this many octets: the first of {@link transportFor} that can be had. */
  async flowForRequest(length: number, target: SipTarget, options: FlowOptions = {}): Promise<Flow> {
    const choices = this.transportFor(length, target);
    for (const choice of choices.slice(0, -1)) {
      try {
        return await this.flowTo(choice, options);
      } catch (error) {
        if (!(error instanceof SipTransportError) || error.code === "ABORTED" || error.code === "CLOSED") throw error;
      }
    }
    return this.flowTo(choices[choices.length - 1]!, options);
  }

  /** Sends one message. It is queued; when more is queued than `maxSendBuffer` the flow fails. Nothing happens when it has closed. Do not change `bytes` afterwards. */
  send(flow: Flow, bytes: Uint8Array): void {
    this.#own(flow).write(bytes);
  }

  /**
   * RFC 5626 §4.4: keep-alives on a flow, each after 80 % to 100 % of `intervalMs`; 0 stops them. CRLFs on streams, WebSocket pings, STUN on UDP. A flow
   * whose peer does not answer closes with `"keep-alive-timeout"`.
   */
  keepAlive(flow: Flow, intervalMs: number): void {
    if (!(intervalMs >= 0)) throw new InvalidArgumentError("the interval is a number of milliseconds", { code: "SIP_KEEP_ALIVE_INTERVAL" });
    this.#own(flow).keepAlive(intervalMs);
  }

  /** Closes a flow once everything written is sent; `onFlowClosed` follows. */
  closeFlow(flow: Flow, reason = "local-close"): void {
    this.#own(flow).close(reason);
  }

  /** What belongs into sent-by of Via, and into Contact, for requests sent over a flow (RFC 3261 §18.1.1, RFC 7118 §B.1). */
  sentBy(flow: Flow): { readonly host: string; readonly port?: number } {
    return this.#sentBy.of(flow, flow instanceof Connection && flow.role === "client");
  }

  /** Closes every listener, connection and flow; resolves when the sockets are closed. */
  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  /** As {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #closeAll(): Promise<void> {
    this.#closing.abort(closedError());
    this.#owner.queue.close();
    const connections = [...this.#wired].map((connection) => connection.shutDown());
    await Promise.all([...connections, ...this.#listening.map(closeListening)]);
  }

  #createOwner(): FlowOwner {
    const limits = this.#limits;
    return {
      clock: this.#clock,
      random: this.#random,
      limits,
      timeouts: this.#timeouts,
      queue: new FairQueue({ maxPerSource: limits.maxQueuedPerSource, maxTotal: limits.maxQueued, defer: setImmediate }),
      slots: new ConnectionSlots(limits),
      followMaddr: this.#options.followMaddr === true,
      buffered: { octets: 0 },
      received: (message, flow) => this.#received(message, flow),
      malformed: (reason, length, flow, message) => this.#malformed(reason, length, flow, message),
      opened: (flow) => this.onFlowOpened?.(flow),
      closed: (flow, reason) => this.#flowClosed(flow, reason),
    };
  }

  #received(message: SipMessage, flow: TransportFlow): void {
    if (message.kind === "response") {
      const isClient = flow instanceof Connection && flow.role === "client";
      if (isTruncated(message))
        this.#malformed("truncated-body", 0, flow); // §18.3: dropped
      else if (!this.#sentBy.recognizes(message, flow, isClient))
        this.#malformed("foreign-via", 0, flow); // §18.1.2
      else this.onMessage?.(message, flow);
      return;
    }
    const via = stampSource(message, flow.remote);
    if (via === undefined) {
      this.#malformed("bad-via", 0, flow, message);
      return;
    }
    if (flow.transport !== "UDP") this.#considerAlias(message, flow);
    if (isTruncated(message)) this.#malformed("truncated-body", 0, flow, message);
    else this.onMessage?.(message, this.#wayBack(via, flow));
  }

  /** §18.2.2: where the response to a request with this topmost Via goes. */
  #wayBack(via: Via, flow: TransportFlow): TransportFlow {
    if (flow.transport !== "UDP") return flow;
    const { ip, port } = datagramReplyAddress(via, flow.remote, this.#owner.followMaddr);
    return flow.towards(ip, port);
  }

  #malformed(reason: string, length: number, flow: TransportFlow, message?: SipMessage): void {
    this.onMalformed?.({ reason, length, flow });
    if (message?.kind !== "request" || message.method === "ACK" || this.#options.answerMalformed === false) return;
    // RFC 4475 §3.1.2.1: a Via that cannot be read tells no way back, but the request came from somewhere. What has little else in it gets no answer: the
    // answer would be larger than the request, for whoever wrote another's address on it.
    const via = stampSource(message, flow.remote);
    if (via === undefined && !IDENTIFYING.every((name) => message.headers.has(name))) return;
    // §18.3: a 400 tells the peer what happened; it is all this element remembers of the request.
    const statusCode = TOO_LARGE.has(reason) ? 513 : 400;
    const toTag = randomString(this.#random, 8, ALPHANUMERIC);
    const answerOn = via === undefined ? flow : this.#wayBack(via, flow);
    answerOn.write(writeSipMessage(createResponse(message, statusCode, { toTag })));
  }

  /** RFC 5923 §8.2: only over TLS that has authenticated both ends. */
  #considerAlias(request: SipRequest, flow: TransportFlow): void {
    if (!(flow instanceof Connection) || flow.role !== "server" || flow.transport !== "TLS" || flow.peerIdentities.length === 0) return;
    const via = request.topVia;
    if (via === undefined || this.#options.connectionReuse === false || !via.parameters.has("alias")) return;
    this.#pool.addAlias(flow, flow.remote.ip, via.port ?? defaultPort("TLS"));
  }

  #flowClosed(flow: TransportFlow, reason: FlowCloseReason): void {
    if (flow instanceof Connection) {
      this.#connections.delete(flow);
      this.#pool.remove(flow);
    }
    this.onFlowClosed?.(flow, reason);
  }

  async #listenUdp(options: ListenOptions): Promise<Listening> {
    const udp = await UdpSocket.bind({ ip: options.host!, port: options.port ?? 0 }, this.#owner);
    return { options, bound: udp.bound, udp, connections: undefined };
  }

  async #listenForConnections(options: ListenOptions): Promise<Listening> {
    const connections = await listenForConnections(options, this.#owner, (accepted) => {
      const connection = this.#adopt(options.transport, "server", accepted); // whether anybody listens or not
      this.onFlowOpened?.(connection);
    });
    return { options, bound: connections.bound, udp: undefined, connections };
  }

  async #udpFlowTo(ip: string, port: number, from: TransportAddress | undefined): Promise<Flow> {
    const family = ip.includes(":") ? 6 : 4;
    const sockets = this.#listening.filter(({ udp, bound }) => udp !== undefined && bound.family === family);
    const chosen =
      from === undefined
        ? sockets[0]
        : sockets.find(({ bound }) => bound.port === from.port && (bound.ip === from.ip || isWildcard(bound.ip)));
    const flow = chosen?.udp?.flowTo(ip, port);
    if (flow !== undefined) return flow;
    if (from !== undefined) throw new SipTransportError(`no UDP listener at ${from.ip}:${from.port}`, { code: "BAD_TARGET" });
    await this.listen({ transport: "UDP", host: family === 6 ? "::" : "0.0.0.0" });
    return this.#udpFlowTo(ip, port, undefined);
  }

  async #dial(target: SipTarget, from: TransportAddress | undefined): Promise<Connection> {
    const slot = this.#owner.slots.take();
    if (typeof slot === "string") throw new SipTransportError("as many connections as allowed are open", { code: "TOO_MANY_CONNECTIONS" });
    let dialled: Dialled;
    try {
      dialled = await dial(target, {
        clock: this.#clock,
        timeoutMs: this.#timeouts.connect,
        tls: this.#options.tls ?? {},
        maxPayload: this.#limits.maxHeadLength + this.#limits.maxBodyLength,
        ...(from !== undefined && { localAddress: from.ip }),
        signal: this.#closing.signal,
      });
    } catch (error) {
      slot.release();
      throw error;
    }
    const { socket } = dialled;
    const local = transportAddress((socket.localAddress ?? "").split("%", 1)[0]!, socket.localPort ?? 0, "tcp");
    const remote = transportAddress(target.ip, target.port, "tcp")!;
    const connection = this.#adopt(target.transport, "client", { ...dialled, local: local ?? remote, remote, slot });
    this.#pool.addDialled(connection, target);
    return connection;
  }

  #adopt(transport: SipTransportName, role: "client" | "server", accepted: Accepted): Connection {
    const { socket, webSocket } = accepted;
    const wire = webSocket === undefined ? new StreamWire(socket, role, this.#limits) : new WebSocketWire(webSocket, socket, this.#limits);
    const release = (): void => {
      accepted.slot.release();
      this.#wired.delete(connection);
    };
    const slot = { prove: accepted.slot.prove, release };
    const connection = new Connection({ ...accepted, transport, role, wire, slot }, this.#owner);
    this.#connections.add(connection);
    this.#wired.add(connection);
    wire.attach(connection);
    return connection;
  }

  #own(flow: Flow): TransportFlow {
    if (flow instanceof TransportFlow) return flow;
    throw new InvalidArgumentError("not a flow of these transports", { code: "SIP_FOREIGN_FLOW" });
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw closedError();
  }
}

/** For programs without types, and what is read from files: `"udp"` is none of them. */
function checkTransport(name: SipTransportName): void {
  if (!TRANSPORTS.has(name)) throw new InvalidArgumentError(`no transport: ${JSON.stringify(name)}`, { code: "SIP_TRANSPORT" });
}

function closedError(): SipTransportError {
  return new SipTransportError("the transports are closed", { code: "CLOSED" });
}

async function closeListening({ udp, connections }: Listening): Promise<void> {
  await Promise.all([udp?.close(), connections?.close()]);
}

/** The promise, or a rejection as soon as the signal aborts. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(new SipTransportError("the caller gave up", { code: "ABORTED", cause: signal.reason }));
    signal.addEventListener("abort", aborted, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", aborted));
  });
}

const TRANSPORTS: ReadonlySet<string> = new Set(["UDP", "TCP", "TLS", "WS", "WSS"] satisfies SipTransportName[]);
const IDENTIFYING = ["From", "To", "Call-ID", "CSeq"] as const;
/** §21.5.7. */
const TOO_LARGE: ReadonlySet<string> = new Set(["too-long", "head-too-long", "body-too-long", "too-many-header-fields"]);
const ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyz0123456789";

const systemRandom: RandomSource = {
  fill(out) {
    randomFillSync(out);
  },
};
