/** A peer moved by hand: it writes what a test tells it to, right or wrong, to one agent without a network. */
import { type Path, type TransportAddress, transportAddress } from "@purertc/core";
import { nodeCrypto } from "@purertc/crypto/node";
import { seededRandom } from "@purertc/simulator";
import { expect } from "vitest";
import type { IceAgent, IceAgentOptions, IceEvent, StunAttribute, StunMessage } from "../src/index.ts";
import { parseStunMessage, shortTermMac, stunMessageBytes } from "../src/index.ts";
import { makeAgent } from "./two-agents.ts";

export const PEER = { usernameFragment: "peer", password: "peerpeerpeerpeerpeerpeer" } as const;
export const HERE: TransportAddress = transportAddress("192.0.2.1", 1000)!;
export const THERE: TransportAddress = transportAddress("192.0.2.2", 2000)!;
export const ELSEWHERE: TransportAddress = transportAddress("198.51.100.66", 6666)!;

/** What the agent sent. */
export interface Sent {
  readonly message: StunMessage;
  readonly bytes: Uint8Array;
  readonly path: Path;
}

export interface RequestOptions {
  readonly from?: TransportAddress;
  readonly username?: string | undefined;
  readonly password?: string;
  readonly integrity?: boolean;
  readonly useCandidate?: boolean;
  readonly priority?: number | undefined;
  readonly role?: StunAttribute;
  readonly extra?: readonly StunAttribute[];
  readonly afterIntegrity?: readonly StunAttribute[];
  readonly fingerprint?: number;
  readonly transactionId?: Uint8Array;
}

export class HandPeer {
  readonly agent: IceAgent;
  readonly events: IceEvent[] = [];
  now = 0;
  readonly #random = seededRandom("hand peer");

  /** The agent has one socket, `HERE`; `know` gives it the peer's credentials and its candidate `THERE`. */
  constructor(role: "controlling" | "controlled", options: Partial<IceAgentOptions> & { readonly know?: boolean } = {}) {
    const { know = true, ...rest } = options;
    this.agent = makeAgent("hand", role, rest);
    this.agent.addLocalAddress(0, HERE);
    if (!know) return;
    this.agent.addRemoteCandidate(0, hostCandidate(THERE));
    this.agent.setRemoteCredentials(0, PEER);
  }

  /** Everything the agent wants sent now. */
  drain(): Sent[] {
    const sent: Sent[] = [];
    const out = new Uint8Array(1200);
    for (let next = this.agent.pollTransmit(out); next !== undefined; next = this.agent.pollTransmit(out)) {
      const bytes = out.slice(0, next.length);
      const message = parseStunMessage(bytes);
      if (!("attributes" in message)) throw new Error(`the agent sent ${message.reason}`);
      sent.push({ message, bytes, path: next.route });
    }
    for (let event = this.agent.pollEvent(); event !== undefined; event = this.agent.pollEvent()) this.events.push(event);
    return sent;
  }

  /** Hands over a datagram and drains. */
  give(bytes: Uint8Array, from: TransportAddress = THERE): Sent[] {
    this.agent.handleDatagram(this.now, bytes, { local: HERE, remote: from });
    return this.drain();
  }

  /** Lets time pass to `at`, at every deadline on the way. */
  wait(at: number): Sent[] {
    const sent: Sent[] = [];
    for (let next = this.agent.pollTimeout(); next !== undefined && next <= at; next = this.agent.pollTimeout()) {
      this.now = next;
      this.agent.handleTimeout(next);
      sent.push(...this.drain());
    }
    this.now = at;
    return sent;
  }

  /** A connectivity check of the peer, wrong where the options say so. */
  request(options: RequestOptions = {}): Uint8Array {
    const { usernameFragment, password } = this.agent.localCredentials;
    const { username = `${usernameFragment}:${PEER.usernameFragment}`, integrity = true, priority = 0x6e00_01ff } = options;
    const attributes: StunAttribute[] = [];
    if (!("username" in options) || options.username !== undefined) attributes.push({ type: "USERNAME", value: username });
    attributes.push(options.role ?? { type: this.agent.role === "controlling" ? "ICE-CONTROLLED" : "ICE-CONTROLLING", value: 1n });
    if (options.useCandidate === true) attributes.push({ type: "USE-CANDIDATE" });
    if (!("priority" in options) || options.priority !== undefined) attributes.push({ type: "PRIORITY", value: priority });
    attributes.push(...(options.extra ?? []));
    if (integrity) {
      attributes.push({ type: "MESSAGE-INTEGRITY", mac: shortTermMac(nodeCrypto, "MESSAGE-INTEGRITY", options.password ?? password) });
    }
    attributes.push(...(options.afterIntegrity ?? []));
    attributes.push(options.fingerprint === undefined ? { type: "FINGERPRINT" } : { type: "FINGERPRINT", value: options.fingerprint });
    const transactionId = options.transactionId ?? this.#random.bytes(12);
    return stunMessageBytes({ type: "binding-request", transactionId, attributes });
  }

  /** A response to a request of the agent, wrong where the options say so. */
  response(
    to: Sent,
    options: {
      readonly password?: string;
      readonly integrity?: boolean;
      readonly extra?: readonly StunAttribute[];
      readonly error?: number;
      readonly mapped?: TransportAddress | undefined;
      readonly fingerprint?: number;
      readonly transactionId?: Uint8Array;
    } = {},
  ): Uint8Array {
    const attributes: StunAttribute[] = [...(options.extra ?? [])];
    if (options.error !== undefined) attributes.push({ type: "ERROR-CODE", value: { code: options.error, reason: "" } });
    else if (!("mapped" in options) || options.mapped !== undefined) {
      attributes.push({ type: "XOR-MAPPED-ADDRESS", value: options.mapped ?? to.path.local });
    }
    if (options.integrity !== false) {
      attributes.push({ type: "MESSAGE-INTEGRITY", mac: shortTermMac(nodeCrypto, "MESSAGE-INTEGRITY", options.password ?? PEER.password) });
    }
    attributes.push(options.fingerprint === undefined ? { type: "FINGERPRINT" } : { type: "FINGERPRINT", value: options.fingerprint });
    return stunMessageBytes({
      type: options.error === undefined ? "binding-success-response" : "binding-error-response",
      transactionId: options.transactionId ?? to.message.transactionId,
      attributes,
    });
  }

  /** Answers requests with success until the agent has no more to send. */
  answerAll(sent: readonly Sent[] = this.drain()): void {
    let todo = sent.filter(isRequest);
    while (todo.length > 0) todo = todo.flatMap((request) => this.give(this.response(request), request.path.remote)).filter(isRequest);
  }

  /** The agent with a nominated pair. */
  connect(): this {
    this.answerAll();
    if (this.agent.role === "controlled") this.answerAll(this.give(this.request({ useCandidate: true })));
    expect(this.agent.stats().pairs.some(({ nominated }) => nominated)).toBe(true);
    return this;
  }
}

export function isRequest({ message }: Sent): boolean {
  return message.type === "binding-request";
}

/** `"binding-error-response 401"` and the like. */
export function describe({ message }: Sent): string {
  const error = message.attributes.find((attribute) => attribute.type === "ERROR-CODE");
  return error?.type === "ERROR-CODE" ? `${message.type} ${error.value.code}` : String(message.type);
}

export function hostCandidate(address: TransportAddress, priority = 2_130_706_175): Parameters<IceAgent["addRemoteCandidate"]>[1] {
  return { foundation: "1", component: 1, transport: "udp", priority, address: address.ip, port: address.port, type: "host" };
}
