/** Where whole messages go, in the order in which the application is to see them. */
export interface MessageSink {
  /** `data` is handed over. */
  deliver(streamId: number, payloadProtocolId: number, data: Uint8Array): void;
  /** A message of `length` bytes was longer than allowed and is gone. */
  tooLarge(streamId: number, length: number): void;
}

interface WaitingMessage {
  readonly payloadProtocolId: number;
  /** Undefined: too large, `length` says how large. */
  readonly data: Uint8Array | undefined;
  readonly length: number;
}

interface InboundStream {
  next: number;
  waiting: Map<number, WaitingMessage> | undefined;
}

/** Bytes that a waiting message costs beside its data. */
const WAITING_OVERHEAD = 128;

/** Puts whole ordered messages of each stream in order (RFC 9260 §6.6). `range` is 2^16 for SSNs and 2^32 for MIDs. */
export class InboundStreams {
  readonly #sink: MessageSink;
  readonly #streams = new Map<number, InboundStream>();
  readonly #shift: number;
  #held = 0;
  /** Messages with a sequence number that was already delivered. */
  stale = 0;

  constructor(sink: MessageSink, sequenceBits: 16 | 32) {
    this.#sink = sink;
    this.#shift = 32 - sequenceBits;
  }

  /** Bytes that wait for their turn. */
  get held(): number {
    return this.#held;
  }

  /** Whether an ordered message with this sequence number is still to come. */
  isExpected(streamId: number, sequence: number): boolean {
    const stream = this.#streams.get(streamId);
    return stream === undefined || (this.#distance(sequence, stream.next) >= 0 && stream.waiting?.has(sequence) !== true);
  }

  /**
   * A whole ordered message. `complete`: everything the peer sent before it arrived or was skipped, so an earlier sequence number can no longer come and the message
   * is not held back (a peer that skips numbers would otherwise fill the memory).
   */
  accept(
    streamId: number,
    sequence: number,
    payloadProtocolId: number,
    data: Uint8Array | undefined,
    length: number,
    complete: boolean,
  ): void {
    let stream = this.#streams.get(streamId);
    if (stream === undefined) {
      stream = { next: 0, waiting: undefined };
      this.#streams.set(streamId, stream);
    }
    const distance = this.#distance(sequence, stream.next);
    if (distance < 0) {
      this.stale += 1;
      return;
    }
    if (distance > 0 && complete) this.skip(streamId, ((sequence - 1) << this.#shift) >>> this.#shift);
    if (distance === 0 || complete) {
      stream.next = ((sequence + 1) << this.#shift) >>> this.#shift;
      this.#give(streamId, payloadProtocolId, data, length);
      if (stream.waiting !== undefined) this.#release(streamId, stream);
      return;
    }
    stream.waiting ??= new Map();
    if (stream.waiting.has(sequence)) {
      this.stale += 1;
      return;
    }
    stream.waiting.set(sequence, { payloadProtocolId, data, length });
    this.#held += (data?.length ?? 0) + WAITING_OVERHEAD;
  }

  /** RFC 3758 §3.6: numbers up to `sequence` will not come. What waits below is delivered, and what comes next in order. */
  skip(streamId: number, sequence: number): void {
    let stream = this.#streams.get(streamId);
    if (stream === undefined) {
      stream = { next: 0, waiting: undefined };
      this.#streams.set(streamId, stream);
    }
    if (this.#distance(sequence, stream.next) < 0) return;
    if (stream.waiting !== undefined) {
      const next = stream.next;
      const below = [...stream.waiting.keys()].filter((one) => this.#distance(one, sequence) <= 0);
      below.sort((a, b) => this.#distance(a, next) - this.#distance(b, next));
      for (const one of below) this.#giveWaiting(streamId, stream.waiting, one);
    }
    stream.next = ((sequence + 1) << this.#shift) >>> this.#shift;
    if (stream.waiting !== undefined) this.#release(streamId, stream);
  }

  /** RFC 6525 §5.2.2: sequence numbers of a stream start again at 0; what waited is dropped. Undefined: all streams. */
  reset(streamId: number | undefined): void {
    if (streamId === undefined) {
      this.#streams.clear();
      this.#held = 0;
      return;
    }
    for (const message of this.#streams.get(streamId)?.waiting?.values() ?? [])
      this.#held -= (message.data?.length ?? 0) + WAITING_OVERHEAD;
    this.#streams.delete(streamId);
  }

  #release(streamId: number, stream: InboundStream): void {
    while (stream.waiting?.has(stream.next)) {
      this.#giveWaiting(streamId, stream.waiting, stream.next);
      stream.next = ((stream.next + 1) << this.#shift) >>> this.#shift;
    }
    if (stream.waiting?.size === 0) stream.waiting = undefined;
  }

  #giveWaiting(streamId: number, waiting: Map<number, WaitingMessage>, sequence: number): void {
    const message = waiting.get(sequence)!;
    waiting.delete(sequence);
    this.#held -= (message.data?.length ?? 0) + WAITING_OVERHEAD;
    this.#give(streamId, message.payloadProtocolId, message.data, message.length);
  }

  #give(streamId: number, payloadProtocolId: number, data: Uint8Array | undefined, length: number): void {
    if (data === undefined) this.#sink.tooLarge(streamId, length);
    else this.#sink.deliver(streamId, payloadProtocolId, data);
  }

  /** How far `a` is ahead of `b`, by serial number arithmetic (RFC 9260 §1.6). */
  #distance(a: number, b: number): number {
    return ((a - b) << this.#shift) >> this.#shift;
  }
}
