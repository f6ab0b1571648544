/** Hands values from a writer to a reader, one at a time: `put` resolves when the reader has taken the value before. */
export class Mailbox<T> implements AsyncIterable<T> {
  #values: T[] = [];
  #ended = false;
  #error: unknown;
  #failed = false;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  /** Waits while one value is there already. Rejects after `fail`. */
  async put(value: T): Promise<void> {
    while (this.#values.length > 0 && !this.#failed) await new Promise<void>((resolve) => (this.#wakeWriter = resolve));
    if (this.#failed) throw this.#error;
    this.#values.push(value);
    this.#wakeReader?.();
  }

  /** The reader reads to the end of what was put. */
  end(): void {
    this.#ended = true;
    this.#wakeReader?.();
  }

  /** The reader gave up. */
  fail(error: unknown): void {
    this.#failed = true;
    this.#error = error;
    this.#wakeWriter?.();
  }

  /** For one reader. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      const value = this.#values.shift();
      if (value !== undefined) {
        this.#wakeWriter?.();
        yield value;
      } else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wakeReader = resolve));
    }
  }
}
