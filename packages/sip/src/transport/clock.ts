/** Time for the transports: the one place where they meet the host's clock, so that tests can own it. */
import type { Instant } from "@purertc/core";

/** A timer that can be taken back. */
export interface ScheduledTimer {
  /** Takes it back; harmless when it has fired. */
  cancel(): void;
}

/** A monotonic clock with timers. */
export interface TransportClock {
  now(): Instant;
  /** Calls back as a task, `delayMs` or more from now. It must not keep the process alive: sockets do. */
  schedule(delayMs: number, callback: () => void): ScheduledTimer;
}

/** The host's own. */
export const systemClock: TransportClock = {
  now: () => performance.now(),
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, LONGEST_TIMEOUT));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** `setTimeout` takes 31 bits; who is called early looks at the clock. */
const LONGEST_TIMEOUT = 0x7fff_ffff;
