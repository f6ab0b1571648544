import type { Instant } from "@purertc/core";

/** Something to be done at an instant. */
export interface ScheduledTask {
  readonly at: Instant;
  readonly run: () => void;
}

interface Entry extends ScheduledTask {
  readonly order: number;
}

/** Tasks by time; those of the same instant in the order they were added. A binary heap: O(log n) to add and to take. */
export class Schedule {
  readonly #heap: Entry[] = [];
  #added = 0;

  /** Number of tasks waiting. */
  get length(): number {
    return this.#heap.length;
  }

  /** When the next task is due. */
  nextAt(): Instant | undefined {
    return this.#heap[0]?.at;
  }

  /** Adds a task. */
  add(at: Instant, run: () => void): void {
    const entry = { at, run, order: this.#added };
    this.#added += 1;
    let hole = this.#heap.length;
    this.#heap.push(entry);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (isBefore(this.#heap[parent]!, entry)) break;
      this.#heap[hole] = this.#heap[parent]!;
      hole = parent;
    }
    this.#heap[hole] = entry;
  }

  /** Removes and returns the next task. */
  take(): ScheduledTask | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined || this.#heap.length === 0) return first;
    const length = this.#heap.length;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(this.#heap[child + 1]!, this.#heap[child]!)) child += 1;
      if (isBefore(last, this.#heap[child]!)) break;
      this.#heap[hole] = this.#heap[child]!;
      hole = child;
    }
    this.#heap[hole] = last;
    return first;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
