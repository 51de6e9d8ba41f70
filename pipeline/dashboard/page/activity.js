// @ts-check
/** @import { Activity } from "../wire.ts" */
import { LineChart } from "./chart.js";
import { formatCount, formatMs, formatShort } from "./format.js";
import { element, setText } from "./theme.js";

const SECONDS = 120;

/** Ticks per second and their delay, over the last two minutes. */
export class ActivityPanel {
  /** @type {Map<number, Activity>} */
  #entries = new Map();
  #rate = new LineChart(
    element("rate-chart"),
    [{ pick: ([, ticks]) => ticks, colour: "accent" }],
    formatShort,
  );
  #delay = new LineChart(
    element("delay-chart"),
    [
      { pick: ([, , , p99]) => p99, colour: "flat" },
      { pick: ([, , p50]) => p50, colour: "accent" },
    ],
    formatMs,
  );

  /** Second of the last arrival, or undefined. */
  get newest() {
    return this.#entries.size === 0 ? undefined : Math.max(...this.#entries.keys());
  }

  /** Ticks of the last whole second. */
  get rate() {
    return this.#sorted().at(-2)?.[1];
  }

  /**
   * @param {readonly Activity[]} news
   * @param {boolean} first Whether it replaces all there was.
   */
  update(news, first) {
    if (first) this.#entries.clear();
    for (const entry of news) this.#entries.set(entry[0], entry);
    const oldest = (this.newest ?? 0) - SECONDS;
    for (const second of this.#entries.keys()) {
      if (second < oldest) this.#entries.delete(second);
    }
    this.#draw();
  }

  #sorted() {
    return [...this.#entries.values()].sort((a, b) => a[0] - b[0]);
  }

  #draw() {
    // The newest second is not over: its count would look like a fall.
    const whole = this.#sorted().slice(0, -1);
    this.#rate.show(whole);
    this.#delay.show(whole);
    const last = whole.at(-1);
    const [, ticks = 0, p50 = null, p99 = null] = last ?? [];
    setText(element("rate-now"), last ? formatCount(ticks) : "–");
    setText(element("p50-now"), p50 === null ? "–" : formatMs(p50));
    setText(element("p99-now"), p99 === null ? "–" : formatMs(p99));
    element("rate-chart").setAttribute("aria-label", `Ticks per second, now ${ticks}`);
    element("delay-chart").setAttribute(
      "aria-label",
      p50 === null || p99 === null
        ? "Delay from event to row, unknown: these are not live ticks"
        : `Delay from event to row, median ${formatMs(p50)}, 99th percentile ${formatMs(p99)}`,
    );
  }
}
