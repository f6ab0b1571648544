import { Queue } from "@purertc/core";
import { ChunkType } from "../codec/chunk-types.ts";
import { type Chunk, writeChunk } from "../codec/chunks/chunk.ts";
import { padded } from "../codec/type-length-value.ts";

/** A packet of its own: chunks already written, and the tag to send them under. */
export interface OutboxPacket {
  readonly verificationTag: number;
  readonly chunks: Uint8Array;
  /** RFC 9653 §5.2: INIT and COOKIE ECHO always carry a checksum, and so does everything sent outside of an association. */
}

/** More than this many waiting means that the peer provokes answers faster than they can be sent: the rest is dropped. */
const MAX_PACKETS = 16;
const MAX_CHUNKS = 64;

/** Control chunks that wait to be sent. Bounded, because a peer can provoke them. */
export class Outbox {
  readonly packets: Queue<OutboxPacket> = new Queue();
  /** For the next packet of the association, in order. */
  readonly chunks: Queue<Uint8Array> = new Queue();
  /** Answers that were dropped. */
  dropped = 0;

  /** Queues chunks as a packet of their own. */
  sendPacket(verificationTag: number, ...chunks: readonly Chunk[]): void {
    if (this.packets.length >= MAX_PACKETS) {
      this.dropped += 1;
      return;
    }
    const parts = chunks.map((chunk) => this.#write(chunk));
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    this.packets.push({ verificationTag, chunks: bytes });
  }

  /** Queues a chunk to be bundled. */
  send(chunk: Chunk): void {
    this.sendWritten(this.#write(chunk));
  }

  /** Queues a chunk that is already written, padding included. */
  sendWritten(chunk: Uint8Array): void {
    if (this.chunks.length >= MAX_CHUNKS) this.dropped += 1;
    else this.chunks.push(chunk);
  }

  /** Puts a chunk in front of the others: COOKIE ECHO and COOKIE ACK must be first (RFC 9260 §5.1). */
  sendFirst(chunk: Chunk): void {
    this.chunks.unshift(this.#write(chunk));
  }

  /** A COOKIE ECHO that was not sent yet is not needed any more. */
  dropCookieEcho(): void {
    if (this.chunks.peek()?.[0] === ChunkType.COOKIE_ECHO) this.chunks.shift();
  }

  clear(): void {
    this.packets.clear();
    this.chunks.clear();
  }

  #write(chunk: Chunk): Uint8Array {
    return scratch.slice(0, padded(writeChunk(scratch, 0, chunk)));
  }
}

/** Room for the largest chunk. One for all associations, because it is copied from before the call returns, and an idle one should cost little. */
const scratch: Uint8Array = new Uint8Array(0x10004);
