/** Which of a transport's streams sends next: what is urgent first, then audio, then video at the pacer's pace, each stream in turn. */
import type { Instant } from "@purertc/core";
import type { OutboundStream } from "./outbound-stream.ts";
import { Pacer } from "./pacer.ts";
import type { Sender } from "./sender.ts";

/** See the file's header. */
export class OutboundQueue {
  readonly #pacer = new Pacer();
  /** Audio first. */
  #streams: readonly OutboundStream[] = [];
  #videoFrom = 0;
  #turn = 0;
  /** Whose packet was written last. */
  stream: OutboundStream | undefined;

  setSenders(senders: readonly Sender[]): void {
    const audio = senders.filter(({ kind }) => kind === "audio").flatMap(({ streams }) => streams);
    this.#streams = [...audio, ...senders.filter(({ kind }) => kind === "video").flatMap(({ streams }) => streams)];
    this.#videoFrom = audio.length;
    this.#turn = 0;
  }

  /** Whether frames wait for the pacer. */
  get waiting(): boolean {
    return this.#streams.some((stream) => stream.hasFrames);
  }

  /** Writes the next packet, as `OutboundStream.writeNext` says, and returns its length; 0: nothing waits that may leave. Hot. */
  writeNext(now: Instant, out: Uint8Array, room: number, limit: number, bitsPerSecond: number): number {
    const streams = this.#streams;
    let framesWait = false;
    for (let i = 0; i < streams.length; i++) {
      const stream = streams[i]!;
      if (stream.hasUrgent || (i < this.#videoFrom && stream.hasFrames)) {
        const length = stream.writeNext(now, out, room, limit, i < this.#videoFrom);
        if (length > 0) return this.#wrote(stream, length);
      }
      framesWait ||= stream.hasFrames;
    }
    if (!framesWait) return 0;
    this.#pacer.update(now, bitsPerSecond, this.#queuedOctets());
    if (!this.#pacer.open) return 0;
    const count = streams.length - this.#videoFrom;
    for (let i = 0; i < count; i++) {
      this.#turn = (this.#turn + 1) % count;
      const stream = streams[this.#videoFrom + this.#turn]!;
      if (!stream.hasFrames) continue;
      const length = stream.writeNext(now, out, room, limit, true);
      if (length === 0) continue;
      this.#pacer.spend(length);
      return this.#wrote(stream, length);
    }
    return 0;
  }

  /** When the pacer lets the next frame's packet go; undefined: none waits. */
  nextDue(now: Instant): Instant | undefined {
    return this.waiting ? this.#pacer.nextDue(now) : undefined;
  }

  #wrote(stream: OutboundStream, length: number): number {
    this.stream = stream;
    return length;
  }

  #queuedOctets(): number {
    let octets = 0;
    for (let i = this.#videoFrom; i < this.#streams.length; i++) octets += this.#streams[i]!.queuedOctets;
    return octets;
  }
}
