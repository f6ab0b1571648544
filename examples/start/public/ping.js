// Round trips, ten a second, over an unordered channel without retransmissions: a lost ping stays lost.
import { Chart } from "/chart.js";

const INTERVAL_MS = 100;
const WINDOW_S = 30;
const LOST_AFTER_MS = 2000;

export class Ping {
  chart = new Chart(document.getElementById("ping-chart"), [{ label: "round trip", color: "--series-1" }], "ms");
  #begun = performance.now();
  #samples = [];
  #waiting = new Map();
  #lost = 0;
  #timer;

  /** Pings over an open channel until it closes. */
  start(channel) {
    clearInterval(this.#timer);
    this.#waiting.clear();
    let number = 0;
    channel.addEventListener("message", ({ data }) => this.#echoed(new DataView(data).getUint32(0)));
    channel.addEventListener("close", () => clearInterval(this.#timer));
    this.#timer = setInterval(() => {
      this.#giveUp();
      if (channel.readyState !== "open") return;
      const ping = new Uint8Array(32);
      number += 1;
      new DataView(ping.buffer).setUint32(0, number);
      this.#waiting.set(number, performance.now());
      channel.send(ping);
      this.#show();
    }, INTERVAL_MS);
  }

  #echoed(number) {
    const sent = this.#waiting.get(number);
    if (sent === undefined) return;
    this.#waiting.delete(number);
    const now = performance.now();
    this.#samples.push({ at: (now - this.#begun) / 1000, ms: now - sent });
  }

  #giveUp() {
    const oldest = performance.now() - LOST_AFTER_MS;
    for (const [number, sent] of this.#waiting) {
      if (sent > oldest) return;
      this.#waiting.delete(number);
      this.#lost += 1;
    }
  }

  #show() {
    const now = (performance.now() - this.#begun) / 1000;
    this.#samples = this.#samples.filter(({ at }) => at > now - WINDOW_S);
    const sorted = this.#samples.map(({ ms }) => ms).sort((a, b) => a - b);
    const quantile = (q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
    const write = (id, value) => {
      document.getElementById(id).textContent = value === undefined ? "–" : value.toFixed(1);
    };
    write("ping-last", this.#samples.at(-1)?.ms);
    write("ping-median", quantile(0.5));
    write("ping-high", quantile(0.95));
    document.getElementById("ping-lost").textContent = this.#lost;
    const x = this.#samples.map(({ at }) => at);
    this.chart.show([x, this.#samples.map(({ ms }) => ms)], [Math.max(0, now - WINDOW_S), Math.max(WINDOW_S, now)]);
  }
}
