/** Messages of one channel behind a Blob that is still being read: "in the same order as the send method is called". */

interface Waiting {
  readonly data: Uint8Array | Blob;
  readonly transmit: (bytes: Uint8Array) => void;
}

/** Lives from the first Blob until everything queued behind it is handed on. */
export class SendOrder {
  readonly #waiting: Waiting[] = [];
  readonly #emptied: () => void;
  #whenEmpty: (() => void) | undefined;
  #running = false;

  /** `emptied` is called when nothing waits any more. */
  constructor(emptied: () => void) {
    this.#emptied = emptied;
  }

  /** Adds a message; bytes are copied because the caller may reuse them. */
  push(data: Uint8Array | Blob, transmit: (bytes: Uint8Array) => void): void {
    this.#waiting.push({ data: data instanceof Blob ? data : data.slice(), transmit });
    if (!this.#running) void this.#run();
  }

  /** Calls back once, when nothing waits any more. */
  finally(callback: () => void): void {
    this.#whenEmpty = callback;
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const bytes = next.data instanceof Blob ? new Uint8Array(await next.data.arrayBuffer()) : next.data;
      this.#waiting.shift();
      next.transmit(bytes);
    }
    this.#emptied();
    this.#whenEmpty?.();
  }
}
