// A registrar and a signalling-only back-to-back server: who is asked what, and who answers.
import { networkInterfaces } from "node:os";
import { isLoopbackIp } from "@purertc/core";
import {
  createSelfSignedCertificate,
  type Flow,
  type RequestEvent,
  SipStack,
  type SipTransportName,
  SipTransports,
  type TransactionEvent,
} from "@purertc/sip";
import { isSipUri, Malformed, type SipFault, type SipRequest, validateSipMessage } from "@purertc/sip-parser";
import { Attempt } from "./attempt.ts";
import { Authentication } from "./authentication.ts";
import { hangUp } from "./hang-up.ts";
import { Location } from "./location.ts";
import { createLog, type Log, peerOf } from "./log.ts";
import { MergedRequests } from "./merged-requests.ts";
import { NextHop } from "./next-hop.ts";
import type { ServerOptions } from "./options.ts";
import { Switchboard } from "./switchboard.ts";
import { WithinDialog } from "./within-dialog.ts";

/** Where a transport listens. */
export interface Listening {
  readonly transport: SipTransportName;
  readonly ip: string;
  readonly port: number;
}

export class SipServer {
  readonly listening: readonly Listening[];
  readonly #board: Switchboard;
  readonly #within: WithinDialog;
  readonly #merged = new MergedRequests();
  readonly #sweep: NodeJS.Timeout;
  #closing = false;

  private constructor(board: Switchboard, listening: readonly Listening[]) {
    this.#board = board;
    this.listening = listening;
    this.#within = new WithinDialog(board);
    this.#sweep = setInterval(() => this.#hangUpExpired(), 1000);
    this.#sweep.unref();
    board.stack.onEvent = (event) => this.#handle(event);
    board.stack.onFlowClosed = (flow) => this.#flowClosed(flow);
  }

  /** Listens on everything. Rejects when a port cannot be had. */
  static async start(options: ServerOptions): Promise<SipServer> {
    const log = createLog(options.log);
    const transports = new SipTransports();
    const stack = new SipStack({ transports });
    try {
      const listening = await listen(transports, options);
      const hosts = hostNames(options.bind);
      const supported = listening.map(({ transport }) => transport);
      const location = await Location.open(stack, options, { hosts, ports: new Set(listening.map(({ port }) => port)) });
      const board = new Switchboard({
        stack,
        options,
        log,
        nextHop: new NextHop(stack, supported, (uri) => location.isOwn(uri), options.dns),
        location,
        authentication: new Authentication(stack, new Set([options.domain, ...hosts]), options),
      });
      reportMalformed(transports, log);
      return new SipServer(board, listening);
    } catch (error) {
      await stack.close();
      throw error;
    }
  }

