/** Time as players and recorders need it; tests bring their own. */

/** A clock that can be waited on. */
export interface MediaClock {
  /** Milliseconds that only go forward. */
  now(): number;
  /** Resolves when `now()` is `at` or later, or when `signal` is aborted. */
  waitUntil(at: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of the machine. */
export const machineClock: MediaClock = {
  now: () => performance.now(),
  waitUntil: (at, signal) =>
    new Promise((resolve) => {
      const wait = at - performance.now();
      if (wait <= 0 || signal?.aborted === true) {
        resolve();
        return;
      }
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, wait);
      signal?.addEventListener("abort", end);
    }),
};
