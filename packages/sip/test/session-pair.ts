/**
 * A caller and one or more callees, joined without transaction layers by a network that delivers each message once and in order, in virtual time. Every message crosses as bytes. What
 * was sent is kept as a ladder of lines such as `> INVITE sdp` and `< 180 INVITE`, `>` being the caller's. Like a forking proxy, it brings the INVITE to every callee.
 */
import { type Instant, Malformed } from "@purertc/core";
import { seededRandom } from "@purertc/simulator";
import {
  createCancel,
  createResponse,
  createVia,
  nameAddress,
  parseSipMessage,
  type SipMessage,
  SipRequest,
  SipResponse,
  validateSipMessage,
  writeSipMessage,
} from "@purertc/sip-parser";
import {
  descriptionOf,
  InviteSession,
  type InviteSessionEvent,
  type InviteSessionOptions,
  type OutgoingInvite,
  type UsageOutput,
} from "../src/session/index.ts";

/** One user agent: its session, if it has one, and what it was told. */
export class Party {
  readonly name: string;
  readonly options: InviteSessionOptions;
  readonly events: InviteSessionEvent[] = [];
  session: InviteSession | undefined;
  /** What is done with each event, such as answering offers. */
  onEvent: (event: InviteSessionEvent, party: Party) => void = () => {};
  /** How the server's requests are to be answered: where they came from. */
  readonly origins = new Map<SipRequest, { readonly party: Party; readonly id: number }>();
  /** Requests sent, by id. */
  readonly sent = new Map<number, SipRequest>();

  constructor(name: string, options: Partial<InviteSessionOptions>) {
    this.name = name;
    this.options = { random: seededRandom(name), contact: nameAddress(`sip:${name}@${name}.example.com`), ...options };
  }

  /** The session; throws when there is none. */
  get call(): InviteSession {
    if (this.session === undefined) throw new Error(`${this.name} has no session`);
    return this.session;
  }

  /** Names of its events. */
  get told(): readonly string[] {
    return this.events.map((event) => event.type);
  }

  /** The latest event of a type. */
  last<Type extends InviteSessionEvent["type"]>(type: Type): Extract<InviteSessionEvent, { readonly type: Type }> {
    const found = this.events.findLast((event) => event.type === type);
    if (found === undefined) throw new Error(`${this.name} had no event "${type}"`);
    return found as Extract<InviteSessionEvent, { readonly type: Type }>;
  }
}

export interface PairOptions {
  readonly a?: Partial<InviteSessionOptions>;
  readonly b?: Partial<InviteSessionOptions>;
  /** Callees besides the first, for forking. */
  readonly forks?: number;
  /** One way. Default 10. */
  readonly delayMs?: number;
  /** Whether a message is lost, by its ladder line and how often that line was sent before. */
  readonly lose?: (line: string, before: number) => boolean;
  /** Changes a request on its way: what a proxy, or a broken peer, does. */
  readonly alter?: (message: SipMessage, line: string) => void;
}

export class SessionPair {
  now: Instant = 0;
  readonly a: Party;
  readonly callees: readonly Party[];
  readonly ladder: string[] = [];
  readonly times: Instant[] = [];
  readonly messages: SipMessage[] = [];
  readonly #options: PairOptions;
  readonly #wire: { readonly at: Instant; readonly deliver: () => void }[] = [];
  #branches = 0;

  constructor(options: PairOptions = {}) {
    this.#options = options;
    this.a = new Party("alice", options.a ?? {});
    this.callees = Array.from({ length: 1 + (options.forks ?? 0) }, (_, i) => new Party(i === 0 ? "bob" : `bob${i + 1}`, options.b ?? {}));
  }

  get b(): Party {
    return this.callees[0]!;
  }

  /** The caller's INVITE. */
  invite(init: Partial<OutgoingInvite> = {}): this {
    this.a.session = InviteSession.invite(
      this.now,
      { target: "sip:bob@example.com", from: nameAddress("sip:alice@example.com"), ...init },
      this.a.options,
    );
    this.drain();
    return this;
  }

  /** Does something now, then lets everything that follows within `forMs` happen. */
  act(what: () => void, forMs = 200): this {
    what();
    return this.run(forMs);
  }