  /** Calls and other dialogs that stand, and requests on their way. */
  get load(): { readonly dialogs: number; readonly attempts: number } {
    return { dialogs: this.#board.dialogs.size, attempts: this.#board.attempts.size };
  }

  /** Hangs up all calls, and closes everything. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    clearInterval(this.#sweep);
    for (const attempt of [...this.#board.attempts.values()]) attempt.giveUp();
    const pairs = [...this.#board.dialogs];
    for (const pair of pairs) hangUp(this.#board, pair, 'SIP;cause=503;text="Server going down"');
    if (pairs.length > 0) await new Promise((resolve) => setTimeout(resolve, GOODBYE_MS));
    await this.#board.stack.close();
    await this.#board.location.close();
  }

  #handle(event: TransactionEvent): void {
    if (event.type === "request") void this.#request(event).catch((error: unknown) => this.#broken(event, error));
    else if (event.type === "ack") void this.#within.acknowledge(event);
    else if (event.type === "terminated" && event.transaction.kind === "server") this.#merged.forget(event.transaction);
  }

  async #request(event: RequestEvent): Promise<void> {
    const { stack, authentication, location } = this.#board;
    const { request, transaction, flow } = event;
    if (request.method === "CANCEL") return this.#cancel(event);
    const [fault] = validateSipMessage(request);
    if (fault !== undefined) {
      this.#board.log("malformed", { reason: fault.reason, header: fault.header, peer: peerOf(flow) });
      return this.#refuse(event, fault);
    }
    if (request.toTag !== undefined) return this.#within.relay(event);
    if (this.#closing) return stack.respond(transaction, this.#board.response(request, 503));
    if (request.method !== "REGISTER") {
      const isOwn = isForServer(request);
      const [hindrance] = validateSipMessage(request, isOwn ? OWN : PASSING); // §16.3: before anybody is asked for a password
      if (hindrance !== undefined) return this.#refuse(event, hindrance);
      if (isOwn) return stack.respond(transaction, this.#answerOwn(request));
    }
    const sender = authentication.senderOf(request, flow);
    if ("kind" in sender) {
      if (request.headers.has("Authorization")) this.#board.log("not authenticated", { method: request.method, peer: peerOf(flow) });
      return stack.respondOnce(transaction, sender); // no memory for strangers, and to whoever's address they write one packet for one
    }
    if (request.method !== "REGISTER") {
      if (this.#merged.isDouble(event)) return stack.respond(transaction, this.#board.response(request, 482));
      return new Attempt(this.#board, event, sender).start();
    }
    const response = await location.register(request, flow, sender);
    this.#board.log("register", {
      user: sender.user,
      status: response.statusCode,
      contacts: response.headers.all("Contact").length,
      peer: peerOf(flow),
    });
    stack.respond(transaction, response);
  }

  #cancel({ request, transaction, cancels }: RequestEvent): void {
    this.#board.stack.respond(transaction, this.#board.response(request, cancels === undefined ? 481 : 200));
    if (cancels === undefined || this.#within.cancel(cancels)) return;
    this.#board.attempts.get(cancels)?.cancel(request);
  }

  #refuse({ request, transaction }: RequestEvent, fault: SipFault): void {
    const { statusCode = 400, unsupported } = fault;
    const headers = {
      ...(statusCode === 420 && unsupported !== undefined && { Unsupported: unsupported }),
      ...(statusCode === 501 && { Allow: OWN.methods }),
    };
    const reasonPhrase = [fault.reasonPhrase, fault.reason, fault.header].filter((each) => each !== undefined).join(": ");
    this.#board.stack.respond(transaction, this.#board.response(request, statusCode, { reasonPhrase, headers }));
  }

  /** A request for the server itself: whether it lives is all there is to ask. */
  #answerOwn(request: SipRequest): ReturnType<Switchboard["response"]> {
    if (request.method !== "OPTIONS") return this.#board.response(request, 405, { headers: { Allow: "OPTIONS, REGISTER" } });
    return this.#board.response(request, 200, {
      headers: { Allow: ALLOWED.join(", "), Accept: "application/sdp", Supported: "path, outbound, gruu" },
    });
  }

  /** Browsers that lose their connection have a while to come back to their calls. */
  #flowClosed(flow: Flow): void {
    const { dialogs, location, options, stack } = this.#board;
    location.flowClosed(flow);
    if (flow.transport !== "WS" && flow.transport !== "WSS") return;
    for (const pair of dialogs) {
      if (pair.caller.flow === flow || pair.callee.flow === flow)
        pair.deadline = Math.min(pair.deadline, stack.now() + options.comeBackSeconds * 1000);
    }
  }

  #hangUpExpired(): void {
    const { dialogs, stack, log } = this.#board;
    for (const pair of [...dialogs]) {
      if (pair.deadline > stack.now()) continue;
      log("expired", { call: pair.attempt.number });
      if (pair.attempt.request.method === "INVITE") hangUp(this.#board, pair, 'SIP;cause=408;text="Session expired"');
      else dialogs.remove(pair);
    }
  }

  /** A bug here must not leave a phone waiting. */
  #broken({ request, transaction }: RequestEvent, error: unknown): void {
    this.#board.log("error", { method: request.method, error: error instanceof Error ? error.message : "unknown" });
    if (!this.#closing) this.#board.stack.respond(transaction, this.#board.response(request, 500));
  }
}

async function listen(transports: SipTransports, options: ServerOptions): Promise<readonly Listening[]> {
  const tls = options.tls ?? createSelfSignedCertificate({ hosts: [options.domain, options.bind] });
  const listening: Listening[] = [];
  for (const transport of ["UDP", "TCP", "TLS", "WS", "WSS"] as const) {
    const port = options.ports[transport];
    if (port === undefined) continue;
    const bound = await transports.listen({
      transport,
      host: options.bind,
      port,
      ...(transport === "TLS" || transport === "WSS" ? { tls } : {}),
    });
    listening.push({ transport, ip: bound.ip, port: bound.port });
  }
  return listening;
}

/** What this machine is called in URIs besides the domain. */
function hostNames(bind: string): readonly string[] {
  const any = bind === "0.0.0.0" || bind === "::";
  const own = any ? Object.values(networkInterfaces()).flatMap((each) => each ?? []) : [];
  const addresses = [bind, ...own.map(({ address }) => address)].map((ip) => (ip.includes(":") ? `[${ip}]` : ip));
  return any || isLoopbackIp(bind) ? [...addresses, "localhost"] : addresses;
}

function reportMalformed(transports: SipTransports, log: Log): void {
  transports.onMalformed = ({ reason, length, flow }) => log("malformed", { reason, length, peer: peerOf(flow) });
}

/** No user in the Request-URI. */
function isForServer({ uri }: SipRequest): boolean {
  return !(uri instanceof Malformed) && isSipUri(uri) && uri.user === undefined;
}

const ALLOWED = [
  "INVITE",
  "ACK",
  "CANCEL",
  "BYE",
  "OPTIONS",
  "REGISTER",
  "PRACK",
  "UPDATE",
  "INFO",
  "REFER",
  "NOTIFY",
  "SUBSCRIBE",
  "MESSAGE",
];
/** What is checked in requests for the server itself, and in those that are passed on. */
const OWN = { methods: ALLOWED, extensions: ["path", "outbound", "gruu"] };
const PASSING = { role: "proxy", extensions: ["privacy"] } as const;
/** For BYEs to be sent. */
const GOODBYE_MS = 300;
