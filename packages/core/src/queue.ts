/**
 * A first-in first-out queue in a ring that doubles when full: O(1) at both ends, unlike `Array.shift` on a long array. There is no ring before the
 * first item: a connection has a dozen queues, and most of them never hold anything.
 */
export class Queue<T> {
  #ring: (T | undefined)[] = [];
  #head = 0;
  #length = 0;

  /** Number of items waiting. */
  get length(): number {
    return this.#length;
  }

  /** Adds an item at the end. */
  push(item: T): void {
    if (this.#length === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#length) & (this.#ring.length - 1)] = item;
    this.#length += 1;
  }

  /** Puts an item back in front. */
  unshift(item: T): void {
    if (this.#length === this.#ring.length) this.#grow();
    this.#head = (this.#head - 1) & (this.#ring.length - 1);
    this.#ring[this.#head] = item;
    this.#length += 1;
  }

  /** Removes and returns the first item. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#length -= 1;
    return item;
  }

  /** The first item, left in place. */
  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head];
  }

  /** The item `index` places from the front, left in place. */
  at(index: number): T | undefined {
    return index < 0 || index >= this.#length ? undefined : this.#ring[(this.#head + index) & (this.#ring.length - 1)];
  }

  /** Removes all items. */
  clear(): void {
    this.#ring = [];
    this.#head = 0;
    this.#length = 0;
  }

  #grow(): void {
    const larger: (T | undefined)[] = new Array(Math.max(FIRST_LENGTH, this.#ring.length * 2));
    for (let i = 0; i < this.#length; i++) larger[i] = this.#ring[(this.#head + i) & (this.#ring.length - 1)];
    this.#ring = larger;
    this.#head = 0;
  }
}

/** A power of two, as every length of the ring. */
const FIRST_LENGTH = 8;
