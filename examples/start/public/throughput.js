// How many bytes go through one reliable channel, each way or both at once. What counts is what arrived: here, or by Node's reports.
import { Chart } from "/chart.js";

const TEST_MS = 5000;
const STEP_MS = 100;
const PART = new Uint8Array(65_536).fill(7);
const HIGH_WATER = 4 * 1024 * 1024;

const byId = (id) => document.getElementById(id);

export class Throughput {
  chart = new Chart(
    byId("throughput-chart"),
    [
      { label: "download", color: "--series-1" },
      { label: "upload", color: "--series-2" },
    ],
    "MB/s",
  );
  #channel;
  #downloaded = 0;
  #uploaded = 0;
  #busy = false;

  constructor() {
    for (const [id, directions] of Object.entries({ download: ["download"], upload: ["upload"], both: ["download", "upload"] })) {
      byId(id).addEventListener("click", () => this.#run(directions));
    }
    this.#enable();
  }

  /** Uses an open channel until it closes. */
  start(channel) {
    this.#channel = channel;
    channel.addEventListener("message", ({ data }) => {
      this.#downloaded += data.byteLength;
    });
    channel.addEventListener("close", () => {
      if (this.#channel === channel) this.#channel = undefined;
      this.#enable();
    });
    this.#enable();
  }

  /** Node's reports come on a channel of their own, or they would wait behind the bytes of the download. */
  listen(channel) {
    channel.addEventListener("message", ({ data }) => {
      this.#uploaded += Number(data);
    });
  }

  async #run(directions) {
    const channel = this.#channel;
    this.#busy = true;
    this.#enable();
    this.#downloaded = 0;
    this.#uploaded = 0;
    const begun = performance.now();
    const rows = { at: [0], download: [0], upload: [0] };
    let last = { at: begun, download: 0, upload: 0 };
    const sample = () => {
      const now = { at: performance.now(), download: this.#downloaded, upload: this.#uploaded };
      const rate = (which) => (now[which] - last[which]) / 1e3 / (now.at - last.at);
      rows.at.push((now.at - begun) / 1000);
      for (const which of ["download", "upload"]) rows[which].push(directions.includes(which) ? rate(which) : null);
      last = now;
      this.#show(rows, directions, begun);
    };
    const sampling = setInterval(sample, STEP_MS);
    if (directions.includes("download")) channel.send(`download ${TEST_MS}`);
    if (directions.includes("upload")) await upload(channel, begun + TEST_MS);
    else await pause(TEST_MS);
    clearInterval(sampling);
    sample();
    this.#finish(directions);
  }

  #show(rows, directions, begun) {
    this.chart.show([rows.at, rows.download, rows.upload], [0, TEST_MS / 1000]);
    const seconds = (performance.now() - begun) / 1000;
    const average = (bytes) => (bytes / 1e6 / seconds).toFixed(1);
    byId("download-rate").textContent = directions.includes("download") ? average(this.#downloaded) : "–";
    byId("upload-rate").textContent = directions.includes("upload") ? average(this.#uploaded) : "–";
    byId("moved").textContent = ((this.#downloaded + this.#uploaded) / 1e6).toFixed(0);
  }

  #finish(directions) {
    this.#busy = false;
    this.#enable();
    const words = { download: "Node to browser", upload: "browser to Node" };
    const results = directions.map((which) => `${words[which]} ${byId(`${which}-rate`).textContent} megabytes per second`);
    byId("throughput-result").textContent = `Test done: ${results.join(", ")}`;
  }

  #enable() {
    for (const id of ["download", "upload", "both"]) byId(id).disabled = this.#busy || this.#channel === undefined;
  }
}

async function upload(channel, end) {
  channel.bufferedAmountLowThreshold = HIGH_WATER / 4;
  while (performance.now() < end && channel.readyState === "open") {
    while (channel.bufferedAmount < HIGH_WATER) channel.send(PART);
    await Promise.race([new Promise((resolve) => channel.addEventListener("bufferedamountlow", resolve, { once: true })), pause(STEP_MS)]);
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
