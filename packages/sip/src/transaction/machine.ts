/** What the four machines of RFC 3261 §17 have in common: two deadlines, and what they ask of their layer. */
import type { Instant } from "@purertc/core";
import type { SipMessage } from "@purertc/sip-parser";
import { type Deadlines, NEVER, type Scheduled } from "./deadlines.ts";
import type { MessageTransmit } from "./message-transmit.ts";
import type { SipTimers } from "./timers.ts";
import type { TransactionEvent } from "./transaction.ts";

/** The layer, as its machines see it. */
export interface TransactionContext {
  readonly timers: SipTimers;
  readonly deadlines: Deadlines<TransactionMachine>;
  /** The bytes of a message, for sending and keeping. */
  write(message: SipMessage): Uint8Array;
  /** Queues it. */
  transmit(transmit: MessageTransmit): void;
  /** Tells the transaction user. */
  emit(event: TransactionEvent): void;
  /** Forgets a machine that has just terminated. */
  forget(machine: TransactionMachine): void;
}

/** A machine with at most two deadlines: one to send again, one to give up or to be done. */
export abstract class TransactionMachine implements Scheduled {
  wakeAt: Instant = NEVER;
  place = -1;
  readonly id: number;
  protected readonly context: TransactionContext;
  #repeatAt: Instant = NEVER;
  #endAt: Instant = NEVER;

  constructor(context: TransactionContext, id: number) {
    this.context = context;
    this.id = id;
  }

  /** Both deadlines at once, {@link NEVER} for none: the timer that sends again (A, E, G, the automatic 100) and the one that ends a state (all others). */
  protected setTimers(repeatAt: Instant, endAt: Instant): void {
    this.#repeatAt = repeatAt;
    this.#endAt = endAt;
    this.context.deadlines.set(this, Math.min(repeatAt, endAt));
  }

  /** Moves the first of the two. */
  protected setRepeat(at: Instant): void {
    this.setTimers(at, this.#endAt);
  }

  /** Moves the second of the two. */
  protected setEnd(at: Instant): void {
    this.setTimers(this.#repeatAt, at);
  }

  /** The deadline passed, or perhaps not: early calls do nothing. */
  handleTimeout(now: Instant): void {
    if (now >= this.#endAt) this.handleEnd(now);
    else if (now >= this.#repeatAt) this.handleRepeat(now);
  }

  /** A timer that ends a state has fired; it must be moved or the machine be terminated. */
  protected abstract handleEnd(now: Instant): void;
  /** A timer for sending again has fired; it must be moved. */
  protected abstract handleRepeat(now: Instant): void;
}
