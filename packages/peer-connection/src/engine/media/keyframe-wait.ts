/**
 * Where a relay goes over to another source of pictures, or comes back to one of which it withheld packets: what comes before the next key frame refers to pictures that
 * the peer does not have.
 */
import type { Instant } from "@purertc/core";

/** See the file's header. */
export class KeyframeWait {
  #source = -1;
  #since: Instant = 0;

  /** What to do with a packet of `source` that begins no key frame: `"ask"`, once, and `"wait"`; `"go"` where one has not come for long: some encoders make none. */
  next(now: Instant, source: number): "ask" | "wait" | "go" {
    if (this.#source !== source) {
      this.#source = source;
      this.#since = now;
      return "ask";
    }
    return now - this.#since < PATIENCE_MS ? "wait" : "go";
  }

  /** The source is followed. */
  over(): void {
    this.#source = -1;
  }
}

const PATIENCE_MS = 3000;
