/**
 * Turns for everybody: what arrived waits by its source, and the sources are served in turn, one message each; so are the flows of a source, since behind one
 * address may be many. A peer that sends a thousand messages waits for its own thousand; somebody's single message waits for one of them. A turn is
 * short, so that sockets are read in between.
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

/** What waits of one flow, or of several that share a lane. */
interface Lane {
  readonly waiting: Queue<FairWork>;
  /** Whether it is in its source's ring, or being served. */
  listed: boolean;
}

/** What waits of one source. */
interface Source {
  readonly lanes: Map<number, Lane>;
  /** Lanes with something waiting, next first. */
  readonly ring: Queue<Lane>;
  length: number;
  /** Whether it is in the ring of sources, or being served. */
  listed: boolean;
}

export class FairQueue {
  readonly #options: FairQueueOptions;
  /** Kept while they are idle, since most come again; swept when there are many. */
  readonly #sources = new Map<string, Source>();
  /** Sources with something waiting, next first. */
  readonly #ring = new Queue<Source>();
  readonly #turn = (): void => this.#serve();
  #length = 0;
  /** Since the last turn. */
  #offered = 0;
  #deferred = false;
  #closed = false;

  constructor(options: FairQueueOptions) {
    this.#options = options;
  }

  /** Items waiting. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds work of a flow, such as a port, of a source. When its source, or all together, have as much waiting as they may, it is refused; but when another flow of
   * the source is what fills its share, an item of that one goes instead. Tells what was lost, if anything.
   */
  offer(source: string, flow: number, work: FairWork): "refused" | "displaced" | undefined {
    this.#offered += 1;
    if (this.#length >= this.#options.maxTotal) return "refused";
    const entry = this.#source(source);
    const isFull = entry.length >= this.#options.maxPerSource;
    if (isFull && !this.#makeRoom(entry, flow)) return "refused";
    this.#push(entry, flow, work);
    return isFull ? "displaced" : undefined;
  }

  /** Adds work whatever waits: for connections, which are bounded by their number and stand in the queue once. */
  add(source: string, flow: number, work: FairWork): void {
    if (!this.#closed) this.#push(this.#source(source), flow, work);
  }

  #source(key: string): Source {
    let entry = this.#sources.get(key);
    if (entry === undefined) {
      if (this.#sources.size >= MAX_IDLE) this.#sweep();
      entry = { lanes: new Map(), ring: new Queue(), length: 0, listed: false };
      this.#sources.set(key, entry);
    }
    return entry;
  }

  #sweep(): void {
    for (const [key, { listed }] of this.#sources) if (!listed) this.#sources.delete(key);
  }

  #push(source: Source, flow: number, work: FairWork): void {
    if (this.#closed) return;
    let lane = source.lanes.get(flow & LANE_MASK);
    if (lane === undefined) {
      lane = { waiting: new Queue(), listed: false };
      source.lanes.set(flow & LANE_MASK, lane);
    }
    if (!source.listed) this.#ring.push(source);
    if (!lane.listed) source.ring.push(lane);
    source.listed = true;
    lane.listed = true;
    lane.waiting.push(work);
    source.length += 1;
    this.#length += 1;
    this.#defer();
  }

  /** Drops the oldest item of the longest lane, if that is much longer than the newcomer's: no lane becomes empty. */
  #makeRoom(source: Source, flow: number): boolean {
    const own = source.lanes.get(flow & LANE_MASK)?.waiting.length ?? 0;
    let longest: Lane | undefined;
    for (const lane of source.lanes.values()) if (lane.waiting.length > (longest?.waiting.length ?? own + 1)) longest = lane;
    if (longest === undefined) return false;
    longest.waiting.shift();
    source.length -= 1;
    this.#length -= 1;
    return true;
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
    const isFlooded = this.#offered >= LOOK && this.#length > BEHIND;
    this.#offered = 0;
    try {
      for (let left = isFlooded ? FLOODED_TURN : TURN; left > 0 && this.#ring.length > 0; left--) this.#serveOne();
    } finally {
      // Also when the owner's code has thrown: what others sent is still to be read.
      if (this.#ring.length > 0) this.#defer();
    }
  }

  #serveOne(): void {
    const source = this.#ring.shift()!;
    const lane = source.ring.shift()!;
    const work = lane.waiting.shift()!;
    source.length -= 1;
    this.#length -= 1;
    let again = false;
    try {
      again = work.run();
    } finally {
      if (!this.#closed) {
        if (again) {
          lane.waiting.push(work);
          source.length += 1;
          this.#length += 1;
        }
        lane.listed = lane.waiting.length > 0;
        if (lane.listed) source.ring.push(lane);
        source.listed = source.length > 0;
        if (source.listed) this.#ring.push(source);
      }
    }
  }
}

/**
 * Messages between two looks at the sockets. A look brings up to 32 datagrams (libuv), so that in a flood what waits moves from the kernel's queue, which
 * knows no sources, to this one, and the flooder's share of it is what overflows. When looks are full and much waits already, reading comes first.
 */
const TURN = 8;
const FLOODED_TURN = 2;
const LOOK = 32;
const BEHIND = 256;
/** Lanes of a source, less one: many ports share a lane, so that nobody gains by using many. */
const LANE_MASK = 63;
/** Sources remembered before the idle ones are forgotten. */
const MAX_IDLE = 4096;
