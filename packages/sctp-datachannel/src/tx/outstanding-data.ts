import type { Instant } from "@purertc/core";
import type { OutgoingMessage } from "./outgoing-message.ts";

/** What became of a chunk that has a TSN. */
export const ChunkState = { IN_FLIGHT: 0, ACKED: 1, LOST: 2, ABANDONED: 3 } as const;

/** A place in the ring: one DATA chunk that has a TSN. Reused when its TSN is cumulatively acknowledged. */
export class OutstandingChunk {
  message: OutgoingMessage | undefined = undefined;
  offset = 0;
  length = 0;
  /** Fragment sequence number within the message. */
  fragment = 0;
  state: number = ChunkState.ABANDONED;
  /** Miss indications (RFC 9260 §7.2.4). */
  misses = 0;
  /** Misses count only when a TSN from here on was acknowledged: those were sent after this chunk was last sent. */
  missesFrom = 0;
  transmits = 0;
  sentAt: Instant = 0;
}

/**
 * DATA chunks that have a TSN and are not cumulatively acknowledged. TSNs are counted from 1 (the initial TSN), so they are small ordinary numbers here; the ring is
 * indexed by them.
 */
export class OutstandingData {
  #ring: OutstandingChunk[] = newChunks(2);
  #cumulative = 0;
  #next = 1;
  #flightSize = 0;
  #flightData = 0;
  #lost = 0;
  #lostFrom = 1;

  /** Everything up to here is acknowledged. */
  get cumulative(): number {
    return this.#cumulative;
  }

  /** The index that the next chunk gets. */
  get next(): number {
    return this.#next;
  }

  /** Bytes of user data in flight: what the receiver's window is compared with. */
  get flightData(): number {
    return this.#flightData;
  }

  /** Bytes of DATA chunks in flight: what cwnd is compared with. */
  get flightSize(): number {
    return this.#flightSize;
  }

  /** Chunks that wait to be sent again. */
  get lost(): number {
    return this.#lost;
  }

  get isEmpty(): boolean {
    return this.#next === this.#cumulative + 1;
  }

  /** The chunk with this index, from `cumulative + 1` to `next - 1`. */
  at(index: number): OutstandingChunk {
    return this.#ring[index & (this.#ring.length - 1)]!;
  }

  /** Gives the next TSN to a fragment that goes out now. */
  add(now: Instant, message: OutgoingMessage, offset: number, length: number, chunkSize: number): OutstandingChunk {
    const chunk = this.#allocate();
    const index = this.#next - 1;
    chunk.message = message;
    chunk.offset = offset;
    chunk.length = length;
    chunk.fragment = message.fragments;
    chunk.state = ChunkState.IN_FLIGHT;
    chunk.transmits = 1;
    chunk.sentAt = now;
    if (offset === 0) message.firstIndex = index;
    message.lastIndex = index;
    this.#flightSize += chunkSize;
    this.#flightData += length;
    return chunk;
  }

  /** Gives the next TSN to the unsent rest of an abandoned message, so that the next message is not adjacent to its fragments. */
  addPlaceholder(message: OutgoingMessage): void {
    const chunk = this.#allocate();
    chunk.message = message;
    chunk.offset = message.sent;
    chunk.length = 0;
    chunk.fragment = message.fragments;
    chunk.state = ChunkState.ABANDONED;
    message.lastIndex = this.#next - 1;
  }

  /** A SACK covers this chunk in a gap ack block. True when that is news. */
  acknowledge(chunk: OutstandingChunk, chunkSize: number): boolean {
    if (chunk.state === ChunkState.IN_FLIGHT) this.#land(chunk, chunkSize);
    else if (chunk.state === ChunkState.LOST) this.#lost -= 1;
    else return false;
    chunk.state = ChunkState.ACKED;
    return true;
  }

  /** RFC 9260 §6.2.1 D iii: a chunk that was covered is no longer. */
  renege(chunk: OutstandingChunk, chunkSize: number): void {
    if (chunk.state !== ChunkState.ACKED) return;
    chunk.state = ChunkState.IN_FLIGHT;
    chunk.misses = 1;
    this.#flightSize += chunkSize;
    this.#flightData += chunk.length;
  }

  /** Marks a chunk in flight as lost. */
  lose(index: number, chunk: OutstandingChunk, chunkSize: number): void {
    this.#land(chunk, chunkSize);
    chunk.state = ChunkState.LOST;
    this.#lost += 1;
    if (index < this.#lostFrom) this.#lostFrom = index;
  }

  /** The lowest index that waits to be sent again. Only when `lost` is above 0. */
  firstLost(): number {
    let index = Math.max(this.#lostFrom, this.#cumulative + 1);
    while (this.at(index).state !== ChunkState.LOST) index += 1;
    this.#lostFrom = index;
    return index;
  }

  /** A lost chunk goes out again. */
  resend(now: Instant, chunk: OutstandingChunk, chunkSize: number): void {
    chunk.state = ChunkState.IN_FLIGHT;
    chunk.transmits += 1;
    chunk.sentAt = now;
    chunk.misses = 0;
    chunk.missesFrom = this.#next;
    this.#lost -= 1;
    this.#flightSize += chunkSize;
    this.#flightData += chunk.length;
  }

  /** Gives a chunk up. */
  abandon(chunk: OutstandingChunk, chunkSize: number): void {
    if (chunk.state === ChunkState.IN_FLIGHT) this.#land(chunk, chunkSize);
    else if (chunk.state === ChunkState.LOST) this.#lost -= 1;
    chunk.state = ChunkState.ABANDONED;
  }

  /** Moves the cumulative TSN by one and forgets the chunk. */
  advance(): void {
    this.#cumulative += 1;
    this.at(this.#cumulative).message = undefined;
  }

  #land(chunk: OutstandingChunk, chunkSize: number): void {
    this.#flightSize -= chunkSize;
    this.#flightData -= chunk.length;
  }

  #allocate(): OutstandingChunk {
    if (this.#next - this.#cumulative > this.#ring.length) this.#grow();
    const chunk = this.at(this.#next);
    this.#next += 1;
    chunk.misses = 0;
    chunk.missesFrom = 0;
    return chunk;
  }

  #grow(): void {
    const larger = newChunks(this.#ring.length * 2);
    for (let index = this.#cumulative + 1; index < this.#next; index++) larger[index & (larger.length - 1)] = this.at(index);
    this.#ring = larger;
  }
}

function newChunks(count: number): OutstandingChunk[] {
  const chunks: OutstandingChunk[] = [];
  for (let i = 0; i < count; i++) chunks.push(new OutstandingChunk());
  return chunks;
}
