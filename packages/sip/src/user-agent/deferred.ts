/** A promise that somebody else settles. One that nobody waits for may be rejected without harm. */
export class Deferred<T> {
  #outcome: { readonly value: T } | { readonly error: unknown } | undefined;
  #promise: Promise<T> | undefined;
  #settle: (() => void) | undefined;

  /** Made when somebody asks for it: most are never looked at. */
  get promise(): Promise<T> {
    if (this.#promise === undefined) {
      this.#promise = new Promise<T>((resolve, reject) => {
        this.#settle = () => {
          const outcome = this.#outcome;
          if (outcome === undefined) return;
          if ("error" in outcome) reject(outcome.error);
          else resolve(outcome.value);
        };
      });
      this.#promise.catch(() => {});
      this.#settle?.();
    }
    return this.#promise;
  }

  get settled(): boolean {
    return this.#outcome !== undefined;
  }

  /** Without effect once settled, as {@link reject}. */
  resolve(value: T): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = { value };
    this.#settle?.();
  }

  reject(error: unknown): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = { error };
    this.#settle?.();
  }
}
