/** One deadline that moves often and passes seldom: moving it later costs nothing, because the timer underneath looks again when it fires. */
import type { Instant } from "@purertc/core";
import type { ScheduledTimer, TransportClock } from "./clock.ts";

export class Alarm {
  readonly #clock: TransportClock;
  readonly #callback: (now: Instant) => void;
  #at: Instant | undefined;
  #timer: ScheduledTimer | undefined;
  #timerAt: Instant = 0;
  readonly #onTimer = (): void => this.#fired();

  /** `callback` is called as a task once the deadline has passed; it sets the next one itself. */
  constructor(clock: TransportClock, callback: (now: Instant) => void) {
    this.#clock = clock;
    this.#callback = callback;
  }

  /** Moves the deadline; undefined takes it away. */
  set(at: Instant | undefined): void {
    this.#at = at;
    if (at === undefined || (this.#timer !== undefined && this.#timerAt <= at)) return;
    this.#timer?.cancel();
    this.#arm(at);
  }

  /** Takes the timer away as well, for good. */
  close(): void {
    this.#at = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(at: Instant): void {
    this.#timerAt = at;
    this.#timer = this.#clock.schedule(Math.max(0, at - this.#clock.now()), this.#onTimer);
  }

  #fired(): void {
    this.#timer = undefined;
    const at = this.#at;
    if (at === undefined) return;
    const now = this.#clock.now();
    if (now < at) this.#arm(at);
    else {
      this.#at = undefined;
      this.#callback(now);
    }
  }
}
