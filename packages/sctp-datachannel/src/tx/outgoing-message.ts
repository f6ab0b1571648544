import type { Instant } from "@purertc/core";

/** How one message is to be treated. One object may be shared by all messages of a channel. */
export interface SendOptions {
  /** Default false. */
  readonly unordered?: boolean;
  /** RFC 3758, RFC 7496 §3.2: retransmissions of a fragment at most. Default: no limit. */
  readonly maxRetransmits?: number;
  /** RFC 7496 §3.1: given up this many milliseconds after `send`. Default: never. */
  readonly lifetimeMs?: number;
}

/** A user message from `send` until its last byte is acknowledged or given up. */
export class OutgoingMessage {
  readonly streamId: number;
  readonly payloadProtocolId: number;
  /** Owned by this message. */
  readonly data: Uint8Array;
  readonly unordered: boolean;
  /** Infinity: never. */
  readonly expiresAt: Instant;
  /** Infinity: no limit. */
  readonly maxRetransmits: number;
  /** Bytes that have a TSN. */
  sent = 0;
  /** Fragments that have a TSN. */
  fragments = 0;
  /** SSN or MID; -1 until the first fragment has a TSN. */
  sequence = -1;
  /** TSN indices of the first and last fragment so far. */
  firstIndex = 0;
  lastIndex = 0;
  abandoned = false;

  constructor(now: Instant, streamId: number, payloadProtocolId: number, data: Uint8Array, options: SendOptions) {
    this.streamId = streamId;
    this.payloadProtocolId = payloadProtocolId;
    this.data = data;
    this.unordered = options.unordered === true;
    this.expiresAt = options.lifetimeMs === undefined ? Number.POSITIVE_INFINITY : now + options.lifetimeMs;
    this.maxRetransmits = options.maxRetransmits ?? Number.POSITIVE_INFINITY;
  }

  /** As before its first fragment: for a new association, which knows nothing of the fragments sent. */
  begin(): void {
    this.sent = 0;
    this.fragments = 0;
    this.sequence = -1;
  }

  /** Whether every byte has a TSN. */
  get fullySent(): boolean {
    return this.sent === this.data.length;
  }
}
