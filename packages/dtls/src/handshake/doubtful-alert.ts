/** A fatal alert, or a close_notify, that anyone could have written (RFC 5246 §7.2, RFC 6347 §4.1.2.7). */
import type { Instant, TimerTable } from "@purertc/core";
import type { DtlsTimer } from "./flight.ts";

/**
 * DEVIATION from RFC 5246 §7.2.2: a fatal alert in the clear does not end the handshake at once: because anyone who knows the addresses can
 * write one. When the peer goes on, it is forgotten; when nothing more comes from the peer for `graceMs`, it is believed, so that a peer
 * that did refuse us does not leave us waiting for the handshake timeout. RFC 6347 §4.1.2.7 allows to ignore such alerts altogether.
 */
export class DoubtfulAlert {
  readonly #timers: TimerTable<DtlsTimer>;
  readonly #graceMs: number;
  #description: number | undefined;

  constructor(timers: TimerTable<DtlsTimer>, graceMs: number) {
    this.#timers = timers;
    this.#graceMs = graceMs;
  }

  /** An alert came. The first one counts: repeats do not put off its time. */
  doubt(now: Instant, description: number): void {
    if (this.#description !== undefined) return;
    this.#description = description;
    this.#timers.set("alert-grace", now + this.#graceMs);
  }

  /** The peer went on, so the alert was not its last word. */
  forget(): void {
    this.#description = undefined;
    this.#timers.clear("alert-grace");
  }

  /** The alert to believe, when its time has come. */
  believe(now: Instant): number | undefined {
    return this.#timers.take("alert-grace", now) ? this.#description : undefined;
  }
}
