/**
 * Keep-alives of one UDP flow (RFC 5626 §3.5.2, §4.4.2): a Binding request every interval, retransmitted as RFC 8489 §6.2.1 says. No answer, or a mapped
 * address that is another one than before, and the flow has failed. Pure: time is an argument.
 */
import { equalBytes, type Instant, type RandomSource, randomBytes } from "@purertc/core";
import { type BindingResponse, writeBindingRequest } from "./stun-binding.ts";

/** Why a flow has failed. */
export type StunKeepAliveFailure = "keep-alive-timeout" | "mapped-address-changed";

export class StunKeepAlive {
  readonly #random: RandomSource;
  readonly #intervalMs: number;
  #pending: { readonly transactionId: Uint8Array; readonly bytes: Uint8Array; sent: number; rtoMs: number } | undefined;
  #nextAt: Instant;
  #mapped: string | undefined;
  #failure: StunKeepAliveFailure | undefined;

  constructor(now: Instant, intervalMs: number, random: RandomSource) {
    this.#random = random;
    this.#intervalMs = intervalMs;
    this.#nextAt = now + this.#jittered();
  }

  /** Set once, for good. */
  get failure(): StunKeepAliveFailure | undefined {
    return this.#failure;
  }

  /** When to call {@link takeDatagram} next; undefined once it has failed. */
  next(): Instant | undefined {
    return this.#failure === undefined ? this.#nextAt : undefined;
  }

  /** The datagram to send at `now`, if it is time for one. */
  takeDatagram(now: Instant): Uint8Array | undefined {
    if (this.#failure !== undefined || now < this.#nextAt) return undefined;
    if (this.#pending === undefined) {
      const transactionId = randomBytes(this.#random, 12);
      this.#pending = { transactionId, bytes: writeBindingRequest(transactionId), sent: 0, rtoMs: INITIAL_RTO_MS };
    } else if (this.#pending.sent === REQUEST_COUNT) {
      this.#failure = "keep-alive-timeout";
      return undefined;
    }
    const pending = this.#pending;
    pending.sent += 1;
    // RFC 8489 §6.2.1: RTO doubles; after the last of Rc requests, Rm times the first RTO is waited.
    this.#nextAt = now + (pending.sent === REQUEST_COUNT ? LAST_WAIT * INITIAL_RTO_MS : pending.rtoMs);
    pending.rtoMs *= 2;
    return pending.bytes;
  }

  /** A Binding response came from the peer. False when it answers nothing asked here. */
  answered(now: Instant, response: BindingResponse): boolean {
    if (this.#pending === undefined || !equalBytes(response.transactionId, this.#pending.transactionId)) return false;
    this.#pending = undefined;
    this.#nextAt = now + this.#jittered();
    // §4.4.2: the NAT has given the flow another address; what the registrar knows leads nowhere.
    if (this.#mapped !== undefined && response.mapped !== undefined && response.mapped !== this.#mapped) {
      this.#failure = "mapped-address-changed";
    }
    this.#mapped ??= response.mapped;
    return true;
  }

  /** §4.4.1: 80 % to 100 % of the interval. */
  #jittered(): number {
    const [byte] = randomBytes(this.#random, 1);
    return this.#intervalMs * (0.8 + (0.2 * byte!) / 256);
  }
}

const INITIAL_RTO_MS = 500;
/** Rc and Rm of RFC 8489 §6.2.1. */
const REQUEST_COUNT = 7;
const LAST_WAIT = 16;
