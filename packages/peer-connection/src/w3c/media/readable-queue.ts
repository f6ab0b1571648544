/** A bounded queue at the writing end of a ReadableStream: media does not wait for its reader, so the owner drops when there is no room. */
import { Queue } from "@purertc/core";

/** See the file's header. */
export class ReadableQueue<T> {
  readonly readable: ReadableStream<T>;
  readonly #maxChunks: number;
  readonly #maxOctets: number;
  readonly #queue = new Queue<{ readonly chunk: T; readonly octets: number }>();
  readonly #onRead: () => void;
  #octets = 0;
  #wake: (() => void) | undefined;
  #controller: ReadableStreamDefaultController<T> | undefined;
  #state: "open" | "ending" | "closed" = "open";

  /** `onRead` is called after a chunk was taken, `onCancel` when the reader wants no more. */
  constructor(options: { maxChunks: number; maxOctets: number; onRead: () => void; onCancel: () => void }) {
    this.#maxChunks = options.maxChunks;
    this.#maxOctets = options.maxOctets;
    this.#onRead = options.onRead;
    this.readable = new ReadableStream<T>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#pull(),
        cancel: () => {
          this.#state = "closed";
          this.#clear();
          options.onCancel();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Chunks that wait. */
  get length(): number {
    return this.#queue.length;
  }

  /** Whether `octets` more fit. */
  hasRoom(octets: number): boolean {
    return this.#queue.length < this.#maxChunks && (this.#octets + octets <= this.#maxOctets || this.#queue.length === 0);
  }

  /** Adds a chunk. */
  push(chunk: T, octets: number): void {
    if (this.#state !== "open") return;
    this.#queue.push({ chunk, octets });
    this.#octets += octets;
    this.#wake?.();
  }

  /** Drops the oldest chunk. */
  dropOldest(): void {
    const dropped = this.#queue.shift();
    if (dropped !== undefined) this.#octets -= dropped.octets;
  }

  /** No more will come: the stream closes when what waits was read. */
  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    if (this.#queue.length === 0) this.#close();
  }

  /** Called while a read waits: gives it the next chunk, as soon as there is one. */
  #pull(): Promise<void> | undefined {
    if (this.#deliver()) return undefined;
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        this.#deliver();
        resolve();
      };
    });
  }

  #deliver(): boolean {
    const next = this.#queue.shift();
    if (next === undefined) return false;
    this.#octets -= next.octets;
    this.#controller?.enqueue(next.chunk);
    if (this.#state === "ending" && this.#queue.length === 0) this.#close();
    else this.#onRead();
    return true;
  }

  #close(): void {
    this.#state = "closed";
    this.#controller?.close();
    this.#wake?.();
  }

  #clear(): void {
    while (this.#queue.shift() !== undefined);
    this.#octets = 0;
  }
}
