/**
 * Two user agents with transaction layers, joined by a network that loses, delays, reorders and duplicates, in virtual time. They call each other by
 * chance, change their minds by chance, and write down what they believe to have agreed on.
 */
import { type Instant, Malformed, type TransportAddress } from "@purertc/core";
import { type SeededRandom, seededRandom } from "@purertc/simulator";
import { createResponse, nameAddress, parseSipMessage, type SipMessage, type SipRequest } from "@purertc/sip-parser";
import type { Flow } from "../src/flow.ts";
import {
  descriptionOf,
  InviteSession,
  type InviteSessionEvent,
  type RequestId,
  type SessionDescription,
  type UsageOutput,
} from "../src/session/index.ts";
import { type ClientTransaction, type ServerTransaction, type TransactionEvent, TransactionLayer } from "../src/transaction/index.ts";

/** What the network does to each message. */
export interface Weather {
  readonly lossRate: number;
  readonly duplicateRate: number;
  readonly delayMs: number;
  readonly jitterMs: number;
}

/** What one side believes: the descriptions of the exchange that was completed last. */
interface Agreement {
  local: string;
  remote: string;
}

export class SimulatedAgent {
  readonly name: string;
  readonly layer: TransactionLayer;
  readonly flow: Flow;
  readonly random: SeededRandom;
  readonly events: InviteSessionEvent[] = [];
  session: InviteSession | undefined;
  agreement: Agreement | undefined;
  /** What the agent does of its own, by chance, when its session has changed. */
  onEvent: (event: InviteSessionEvent) => void = () => {};
  /** The offer that went out last, and the one that came in last. */
  #offered: string | undefined;
  #offeredToUs: string | undefined;
  readonly #noted = new WeakSet<SipMessage>();
  #texts = 0;
  readonly #requests = new Map<RequestId, ClientTransaction>();
  readonly #ids = new Map<ClientTransaction, RequestId>();
  readonly #servers = new Map<SipRequest, ServerTransaction>();
  readonly #acks = new Map<SipRequest, SipRequest>();

  constructor(name: string, address: TransportAddress, peer: TransportAddress, random: SeededRandom) {
    this.name = name;
    this.random = random;
    this.flow = { id: 1, transport: "UDP", reliable: false, secure: false, local: address, remote: peer, peerIdentities: [], open: true };
    this.layer = new TransactionLayer({ random: random.fork("layer"), sentBy: () => ({ host: address.ip, port: address.port }) });
  }

  get options() {
    return {
      random: this.random.fork("session"),
      contact: nameAddress(`sip:${this.name}@${this.flow.local.ip}`),
      sessionTimer: { expires: 90 },
    };
  }

  call(now: Instant, offering: boolean): void {
    const offer = offering ? this.offer() : undefined;
    this.session = InviteSession.invite(
      now,
      { target: "sip:b@10.0.0.2", from: nameAddress("sip:a@10.0.0.1"), ...(offer && { offer }) },
      this.options,
    );
  }

  /** A new description to offer. */
  offer(): string {
    this.#texts += 1;
    return `offer ${this.#texts} of ${this.name}`;
  }

  /** The answer to an offer. */
  answerTo(offer: string): string {
    return `${this.name} answers ${offer}`;
  }

  drain(now: Instant): void {
    for (let more = true; more; ) {
      more = false;
      for (let event = this.layer.pollEvent(); event !== undefined; event = this.layer.pollEvent()) {
        more = true;
        this.#fromLayer(now, event);
      }
      for (let output = this.session?.pollOutput(); output !== undefined; output = this.session?.pollOutput()) {
        more = true;
        this.#fromSession(now, output);
      }
      for (let event = this.session?.pollEvent(); event !== undefined; event = this.session?.pollEvent()) {
        more = true;
        this.#told(now, event);
      }
    }
  }

  #told(now: Instant, event: InviteSessionEvent): void {
    this.events.push(event);
    if (event.type === "offer") this.#offeredToUs = textOf(event.offer);
    if (event.type === "answer" && this.#offered !== undefined) this.agreement = { local: this.#offered, remote: textOf(event.answer) };
    if (event.type === "offer" && (event.in !== "INVITE" || this.session?.state === "confirmed")) {
      const offer = textOf(event.offer);
      if (this.random.chance(0.1) && (event.in === "INVITE" || event.in === "UPDATE")) this.session?.refuse(now);
      else this.session?.answer(now, this.answerTo(offer), event.dialog);
    } else if (event.type === "offer-wanted") this.session?.answer(now, this.offer(), event.dialog);
    else if (event.type === "refer") {
      event.refer.accept(now);
      event.refer.notify(now, 200);
    } else if (event.type === "request") this.session?.respond(now, event.request, 200);
    this.onEvent(event);
  }

