/**
 * The transaction layer (RFC 3261 §17): finds the machine for each message, makes new ones, keeps their timers. Told things, polled for what to send
 * and what happened; the wiring of this folder.
 */
import { type Instant, InvalidArgumentError, InvalidStateError, Queue, type RandomSource } from "@purertc/core";
import {
  createCancel,
  createResponse,
  HeaderField,
  type HeadersInit,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  writeSipMessage,
} from "@purertc/sip-parser";
import type { Flow } from "../flow.ts";
import { Admission, sourceOf } from "./admission.ts";
import { BranchSource } from "./branches.ts";
import { ClientMachine } from "./client-machine.ts";
import { Deadlines } from "./deadlines.ts";
import { InviteClientMachine } from "./invite-client.ts";
import { InviteServerMachine } from "./invite-server.ts";
import type { TransactionContext, TransactionMachine } from "./machine.ts";
import { MessageBytes } from "./message-bytes.ts";
import { MessageTransmit } from "./message-transmit.ts";
import { NonInviteClientMachine } from "./non-invite-client.ts";
import { NonInviteServerMachine } from "./non-invite-server.ts";
import { ServerMachine } from "./server-machine.ts";
import { ServerTable } from "./server-table.ts";
import { completeTimers, type SipTimers } from "./timers.ts";
import type { ClientTransaction, ServerTransaction, TransactionEvent } from "./transaction.ts";

/** How a layer is set up. */
export interface TransactionLayerOptions {
  /** For branches: cryptographic in production. */
  readonly random: RandomSource;
  /** Those that differ from {@link DEFAULT_SIP_TIMERS}. */
  readonly timers?: Partial<SipTimers>;
  /** `request` throws beyond that many. Default 200000. */
  readonly maxClientTransactions?: number;
  /** Requests beyond that many are answered 503, without state; one source can hold half of them. Default 600000, which take some 600 MB when all are answered. */
  readonly maxServerTransactions?: number;
  /** 503 answers per second when the table is full; requests beyond them are dropped. Default 1000. */
  readonly maxRefusalsPerSecond?: number;
  /** What goes into our Via for requests on this flow. IPv6 addresses in brackets. */
  readonly sentBy: (flow: Flow) => { readonly host: string; readonly port?: number | undefined };
}

/** What was dropped or refused, for statistics. */
export interface TransactionCounters {
  /** Requests answered 503 or dropped because the table was full. */
  refused: number;
  /** Messages that no transaction can be found for: without Via, or with a status code out of range. */
  unusable: number;
}

/**
 * All transactions of one SIP element. After any call, poll `pollTransmit` and `pollEvent` until both are undefined, then arrange for `handleTimeout` at
 * `pollTimeout`. Messages passed in are kept while their transactions live.
 */
export class TransactionLayer {
  /** Refused and dropped messages. */
  readonly counters: TransactionCounters = { refused: 0, unusable: 0 };
  readonly #options: TransactionLayerOptions;
  readonly #context: TransactionContext;
  readonly #branches: BranchSource;
  readonly #bytes = new MessageBytes();
  readonly #maxClients: number;
  readonly #clients = new Map<string, ClientMachine>();
  /** CANCEL has the branch of what it cancels. */
  readonly #cancels = new Map<string, ClientMachine>();
  /** §9.1: CANCELs that wait for a provisional response. */
  readonly #heldCancels = new Map<ClientMachine, HeadersInit | undefined>();
  readonly #servers = new ServerTable();
  readonly #admission: Admission;
  /** The machines of each connection, to tell them when it fails. */
  readonly #byFlow = new Map<number, Set<ClientMachine | ServerMachine>>();
  readonly #events = new Queue<TransactionEvent>();
  readonly #transmits = new Queue<MessageTransmit>();
  readonly #deadlines = new Deadlines<TransactionMachine>();
  #lastId = 0;
  #now: Instant = Number.NEGATIVE_INFINITY;
  #refusalSecond = Number.NEGATIVE_INFINITY;
  #refusals = 0;
  #closed = false;

