/** One deadline that moves often, over `setTimeout`. */

/** A clock in milliseconds; `performance.now` in production. */
export type Clock = () => number;

/** The longest delay `setTimeout` takes; a longer one would fire at once. */
const LONGEST_DELAY_MS = 0x7fff_ffff;

/**
 * A timer that is re-armed for nearly every packet. Moving the deadline later costs a field write: the native timer stays where it
 * is and, when it fires too early, is set again for the rest. Only moving it earlier sets a native timer.
 *
 * While armed it keeps the process alive; disarmed or closed it does not.
 */
export class RearmableTimer {
  readonly #clock: Clock;
  readonly #callback: () => void;
  readonly #onNative = (): void => this.#fired();
  #native: NodeJS.Timeout | undefined;
  #nativeAt = 0;
  #at: number | undefined;
  #closed = false;

  /** `callback` runs as a task of its own, never before the deadline by `clock`. */
  constructor(clock: Clock, callback: () => void) {
    this.#clock = clock;
    this.#callback = callback;
  }

  /** Sets the deadline, replacing the last one; undefined for none. Nothing happens after {@link close}. */
  arm(at: number | undefined): void {
    if (this.#closed) return;
    this.#at = at;
    if (at === undefined) this.#clear();
    else if (this.#native === undefined || at < this.#nativeAt) this.#set(at);
  }

  /** Forgets the deadline for good. */
  close(): void {
    this.#closed = true;
    this.#at = undefined;
    this.#clear();
  }

  #set(at: number): void {
    this.#clear();
    const delay = Math.min(Math.max(Math.ceil(at - this.#clock()), 0), LONGEST_DELAY_MS);
    this.#nativeAt = at;
    this.#native = setTimeout(this.#onNative, delay);
  }

  #clear(): void {
    if (this.#native !== undefined) clearTimeout(this.#native);
    this.#native = undefined;
  }

  #fired(): void {
    this.#native = undefined;
    if (this.#at === undefined) return;
    // Node counts from the start of the loop turn, so it may be up to a turn early.
    if (this.#clock() < this.#at) {
      this.#set(this.#at);
      return;
    }
    this.#at = undefined;
    this.#callback();
  }
}
