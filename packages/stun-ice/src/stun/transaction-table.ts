/** The requests that await a response, by transaction id (RFC 8489 §6.3.1: a response without its request is dropped). */
import { hexFromBytes, type Instant, type Path } from "@purertc/core";
import { StunTransaction, type StunTransactionTimers } from "./transaction.ts";

/** One request on its way. `Owner` says what it is for. */
export interface PendingRequest<Owner> {
  readonly transactionId: Uint8Array;
  /** Sent again as it is: a retransmission is the same bytes (RFC 8489 §6.2.1). */
  readonly bytes: Uint8Array;
  readonly path: Path;
  readonly owner: Owner;
  readonly transaction: StunTransaction;
  /** When it was first sent. */
  readonly startedAt: Instant;
  /** No more retransmissions and no failure, but a response still counts (RFC 8445 §7.3.1.4). */
  cancelled: boolean;
}

/** What a new request is made of. */
export interface NewRequest<Owner> {
  readonly transactionId: Uint8Array;
  readonly bytes: Uint8Array;
  readonly path: Path;
  readonly owner: Owner;
  readonly timers: StunTransactionTimers;
}

export class TransactionTable<Owner> {
  readonly #pending = new Map<string, PendingRequest<Owner>>();

  get size(): number {
    return this.#pending.size;
  }

  /** Registers a request whose first transmission is the caller's, now. */
  start(now: Instant, request: NewRequest<Owner>): PendingRequest<Owner> {
    const { transactionId, bytes, path, owner, timers } = request;
    const transaction = new StunTransaction(now, timers);
    transaction.handleTimeout(now);
    const pending = { transactionId, bytes, path, owner, transaction, startedAt: now, cancelled: false };
    this.#pending.set(hexFromBytes(transactionId), pending);
    return pending;
  }

  /** The request with this transaction id. */
  match(transactionId: Uint8Array): PendingRequest<Owner> | undefined {
    return this.#pending.get(hexFromBytes(transactionId));
  }

  /** Ends a transaction: later responses to it are unknown. */
  remove(pending: PendingRequest<Owner>): void {
    this.#pending.delete(hexFromBytes(pending.transactionId));
  }

  /** The requests whose owner `which` picks, oldest first. */
  filter(which: (owner: Owner) => boolean): readonly PendingRequest<Owner>[] {
    return [...this.#pending.values()].filter(({ owner }) => which(owner));
  }

  /** Ends all transactions that `which` picks. */
  removeWhere(which: (owner: Owner) => boolean): void {
    for (const pending of this.filter(which)) this.remove(pending);
  }

  /** Requests to send again now. Those that were never answered are removed and handed to `failed`, cancelled ones too. */
  handleTimeout(now: Instant, failed: (pending: PendingRequest<Owner>) => void): readonly PendingRequest<Owner>[] {
    const again: PendingRequest<Owner>[] = [];
    for (const pending of [...this.#pending.values()]) {
      const due = pending.transaction.handleTimeout(now);
      if (due === "failed") {
        this.remove(pending);
        failed(pending);
      } else if (due === "send" && !pending.cancelled) {
        again.push(pending);
      }
    }
    return again;
  }

  /** The soonest deadline. */
  next(): Instant | undefined {
    let soonest: Instant | undefined;
    for (const { transaction } of this.#pending.values()) {
      if (soonest === undefined || transaction.nextAt < soonest) soonest = transaction.nextAt;
    }
    return soonest;
  }

  clear(): void {
    this.#pending.clear();
  }
}
