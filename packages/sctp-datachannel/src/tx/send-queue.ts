import type { Instant } from "@purertc/core";
import type { OutgoingMessage } from "./outgoing-message.ts";
import { OutboundStream, StreamHeap } from "./stream-heap.ts";

/**
 * Messages that wait for a TSN, by stream. Streams share by weight (RFC 8831 §6.4, RFC 8260 §3.6). With DATA, a message once begun is finished first, because its
 * fragments need consecutive TSNs (RFC 9260 §6.9); with I-DATA, streams take turns fragment by fragment.
 */
export class SendQueue {
  readonly #streams = new Map<number, OutboundStream>();
  readonly #heap = new StreamHeap();
  #interleaving = false;
  #buffered = 0;
  /** With DATA: the stream whose message is in the middle. */
  #unfinished: OutboundStream | undefined;
  readonly #drained: OutboundStream[] = [];

  /** Bytes of all messages that have no TSN yet. */
  get buffered(): number {
    return this.#buffered;
  }

  get isEmpty(): boolean {
    return this.#heap.peek() === undefined;
  }

  /** Fragments of different messages may take turns from now on (I-DATA was negotiated). */
  setInterleaving(interleaving: boolean): void {
    this.#interleaving = interleaving;
  }

  /** Relative share of a stream, above 0; 256 to begin with. */
  setWeight(streamId: number, weight: number): void {
    this.#stream(streamId).weight = weight;
  }

  push(message: OutgoingMessage): void {
    const stream = this.#stream(message.streamId);
    stream.messages.push(message);
    stream.buffered += message.data.length;
    this.#buffered += message.data.length;
    if (stream.place < 0) this.#heap.add(stream);
  }

  /** Puts a message before all others of its stream, none of which was begun. */
  pushFirst(message: OutgoingMessage): void {
    const stream = this.#stream(message.streamId);
    stream.messages.unshift(message);
    stream.buffered += message.data.length;
    this.#buffered += message.data.length;
    if (stream.place < 0) this.#heap.add(stream);
  }

  /** For a new association of the same peers: weights, and from their beginning all messages that were not sent to their end. */
  begunAnew(): SendQueue {
    const anew = new SendQueue();
    for (const stream of this.#streams.values()) {
      anew.setWeight(stream.id, stream.weight);
      for (let message = stream.messages.shift(); message !== undefined; message = stream.messages.shift()) {
        message.begin();
        anew.push(message);
      }
      anew.#report(anew.#stream(stream.id));
    }
    return anew;
  }

  /** Bytes of a stream that have no TSN yet. */
  bufferedAmount(streamId: number): number {
    return this.#streams.get(streamId)?.buffered ?? 0;
  }

  /** The message whose fragment is to be sent next. Messages whose lifetime ended before their first fragment are dropped on the way (RFC 3758 §3.5 A). */
  next(now: Instant): OutgoingMessage | undefined {
    for (;;) {
      const stream = this.#unfinished ?? this.#heap.peek();
      const message = stream?.messages.peek();
      if (stream === undefined || message === undefined) return undefined;
      if (message.sent > 0 || message.expiresAt > now) return message;
      this.#remove(stream, message);
    }
  }

  /** The message of `next` gives `bytes` to a fragment. The first fragment fixes its SSN or MID. */
  take(message: OutgoingMessage, bytes: number): void {
    const stream = this.#stream(message.streamId);
    if (message.sequence < 0) message.sequence = this.#nextSequence(stream, message.unordered);
    message.sent += bytes;
    message.fragments += 1;
    stream.buffered -= bytes;
    this.#buffered -= bytes;
    this.#report(stream);
    this.#heap.charge(stream, bytes);
    if (message.fullySent) {
      this.#unfinished = undefined;
      stream.messages.shift();
      if (stream.messages.length === 0) this.#heap.remove(stream);
    } else if (!this.#interleaving) {
      this.#unfinished = stream;
    }
  }

  /** Gives up what a begun message has not sent. It is the first of its stream. */
  dropRest(message: OutgoingMessage): void {
    const stream = this.#stream(message.streamId);
    if (this.#unfinished === stream) this.#unfinished = undefined;
    this.#remove(stream, message);
  }

  /** RFC 6525 §5.2.2: sequence numbers of a stream start again at 0. */
  resetSequences(streamId: number): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    if (stream.messages.length === 0 && stream.reported) {
      this.#streams.delete(streamId);
      return;
    }
    stream.nextSsn = 0;
    stream.nextOrderedMid = 0;
    stream.nextUnorderedMid = 0;
  }

  /** Ids of streams that ever sent since their last reset. */
  usedStreams(): number[] {
    return [...this.#streams.keys()];
  }

  /** A stream whose buffered amount went down since it was last returned here; undefined when there is none left. */
  takeDrained(): number | undefined {
    const stream = this.#drained.pop();
    if (stream === undefined) return undefined;
    stream.reported = true;
    return stream.id;
  }

  #stream(streamId: number): OutboundStream {
    let stream = this.#streams.get(streamId);
    if (stream === undefined) {
      stream = new OutboundStream(streamId);
      this.#streams.set(streamId, stream);
    }
    return stream;
  }

  #nextSequence(stream: OutboundStream, unordered: boolean): number {
    if (!this.#interleaving) {
      if (unordered) return 0; // RFC 9260 §3.3.1: the receiver ignores it
      const ssn = stream.nextSsn;
      stream.nextSsn = (ssn + 1) & 0xffff;
      return ssn;
    }
    if (unordered) {
      const mid = stream.nextUnorderedMid;
      stream.nextUnorderedMid = (mid + 1) >>> 0;
      return mid;
    }
    const mid = stream.nextOrderedMid;
    stream.nextOrderedMid = (mid + 1) >>> 0;
    return mid;
  }

  #remove(stream: OutboundStream, message: OutgoingMessage): void {
    stream.messages.shift();
    const rest = message.data.length - message.sent;
    stream.buffered -= rest;
    this.#buffered -= rest;
    this.#report(stream);
    if (stream.messages.length === 0) this.#heap.remove(stream);
  }

  #report(stream: OutboundStream): void {
    if (!stream.reported) return;
    stream.reported = false;
    this.#drained.push(stream);
  }
}
