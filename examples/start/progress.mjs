// One line that shows how far a transfer is: redrawn on a terminal, every tenth on anything else.

/** Milliseconds between redraws. */
const REDRAW_MS = 100;

export class Progress {
  #total;
  #begun = performance.now();
  #lastShown = 0;
  #lastTenth = 0;

  /** `total`: bytes. */
  constructor(total) {
    this.#total = total;
  }

  /** `done`: bytes so far. */
  show(done) {
    const now = performance.now();
    if (process.stdout.isTTY) {
      if (now - this.#lastShown < REDRAW_MS) return;
      this.#lastShown = now;
      process.stdout.write(`\r${this.#line(done, now)}`);
    } else {
      const tenth = Math.floor((10 * done) / this.#total);
      if (tenth <= this.#lastTenth) return;
      this.#lastTenth = tenth;
      process.stdout.write(`${this.#line(done, now)}\n`);
    }
  }

  /** Leaves the full bar and begins a new line. */
  end() {
    if (process.stdout.isTTY) process.stdout.write(`\r${this.#line(this.#total, performance.now())}\n`);
    else this.show(this.#total);
  }

  #line(done, now) {
    const share = done / this.#total;
    const bar = "█".repeat(Math.round(30 * share)).padEnd(30, "░");
    const rate = done / 1e3 / Math.max(now - this.#begun, 1);
    const of = `${(done / 1e6).toFixed(0)} of ${(this.#total / 1e6).toFixed(0)} MB`;
    return `Sending:  ${bar} ${`${Math.round(100 * share)}`.padStart(3)} %  ${of}  ${rate.toFixed(1)} MB/s `;
  }
}
