// A live line chart in the page's colours.
import uPlot from "/uplot.js";

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Draws series over seconds into `box`; `series` are `{ label, color }` with the name of a CSS variable. */
export class Chart {
  #plot;
  #box;

  constructor(box, series, unit) {
    this.#box = box;
    const axis = {
      stroke: () => css("--soft"),
      grid: { stroke: () => css("--line"), width: 1 },
      ticks: { show: false },
      font: "12px system-ui",
    };
    this.#plot = new uPlot(
      {
        ...this.#size(),
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false }, y: { range: (_, __, max) => [0, Math.max(max * 1.15, 1)] } },
        axes: [
          { ...axis, size: 30, values: (_, ticks) => ticks.map((tick) => `${tick} s`) },
          { ...axis, size: 62, values: (_, ticks) => ticks.map((tick) => `${tick} ${unit}`) },
        ],
        series: [
          {},
          ...series.map(({ label, color }) => ({
            label,
            stroke: () => css(color),
            fill: () => `${css(color)}1f`,
            width: 2,
            points: { show: false },
            spanGaps: false,
          })),
        ],
      },
      [[], ...series.map(() => [])],
      box,
    );
    new ResizeObserver(() => this.#plot.setSize(this.#size())).observe(box);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  /** `data`: x values in seconds, then one array per series; `range`: both ends of the x axis. */
  show(data, [min, max]) {
    this.#plot.batch(() => {
      this.#plot.setData(data, false);
      this.#plot.setScale("x", { min, max });
    });
  }

  /** After a change of colours. */
  redraw() {
    this.#plot.redraw(false, true);
  }

  #size() {
    return { width: this.#box.clientWidth, height: this.#box.clientHeight };
  }
}
