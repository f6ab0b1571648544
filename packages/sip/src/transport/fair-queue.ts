/**
 * Turns for everybody: what arrived waits by its source, and the sources are served in turn, one message each. A peer that sends a thousand messages waits
 * for its own thousand; somebody's single message waits for one of them. A turn is short, so that sockets are read in between.
 */
import { Queue } from "@purertc/core";

/** Something that waits to be read. */
export interface FairWork {
  /** Handles one message; true when there is another one right behind it. */
  run(): boolean;
}

export interface FairQueueOptions {
  /** Items of one source; beyond them {@link FairQueue.offer} refuses. */
  readonly maxPerSource: number;
  /** Items of all sources. */
  readonly maxTotal: number;
  /** Calls back as a task after the sockets were read: `setImmediate`. */
  readonly defer: (callback: () => void) => void;
}

interface Source {
  readonly key: string;
  readonly waiting: Queue<FairWork>;
}

export class FairQueue {
  readonly #options: FairQueueOptions;
  readonly #sources = new Map<string, Source>();
  /** Sources with something waiting, next first. */
  readonly #ring = new Queue<Source>();
  readonly #turn = (): void => this.#serve();
  #length = 0;
  #deferred = false;
  #closed = false;

  constructor(options: FairQueueOptions) {
    this.#options = options;
  }

  /** Items waiting. */
  get length(): number {
    return this.#length;
  }

  /** Adds work unless its source, or all sources together, have as much waiting as they may. False when it is refused. */
  offer(source: string, work: FairWork): boolean {
    if (this.#length >= this.#options.maxTotal) return false;
    const waiting = this.#sources.get(source)?.waiting.length ?? 0;
    if (waiting >= this.#options.maxPerSource) return false;
    this.add(source, work);
    return true;
  }

  /** Adds work whatever waits: for connections, which are bounded by their number and stand in the queue once. */
  add(source: string, work: FairWork): void {
    if (this.#closed) return;
    let entry = this.#sources.get(source);
    if (entry === undefined) {
      entry = { key: source, waiting: new Queue() };
      this.#sources.set(source, entry);
      this.#ring.push(entry);
    }
    entry.waiting.push(work);
    this.#length += 1;
    this.#defer();
  }

  /** Forgets what waits. */
  close(): void {
    this.#closed = true;
    this.#sources.clear();
    this.#ring.clear();
    this.#length = 0;
  }

  #defer(): void {
    if (this.#deferred) return;
    this.#deferred = true;
    this.#options.defer(this.#turn);
  }

  #serve(): void {
    this.#deferred = false;
    try {
      for (let left = TURN; left > 0 && this.#ring.length > 0; left--) this.#serveOne();
    } finally {
      // Also when the owner's code has thrown: what others sent is still to be read.
      if (this.#ring.length > 0) this.#defer();
    }
  }

  #serveOne(): void {
    const source = this.#ring.shift()!;
    const work = source.waiting.shift()!;
    this.#length -= 1;
    let again = false;
    try {
      again = work.run();
    } finally {
      if (!this.#closed) {
        if (again) {
          source.waiting.push(work);
          this.#length += 1;
        }
        if (source.waiting.length > 0) this.#ring.push(source);
        else this.#sources.delete(source.key);
      }
    }
  }
}

/**
 * Messages between two looks at the sockets. A look brings up to 32 datagrams (libuv), so that in a flood what waits moves from the kernel's queue, which
 * knows no sources, to this one, and the flooder's share of it is what overflows.
 */
const TURN = 8;
