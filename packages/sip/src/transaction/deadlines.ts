/** The deadlines of many machines, soonest first: a binary heap in which each item knows its place, so that moving a deadline needs no search. */
import type { Instant } from "@purertc/core";

/** Something with one deadline. The two fields are the heap's: others read them. */
export interface Scheduled {
  /** When it wants to be told; {@link NEVER} when it does not. */
  wakeAt: Instant;
  /** Index in the heap; -1 outside it. */
  place: number;
}

/** The deadline of what waits for nothing. */
export const NEVER: Instant = Number.POSITIVE_INFINITY;

/** A heap of {@link Scheduled} items. All operations take O(log n), {@link Deadlines.soonest} O(1). */
export class Deadlines<Item extends Scheduled> {
  #heap: Item[] = [];

  /** How many items have a deadline. */
  get size(): number {
    return this.#heap.length;
  }

  /** The item whose deadline comes first; items with equal deadlines come in any order, but the same for the same calls. */
  get soonest(): Item | undefined {
    return this.#heap[0];
  }

  /** Gives an item its deadline, or moves it; {@link NEVER} takes it out. */
  set(item: Item, at: Instant): void {
    if (at === NEVER) {
      this.remove(item);
      return;
    }
    const before = item.wakeAt;
    item.wakeAt = at;
    if (item.place < 0) {
      this.#heap.push(item);
      this.#rise(item, this.#heap.length - 1);
    } else if (at < before) this.#rise(item, item.place);
    else if (at > before) this.#sink(item, item.place);
  }

  /** Takes an item out, if it is in. */
  remove(item: Item): void {
    const { place } = item;
    item.wakeAt = NEVER;
    if (place < 0) return;
    item.place = -1;
    const last = this.#heap.pop()!;
    if (last === item) return;
    this.#rise(last, place);
    if (last.place === place) this.#sink(last, place);
  }

  /** Forgets all items. */
  clear(): void {
    for (const item of this.#heap) {
      item.place = -1;
      item.wakeAt = NEVER;
    }
    this.#heap = [];
  }

  #rise(item: Item, from: number): void {
    const heap = this.#heap;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above]!;
      if (parent.wakeAt <= item.wakeAt) break;
      heap[place] = parent;
      parent.place = place;
      place = above;
    }
    heap[place] = item;
    item.place = place;
  }

  #sink(item: Item, from: number): void {
    const heap = this.#heap;
    const { length } = heap;
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= length) break;
      if (below + 1 < length && heap[below + 1]!.wakeAt < heap[below]!.wakeAt) below += 1;
      const child = heap[below]!;
      if (child.wakeAt >= item.wakeAt) break;
      heap[place] = child;
      child.place = place;
      place = below;
    }
    heap[place] = item;
    item.place = place;
  }
}
