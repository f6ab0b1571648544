/** The server transactions of a layer, found as RFC 3261 §17.2.3 and §9.2 say. */
import type { SipRequest, SipResponse } from "@purertc/sip-parser";
import { InviteServerMachine } from "./invite-server.ts";
import { isLegacyKey, legacyKey, transactionKey } from "./matching.ts";
import type { ServerMachine } from "./server-machine.ts";

/** What a request belongs to, and the key for a new transaction when it belongs to none. */
export interface Found {
  readonly machine: ServerMachine | undefined;
  readonly key: string;
}

/** Server transactions by key and method. */
export class ServerTable {
  /** The first transaction of each key: nearly always the only one. */
  readonly #first = new Map<string, ServerMachine>();
  /** CANCEL, and others that share a key with another method, by method and key. */
  readonly #others = new Map<string, ServerMachine>();
  /** §17.2.3: INVITEs of RFC 2543 clients by the key that their ACK will have. */
  readonly #legacyAcks = new Map<string, ServerMachine>();
  readonly #legacyAckKeys = new Map<ServerMachine, string>();

  /** How many transactions there are. */
  get size(): number {
    return this.#first.size + this.#others.size;
  }

  /** The transaction that a request retransmits, or acknowledges. `"unusable"`: it has no topmost Via. */
  find(request: SipRequest): Found | "unusable" {
    const key = transactionKey(request);
    if (key === undefined) return "unusable";
    const { method } = request;
    const wanted = method === "ACK" ? "INVITE" : method;
    const first = this.#first.get(key);
    if (first !== undefined && first.method === wanted) return { machine: first, key };
    if (method === "ACK" && isLegacyKey(key)) return { machine: this.#legacyAcks.get(key), key };
    return { machine: this.#others.size === 0 ? undefined : this.#others.get(wanted + key), key };
  }

  /** §9.2: what a CANCEL with this key cancels. */
  cancelled(key: string): ServerMachine | undefined {
    const first = this.#first.get(key);
    return first ?? this.#others.get(`INVITE${key}`);
  }

  add(machine: ServerMachine): void {
    const { key, method } = machine;
    if (method === "CANCEL" || this.#first.has(key)) this.#others.set(method + key, machine);
    else this.#first.set(key, machine);
  }

  /** A final response is about to be sent: an RFC 2543 client acknowledges with its To tag. */
  expectAck(machine: ServerMachine, response: SipResponse): void {
    const { request } = machine;
    if (!isLegacyKey(machine.key) || !(machine instanceof InviteServerMachine) || request?.topVia === undefined) return;
    const key = legacyKey(request, request.topVia, response.toTag);
    this.#legacyAcks.set(key, machine);
    this.#legacyAckKeys.set(machine, key);
  }

  remove(machine: ServerMachine): void {
    const { key, method } = machine;
    if (this.#first.get(key) === machine) this.#first.delete(key);
    else this.#others.delete(method + key);
    const ackKey = this.#legacyAckKeys.get(machine);
    if (ackKey === undefined) return;
    this.#legacyAckKeys.delete(machine);
    if (this.#legacyAcks.get(ackKey) === machine) this.#legacyAcks.delete(ackKey);
  }

  clear(): void {
    this.#first.clear();
    this.#others.clear();
    this.#legacyAcks.clear();
    this.#legacyAckKeys.clear();
  }
}