  /** Takes down what goes out: an offer, or the answer that makes an agreement. */
  #note(output: UsageOutput): void {
    if (output.type === "cancel") return;
    const message = output.type === "response" ? output.response : output.request;
    if (this.#noted.has(message)) return; // sent again
    this.#noted.add(message);
    const description = descriptionOf(message);
    if (description === undefined) return;
    const { method } = output.request;
    const toOffer =
      output.type === "response"
        ? method !== "INVITE" || descriptionOf(output.request) !== undefined
        : method === "ACK" || method === "PRACK";
    if (!toOffer) this.#offered = textOf(description);
    else if (this.#offeredToUs !== undefined) this.agreement = { local: textOf(description), remote: this.#offeredToUs };
  }

  #fromSession(now: Instant, output: UsageOutput): void {
    this.#note(output);
    if (output.type === "request") {
      const transaction = this.layer.request(now, output.request, this.flow);
      this.#requests.set(output.id, transaction);
      this.#ids.set(transaction, output.id);
    } else if (output.type === "cancel") this.layer.cancel(now, this.#requests.get(output.id)!, output.headers);
    else if (output.type === "ack") {
      this.#acks.set(output.request, this.layer.send(now, this.#acks.get(output.request) ?? output.request, this.flow));
    } else this.layer.respond(now, this.#servers.get(output.request)!, output.response);
  }

  #fromLayer(now: Instant, event: TransactionEvent): void {
    if (event.type === "request") {
      this.#servers.set(event.request, event.transaction);
      const { request } = event;
      if (request.toTag === undefined && request.method === "INVITE" && this.session === undefined) {
        const made = InviteSession.receive(now, request, this.options);
        if (made instanceof InviteSession) this.session = made;
        else this.layer.respond(now, event.transaction, made);
      } else if (this.session !== undefined && (request.method !== "CANCEL" || event.cancels !== undefined))
        this.session.handleRequest(now, request);
      else this.layer.respond(now, event.transaction, createResponse(request, 481, { toTag: "none" }));
    } else if (event.type === "ack") this.session?.handleRequest(now, event.request);
    else if (event.type === "response") {
      const id = this.#ids.get(event.transaction);
      if (id !== undefined) this.session?.handleResponse(now, id, event.response);
    } else if ((event.type === "timeout" || event.type === "transport-error") && event.transaction.kind === "client") {
      const id = this.#ids.get(event.transaction);
      if (id !== undefined) this.session?.handleRequestFailure(now, id, event.type);
    }
  }
}

function textOf({ body }: SessionDescription): string {
  return new TextDecoder().decode(body);
}

export class SimulatedCall {
  now: Instant = 0;
  readonly a: SimulatedAgent;
  readonly b: SimulatedAgent;
  readonly random: SeededRandom;
  readonly #weather: Weather;
  readonly #wire: { readonly at: Instant; readonly to: SimulatedAgent; readonly bytes: Uint8Array }[] = [];

  constructor(seed: number | string, weather: Weather) {
    this.random = seededRandom(seed);
    this.#weather = weather;
    const [here, there]: TransportAddress[] = [
      { ip: "10.0.0.1", port: 5060, family: 4, protocol: "udp" },
      { ip: "10.0.0.2", port: 5060, family: 4, protocol: "udp" },
    ];
    this.a = new SimulatedAgent("a", here!, there!, this.random.fork("a"));
    this.b = new SimulatedAgent("b", there!, here!, this.random.fork("b"));
  }

  /** Lets time pass. */
  run(forMs: number): this {
    const until = this.now + forMs;
    for (;;) {
      this.#drain();
      const timers = [this.a, this.b].flatMap((each) => [each.layer.pollTimeout(), each.session?.pollTimeout()]);
      const next = Math.min(...[...timers, ...this.#wire.map((each) => each.at)].filter((at) => at !== undefined));
      if (next > until) break;
      this.now = Math.max(this.now, next);
      for (const agent of [this.a, this.b]) {
        agent.layer.handleTimeout(this.now);
        agent.session?.handleTimeout(this.now);
      }
      for (
        let at = this.#wire.findIndex((each) => each.at <= this.now);
        at >= 0;
        at = this.#wire.findIndex((each) => each.at <= this.now)
      ) {
        const { to, bytes } = this.#wire.splice(at, 1)[0]!;
        const message = parseSipMessage(bytes);
        if (message instanceof Malformed) throw new Error(`on the wire: ${message.reason}`);
        to.layer.receive(this.now, message, to.flow);
      }
    }
    this.now = until;
    return this;
  }

  #drain(): void {
    for (const [from, to] of [
      [this.a, this.b],
      [this.b, this.a],
    ] as const) {
      from.drain(this.now);
      for (let sent = from.layer.pollTransmit(); sent !== undefined; sent = from.layer.pollTransmit()) {
        const { lossRate, duplicateRate, delayMs, jitterMs } = this.#weather;
        const copies = this.random.chance(duplicateRate) ? 2 : 1;
        for (let i = 0; i < copies; i++) {
          if (this.random.chance(lossRate)) continue;
          this.#wire.push({ at: this.now + delayMs + this.random.next() * jitterMs, to, bytes: sent.bytes.slice() });
        }
      }
    }
  }
}