  constructor(options: TransactionLayerOptions) {
    this.#options = options;
    this.#branches = new BranchSource(options.random);
    this.#maxClients = options.maxClientTransactions ?? 200_000;
    this.#admission = new Admission(options.maxServerTransactions ?? 600_000);
    this.#context = {
      timers: completeTimers(options.timers),
      deadlines: this.#deadlines,
      write: (message) => this.#bytes.write(message),
      transmit: (transmit) => this.#transmits.push(transmit),
      emit: (event) => this.#events.push(event),
      forget: (machine) => this.#forget(machine),
    };
  }

  /** The timers in force. */
  get timers(): SipTimers {
    return this.#context.timers;
  }

  /** How many transactions there are. */
  get size(): { readonly clients: number; readonly servers: number } {
    return { clients: this.#clients.size + this.#cancels.size, servers: this.#servers.size };
  }

  /**
   * Sends a request in a new client transaction (§17.1). The request is not changed: what is sent, and is in the transaction, is a copy with our Via on
   * top. Throws `InvalidArgumentError` for ACK and CANCEL (see `send` and `cancel`), and `InvalidStateError` when there are too many transactions.
   */
  request(now: Instant, request: SipRequest, flow: Flow): ClientTransaction {
    this.#enter(now);
    const { method } = request;
    if (method === "ACK" || method === "CANCEL") {
      throw new InvalidArgumentError(`${method} starts no transaction of its own: use ${method === "ACK" ? "send" : "cancel"}`, {
        code: "SIP_REQUEST_METHOD",
      });
    }
    if (this.#clients.size >= this.#maxClients) {
      throw new InvalidStateError(`there are ${this.#maxClients} client transactions already`, { code: "SIP_TOO_MANY_TRANSACTIONS" });
    }
    const branch = this.#branches.next();
    const init = { id: this.#nextId(), request: this.#withVia(request, flow, branch), flow, branch };
    const machine = method === "INVITE" ? new InviteClientMachine(this.#context, init) : new NonInviteClientMachine(this.#context, init);
    this.#clients.set(branch.toLowerCase(), machine);
    this.#watch(machine);
    machine.start(this.#now);
    return machine;
  }

  /**
   * Cancels an INVITE (§9.1): at once when a provisional response has come, otherwise as soon as one comes; then a final response must come within 64 T1.
   * Gives the CANCEL's transaction; undefined when it waits, or when the INVITE has its final response (nothing is sent then), or was cancelled before.
   * `headers` are added, such as Reason. Throws `InvalidArgumentError` for other methods, which must not be cancelled.
   */
  cancel(now: Instant, transaction: ClientTransaction, headers?: HeadersInit): ClientTransaction | undefined {
    this.#enter(now);
    const machine = this.#clients.get(transaction.branch.toLowerCase());
    if (transaction.request.method !== "INVITE") {
      throw new InvalidArgumentError("only INVITE can be cancelled", { code: "SIP_CANCEL_METHOD" });
    }
    if (!(machine instanceof InviteClientMachine) || this.#cancels.has(machine.branch.toLowerCase())) return undefined;
    if (machine.state === "calling") this.#heldCancels.set(machine, headers);
    return machine.state === "proceeding" ? this.#sendCancel(machine, headers) : undefined;
  }

  /**
   * Sends a message outside transactions: the ACK to a 2xx, a stateless response. A request without Via gets ours, with a new branch. Gives what was sent;
   * a request to send again, such as that ACK, is then sent again as it was.
   */
  send<Message extends SipMessage>(now: Instant, message: Message, flow: Flow): Message;
  send(now: Instant, message: SipMessage, flow: Flow): SipMessage {
    this.#enter(now);
    const sent = message.kind === "request" && !message.headers.has("Via") ? this.#withVia(message, flow, this.#branches.next()) : message;
    this.#transmits.push(new MessageTransmit(sent, writeSipMessage(sent), flow));
    return sent;
  }

  /** Answers a request. What the state does not allow, such as a second final response, is dropped (§17.2). */
  respond(now: Instant, transaction: ServerTransaction, response: SipResponse): void {
    this.#enter(now);
    const machine = this.#machineOf(transaction);
    if (response.statusCode >= 200) this.#servers.expectAck(machine, response);
    machine.respond(this.#now, response);
  }

  /**
   * Answers a request for good and forgets it at once, as a stateless server does (§8.2.7): for strangers, who are owed an answer and no memory. Nothing is
   * sent again, and the request is a new one when it comes again, so the answer should have the same To tag then.
   */
  respondOnce(now: Instant, transaction: ServerTransaction, response: SipResponse): void {
    this.#enter(now);
    this.#machineOf(transaction).respondOnce(response);
  }

  /** §18.2.2: sends what was answered last, and all that follows, over another flow: the connection of the request is gone. */
  moveTo(now: Instant, transaction: ServerTransaction, flow: Flow): void {
    this.#enter(now);
    const machine = this.#machineOf(transaction);
    if (machine.state === "terminated") return;
    this.#unwatch(machine);
    machine.moveTo(flow);
    this.#watch(machine);
  }

  /** A message came. The transport has framed it, and put `received` and `rport` into the topmost Via of a request. Never throws. */
  receive(now: Instant, message: SipMessage, flow: Flow): void {
    if (this.#closed) return;
    this.#advance(now);
    if (message.kind === "request") this.#receiveRequest(message, flow);
    else this.#receiveResponse(message, flow);
  }

  /** The flow is gone: its client transactions end, its server transactions are reported (§17.1.4, RFC 6026 §8.8). Never throws. */
  flowFailed(now: Instant, flow: Flow, reason: string): void {
    if (this.#closed) return;
    this.#advance(now);
    for (const machine of [...(this.#byFlow.get(flow.id) ?? [])]) machine.handleFlowFailure(reason);
  }

  /** The next thing to know. */
  pollEvent(): TransactionEvent | undefined {
    return this.#events.shift();
  }

  /** The next message to send. */
  pollTransmit(): MessageTransmit | undefined {
    return this.#transmits.shift();
  }

  /** A deadline passed. Early calls are harmless. Never throws. */
  handleTimeout(now: Instant): void {
    if (this.#closed) return;
    this.#advance(now);
    for (let next = this.#deadlines.soonest; next !== undefined && next.wakeAt <= this.#now; next = this.#deadlines.soonest) {
      next.handleTimeout(this.#now);
    }
  }

  /** When to call `handleTimeout`. */
  pollTimeout(): Instant | undefined {
    return this.#deadlines.soonest?.wakeAt;
  }

  /** Forgets everything at once, without telling anybody; end what should be ended before. */
  close(now: Instant): void {
    this.#advance(now);
    this.#closed = true;
    this.#clients.clear();
    this.#cancels.clear();
    this.#heldCancels.clear();
    this.#servers.clear();
    this.#byFlow.clear();
    this.#deadlines.clear();
    this.#events.clear();
    this.#transmits.clear();
  }

  #receiveRequest(request: SipRequest, flow: Flow): void {
    const { method } = request;
    const found = this.#servers.find(request);
    if (found === "unusable") {
      this.counters.unusable += 1;
      return;
    }
    const { machine, key } = found;
    if (method === "ACK") {
      if (machine instanceof InviteServerMachine) machine.handleAck(this.#now, request);
      else this.#events.push({ type: "ack", request, flow });
      return;
    }
    if (machine !== undefined) {
      machine.handleRetransmission(flow);
      return;
    }
    const cancels = method === "CANCEL" ? this.#servers.cancelled(key) : undefined;
    const source = sourceOf(flow.remote);
    if (cancels !== undefined) this.#admission.admitAlways(source);
    else if (!this.#admission.admit(source)) {
      this.#refuse(request, flow);
      return;
    }
    const init = { id: this.#nextId(), request, flow, key, source };
    const created = method === "INVITE" ? new InviteServerMachine(this.#context, init) : new NonInviteServerMachine(this.#context, init);
    this.#servers.add(created);
    this.#watch(created);
    created.start(this.#now);
    this.#events.push(
      cancels === undefined
        ? { type: "request", transaction: created, request, flow }
        : { type: "request", transaction: created, request, flow, cancels },
    );
  }

  /** §21.5.4, without state: an ACK to it finds nothing and is passed up, where nobody wants it. */
  #refuse(request: SipRequest, flow: Flow): void {
    this.counters.refused += 1;
    const second = Math.floor(this.#now / 1000);
    if (second !== this.#refusalSecond) this.#refusals = 0;
    this.#refusalSecond = second;
    this.#refusals += 1;
    if (this.#refusals > (this.#options.maxRefusalsPerSecond ?? 1000)) return;
    const response = createResponse(request, 503, { toTag: this.#branches.next() });
    this.#transmits.push(new MessageTransmit(response, writeSipMessage(response), flow));
  }

  /** §17.1.3: by the branch of the topmost Via and the method in CSeq. */
  #receiveResponse(response: SipResponse, flow: Flow): void {
    const { branch, cseq, statusCode } = response;
    if (statusCode < 100 || statusCode > 699 || branch === undefined || cseq === undefined) {
      this.counters.unusable += 1;
      return;
    }
    const machine = (cseq.method === "CANCEL" ? this.#cancels : this.#clients).get(branch.toLowerCase());
    if (machine === undefined || machine.request.method !== cseq.method) {
      this.#events.push({ type: "stray-response", response, flow });
      return;
    }
    machine.handleResponse(this.#now, response);
    if (machine instanceof InviteClientMachine && this.#heldCancels.has(machine)) {
      const headers = this.#heldCancels.get(machine);
      this.#heldCancels.delete(machine);
      if (machine.state === "proceeding") this.#sendCancel(machine, headers);
    }
  }

  #sendCancel(invite: InviteClientMachine, headers: HeadersInit | undefined): ClientTransaction {
    const request = createCancel(invite.request);
    const pairs = headers === undefined ? [] : Array.isArray(headers) ? headers : Object.entries(headers);
    for (const [name, value] of pairs) if (value !== undefined) request.headers.set(name, value);
    const { flow, branch } = invite;
    const machine = new NonInviteClientMachine(this.#context, { id: this.#nextId(), request, flow, branch });
    this.#cancels.set(branch.toLowerCase(), machine);
    this.#watch(machine);
    machine.start(this.#now);
    invite.limitAfterCancel(this.#now);
    return machine;
  }

  /** §18.1.1, §8.1.1.7; `rport` of RFC 3581 asks for the answer where the request came from. */
  #withVia(request: SipRequest, flow: Flow, branch: string): SipRequest {
    const { host, port } = this.#options.sentBy(flow);
    const sentBy = port === undefined ? host : `${host}:${port}`;
    const sent = request.copy();
    sent.headers.addRaw(HeaderField.of("Via", `SIP/2.0/${flow.transport} ${sentBy};branch=${branch};rport`), 0);
    return sent;
  }

  #machineOf(transaction: ServerTransaction): ServerMachine {
    if (transaction instanceof ServerMachine) return transaction;
    throw new InvalidArgumentError("not a server transaction of this layer", { code: "SIP_FOREIGN_TRANSACTION" });
  }

  /** Over UDP, nobody can tell a server that its client is gone. */
  #watch(machine: ClientMachine | ServerMachine): void {
    if (machine.kind === "server" && !machine.flow.reliable) return;
    const { id } = machine.flow;
    const machines = this.#byFlow.get(id);
    if (machines === undefined) this.#byFlow.set(id, new Set([machine]));
    else machines.add(machine);
  }

  #unwatch(machine: ClientMachine | ServerMachine): void {
    const { id } = machine.flow;
    const machines = this.#byFlow.get(id);
    machines?.delete(machine);
    if (machines?.size === 0) this.#byFlow.delete(id);
  }

  #forget(machine: TransactionMachine): void {
    if (machine instanceof ServerMachine) {
      this.#servers.remove(machine);
      this.#admission.release(machine.source);
      this.#unwatch(machine);
    } else if (machine instanceof ClientMachine) {
      const table = machine.request.method === "CANCEL" ? this.#cancels : this.#clients;
      table.delete(machine.branch.toLowerCase());
      this.#heldCancels.delete(machine);
      this.#unwatch(machine);
    }
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** An API call. */
  #enter(now: Instant): void {
    if (this.#closed) throw new InvalidStateError("the transaction layer is closed", { code: "SIP_CLOSED" });
    this.#advance(now);
  }

  /** Time does not go back. */
  #advance(now: Instant): void {
    if (now > this.#now) this.#now = now;
  }
}
