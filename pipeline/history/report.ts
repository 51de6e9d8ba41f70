/** What became of a series. @module */
import { number } from "../console.ts";
import type { Range } from "../metadata/range.ts";
import type { ProviderError } from "../provider/errors.ts";
import type { SeriesReport } from "../source/series.ts";
import { timeText } from "./bar.ts";

/** Counts of a report. */
type Count =
  | "requests"
  | "received"
  | "added"
  | "revised"
  | "cancelled"
  | "refused"
  | "blank"
  | "actions"
  | "missing";

/** Adds up what becomes of a series. */
export class SeriesTally {
  #report: SeriesReport;

  constructor(series: Pick<SeriesReport, "provider" | "symbol" | "interval">) {
    this.#report = {
      ...series,
      ...{ requests: 0, received: 0, added: 0, revised: 0, provisional: 0, cancelled: 0 },
      ...{ refused: 0, blank: 0, actions: 0, missing: 0, covered: null },
      ...{ ended: false, failure: null },
    };
  }

  get report(): SeriesReport {
    return this.#report;
  }

  add(counts: Partial<Record<Count, number>>): void {
    const sums = Object.entries(counts).map(([name, count]) => [
      name,
      this.#report[name as Count] + count,
    ]);
    this.#report = { ...this.#report, ...Object.fromEntries(sums) };
  }

  /** It is read again, from what is covered. */
  begin(covered: Range | null): void {
    this.#report = { ...this.#report, covered, failure: null };
  }

  covered(covered: Range): void {
    this.#report = { ...this.#report, covered };
  }

  /** So many may still change. */
  provisional(count: number): void {
    this.#report = { ...this.#report, provisional: count };
  }

  ended(): void {
    this.#report = { ...this.#report, ended: true };
  }

  failed({ code, reason, message, againMs }: ProviderError): void {
    const failure = { code, reason, message, againMs: againMs ?? null };
    this.#report = { ...this.#report, failure };
  }
}

/** The series as a line for people. */
export function seriesLine(report: SeriesReport): string {
  const { provider, symbol, interval, covered, failure } = report;
  const name = `${provider} ${symbol} ${interval}`;
  const counts = ([
    ["added", "new"],
    ["revised", "revised"],
    ["provisional", "provisional"],
    ["cancelled", "taken back"],
    ["refused", "refused"],
    ["blank", "without figures"],
    ["actions", "splits and payouts"],
    ["missing", "missing"],
  ] as const).filter(([key]) => key === "added" || report[key] > 0)
    .map(([key, word]) => `${number(report[key])} ${word}`).join(", ");
  const until = covered
    ? ` (${timeText(covered.fromUs, interval)} to ${timeText(covered.toUs, interval)})`
    : "";
  return `${name}: ${counts}${until}${failure ? ", then it failed" : ""}`;
}
