/** A promise that somebody else settles. One that nobody waits for may be rejected without harm. */
export class Deferred<T> {
  readonly promise: Promise<T>;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;
  #settled = false;

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.promise.catch(() => {});
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Without effect once settled, as {@link reject}. */
  resolve(value: T): void {
    this.#settled = true;
    this.#resolve(value);
  }

  reject(error: unknown): void {
    this.#settled = true;
    this.#reject(error);
  }
}