  /** Lets time pass. */
  run(forMs = 200): this {
    const until = this.now + forMs;
    for (;;) {
      this.drain();
      const next = Math.min(
        ...this.#wire.map((each) => each.at),
        ...this.#parties().map((party) => party.session?.pollTimeout() ?? Number.POSITIVE_INFINITY),
      );
      if (next > until) break;
      this.now = Math.max(this.now, next);
      for (const party of this.#parties()) party.session?.handleTimeout(this.now);
      const due = this.#wire.findIndex((each) => each.at <= this.now);
      if (due >= 0) this.#wire.splice(due, 1)[0]!.deliver();
    }
    this.now = until;
    return this;
  }

  /** A confirmed call: the callee rings, answers, and everything is acknowledged. */
  establish(init: Partial<OutgoingInvite> = {}): this {
    this.invite({ offer: "offer", ...init }).run(100);
    this.act(() => this.b.call.accept(this.now, { description: "answer" }));
    this.ladder.length = 0;
    this.times.length = 0;
    return this;
  }

  /** The ladder with times, from `since` on. */
  timeline(since = 0): readonly string[] {
    return this.ladder.map((line, i) => `${this.times[i]! - since} ${line}`);
  }

  drain(): void {
    for (const party of this.#parties()) {
      for (let event = party.session?.pollEvent(); event !== undefined; event = party.session?.pollEvent()) {
        party.events.push(event);
        party.onEvent(event, party);
      }
      for (let output = party.session?.pollOutput(); output !== undefined; output = party.session?.pollOutput()) this.#send(party, output);
      if (party.session !== undefined && party.events.length > 0 && party.session.pollEvent() !== undefined)
        throw new Error("event after drain");
    }
  }

  #parties(): readonly Party[] {
    return [this.a, ...this.callees];
  }

  #send(from: Party, output: UsageOutput): void {
    if (output.type === "response") {
      const origin = from.origins.get(output.request);
      if (origin === undefined) throw new Error(`${from.name} answers what it was never asked`);
      if (output.response.cseq?.method === "CANCEL") return;
      this.#transmit(from, output.response, (copy) => origin.party.session?.handleResponse(this.now, origin.id, copy as SipResponse));
      return;
    }
    if (output.type === "cancel") {
      const cancel = createCancel(from.sent.get(output.id)!);
      for (const [name, value] of output.headers) cancel.headers.set(name, value);
      this.#transmit(from, cancel, (copy) => this.#deliver(from, -1, copy as SipRequest));
      return;
    }
    const request = output.request.copy();
    this.#branches += 1;
    request.headers.prepend("Via", createVia({ transport: "UDP", host: `${from.name}.example.com`, branch: `z9hG4bK${this.#branches}` }));
    const id = output.type === "request" ? output.id : -1;
    if (output.type === "request") from.sent.set(id, request);
    this.#transmit(from, request, (copy) => this.#deliver(from, id, copy as SipRequest));
  }

  #deliver(from: Party, id: number, request: SipRequest): void {
    const targets =
      from !== this.a ? [this.a] : this.callees.filter((each) => request.toTag === undefined || each.session?.localTag === request.toTag);
    for (const party of targets) {
      // Each callee has bytes of its own.
      const own = targets.length === 1 ? request : crossing(request, "");
      if (!(own instanceof SipRequest)) continue;
      party.origins.set(own, { party: from, id });
      const renewed = own.method === "INVITE" && own.toTag === undefined;
      if (renewed && (party.session === undefined || party.session.state === "ended")) {
        const made = InviteSession.receive(this.now, own, party.options);
        if (made instanceof InviteSession) party.session = made;
        else this.#send(party, { type: "response", request: own, response: made });
      } else if (party.session !== undefined) party.session.handleRequest(this.now, own);
      else if (own.method !== "ACK") this.#send(party, { type: "response", request: own, response: createResponse(own, 481) });
    }
  }

  #transmit(from: Party, message: SipMessage, deliver: (copy: SipMessage) => void): void {
    const line = `${from === this.a ? ">" : "<"} ${describe(message)}`;
    const before = this.ladder.filter((each) => each === line).length;
    this.ladder.push(line);
    this.times.push(this.now);
    const copy = crossing(message, line);
    this.messages.push(copy);
    this.#options.alter?.(copy, line);
    if (this.#options.lose?.(line, before) === true) return;
    this.#wire.push({ at: this.now + (this.#options.delayMs ?? 10), deliver: () => deliver(copy) });
  }
}

/** A message as the other side parses it; throws when it is not as it should be. */
function crossing(message: SipMessage, line: string): SipMessage {
  const parsed = parseSipMessage(writeSipMessage(message).slice());
  if (parsed instanceof Malformed) throw new Error(`${line}: ${parsed.reason}`);
  const [fault] = validateSipMessage(parsed, { strict: true });
  if (fault !== undefined) throw new Error(`${line}: ${fault.reason} ${fault.header}`);
  return parsed;
}

/** `INVITE sdp`, `200 INVITE sdp`. */
export function describe(message: SipMessage): string {
  const name = message instanceof SipResponse ? `${message.statusCode} ${message.cseq?.method}` : message.method;
  return descriptionOf(message) === undefined ? name : `${name} sdp`;
}
