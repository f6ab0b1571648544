/** Which wall-clock time an RTP timestamp stands for: what sender reports say, so that a receiver can play streams in sync (RFC 3550 §6.4.1). */

/** See the file's header. One for each stream sent. */
export class SampleClock {
  #timestamp = 0;
  #unixMs = 0;
  #started = false;

  get started(): boolean {
    return this.#started;
  }

  /**
   * Takes note that `timestamp` was sampled at `unixMs`. Where that is only the time of sending, it scatters around the truth: small differences are followed slowly,
   * large ones at once.
   */
  note(timestamp: number, unixMs: number, clockRate: number): void {
    if (this.#started) {
      const expected = this.unixMs(timestamp, clockRate);
      const difference = unixMs - expected;
      this.#unixMs = Math.abs(difference) > MAX_SLEW_MS ? unixMs : expected + difference * SLEW;
    } else {
      this.#started = true;
      this.#unixMs = unixMs;
    }
    this.#timestamp = timestamp;
  }

  /** When a timestamp near the last was sampled. */
  unixMs(timestamp: number, clockRate: number): number {
    return this.#unixMs + (((timestamp - this.#timestamp) | 0) * 1000) / clockRate;
  }

  /** The timestamp of a moment. */
  timestamp(unixMs: number, clockRate: number): number {
    return (this.#timestamp + Math.round(((unixMs - this.#unixMs) * clockRate) / 1000)) >>> 0;
  }
}

const MAX_SLEW_MS = 200;
const SLEW = 1 / 64;
