import { Queue } from "@purertc/core";
import type { OutgoingMessage } from "./outgoing-message.ts";

/** An outgoing stream: its queue, its sequence numbers, its place in the schedule. */
export class OutboundStream {
  readonly id: number;
  readonly messages: Queue<OutgoingMessage> = new Queue();
  /** Bytes queued that have no TSN yet. */
  buffered = 0;
  nextSsn = 0;
  nextOrderedMid = 0;
  nextUnorderedMid = 0;
  /** Share of the bandwidth against other streams that have something to send. */
  weight = 256;
  /** Bytes sent divided by weight, in the schedule's virtual time. */
  virtualTime = 0;
  /** Ties go to whoever waited longest. */
  order = 0;
  /** Index in the heap, -1 when nothing waits. */
  place = -1;
  /** Already listed for a buffered-amount report. */
  reported = true;

  constructor(id: number) {
    this.id = id;
  }
}

/** Streams with something to send, the one that is furthest behind its share first: a binary heap. */
export class StreamHeap {
  readonly #heap: OutboundStream[] = [];
  #virtualTime = 0;
  #order = 0;

  /** The stream whose turn it is. */
  peek(): OutboundStream | undefined {
    return this.#heap[0];
  }

  /** Adds a stream that has begun to have messages. It gets no credit for the time it was silent. */
  add(stream: OutboundStream): void {
    stream.virtualTime = Math.max(stream.virtualTime, this.#virtualTime);
    stream.order = this.#order++;
    stream.place = this.#heap.length;
    this.#heap.push(stream);
    this.#up(stream.place);
  }

  /** Takes a stream out. */
  remove(stream: OutboundStream): void {
    const place = stream.place;
    const last = this.#heap.pop();
    stream.place = -1;
    if (last === undefined || last === stream) return;
    this.#set(place, last);
    this.#up(place);
    this.#down(last.place);
  }

  /** Accounts for `bytes` sent on a stream that is in the heap. */
  charge(stream: OutboundStream, bytes: number): void {
    this.#virtualTime = Math.max(this.#virtualTime, stream.virtualTime);
    stream.virtualTime += bytes / stream.weight;
    stream.order = this.#order++;
    if (this.#heap.length > 1) this.#down(stream.place);
  }

  #before(a: OutboundStream, b: OutboundStream): boolean {
    return a.virtualTime < b.virtualTime || (a.virtualTime === b.virtualTime && a.order < b.order);
  }

  #up(from: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#before(this.#heap[place]!, this.#heap[parent]!)) return;
      this.#swap(place, parent);
      place = parent;
    }
  }

  #down(from: number): void {
    let place = from;
    for (;;) {
      let first = place;
      const left = 2 * place + 1;
      if (left < this.#heap.length && this.#before(this.#heap[left]!, this.#heap[first]!)) first = left;
      if (left + 1 < this.#heap.length && this.#before(this.#heap[left + 1]!, this.#heap[first]!)) first = left + 1;
      if (first === place) return;
      this.#swap(place, first);
      place = first;
    }
  }

  #swap(a: number, b: number): void {
    const held = this.#heap[a]!;
    this.#set(a, this.#heap[b]!);
    this.#set(b, held);
  }

  #set(place: number, stream: OutboundStream): void {
    this.#heap[place] = stream;
    stream.place = place;
  }
}
