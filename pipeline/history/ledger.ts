/** What the metadata store is told of a series. @module */
import type { GapReason } from "../metadata/gaps.ts";
import type { MetadataStore, Series } from "../metadata/metadata.ts";
import { intersection, type Range } from "../metadata/range.ts";
import { toldActions } from "./actions.ts";
import type { SeriesState } from "./state.ts";
import { day } from "./time.ts";

/** Reasons that no later request to the same provider can change. A key or a plan may be another. */
const FINAL: readonly GapReason[] = ["no_trade", "unknown_symbol"];

/** Keeps watermark, coverage and gaps of one series. All of it may be told twice. */
export class Ledger {
  readonly #metadata: MetadataStore;
  readonly #series: Series;

  constructor(metadata: MetadataStore, series: Series) {
    this.#metadata = metadata;
    this.#series = series;
  }

  /** What the last request brought, after its records are in the log. */
  async told({ covered, told }: SeriesState, nowUs: number): Promise<void> {
    const { watermarks, coverage, gaps } = this.#metadata;
    const series = this.#series;
    const { asked, askedUs, sha256, received, lastTimeUs, whole, missing, actions } = told;
    const outcome = received > 0 ? "received" : "empty";
    await coverage.add({ ...series, ...asked, askedUs, outcome, sha256 });
    const there = await watermarks.get(series);
    const last = Math.max(lastTimeUs ?? -Infinity, there?.lastTimeUs ?? -Infinity);
    if (covered.fromUs < covered.toUs) {
      await watermarks.replace(series, {
        ...covered,
        lastTimeUs: Number.isFinite(last) ? last : null,
        updatedUs: nowUs,
      });
    }
    const { provider: source, symbol } = series;
    await this.#metadata.actions.upsert(toldActions(source, symbol, actions), nowUs);
    for (const range of whole) await gaps.fill(series, range, series.provider, nowUs);
    for (const { reason, ...range } of missing) {
      await this.#explained(range, reason, nowUs);
      await this.missing(range, reason, "the provider answered without it", nowUs);
    }
  }

  /** Notes what is missing; what nobody can fill is accepted at once. */
  async missing(
    range: Range,
    reason: GapReason,
    detail: string,
    nowUs: number,
    isFinal = FINAL.includes(reason),
  ): Promise<void> {
    if (!(range.fromUs < range.toUs)) return;
    const { gaps } = this.#metadata;
    await gaps.open({ ...this.#series, ...range, reason, detail, noticedUs: nowUs });
    if (isFinal) await gaps.accept(this.#series, range, detail, nowUs);
  }

  /** The day from which on something is missing that may come yet; undefined if nothing is. */
  async sinceDay(): Promise<string | undefined> {
    const [first] = await this.#metadata.gaps.list({ ...this.#series, state: "open", limit: 1 });
    return first && day(first.fromUs);
  }

  /** What is missing in the midst of what is covered, and may have come since: so many at the most. */
  async fillable(covered: Range, limit: number): Promise<Range[]> {
    const wanted = { ...this.#series, state: "open", reason: "provider_error" } as const;
    const found = await this.#metadata.gaps.list({ ...wanted, range: covered, limit });
    return found.map((gap) => intersection(gap, covered));
  }

  /** What is not there of the range, whatever the reason. */
  async lacked(range: Range): Promise<Range[]> {
    const found = await this.#metadata.gaps.list({ ...this.#series, range });
    return found.filter(({ state }) => state !== "filled");
  }

  /** A request that failed. */
  async refused(range: Range, askedUs: number): Promise<void> {
    if (!(range.fromUs < range.toUs)) return;
    const outcome = "refused";
    await this.#metadata.coverage.add({
      ...this.#series,
      ...range,
      askedUs,
      outcome,
      sha256: null,
    });
  }

  /** What was missing for another reason has been answered now. */
  async #explained(range: Range, now: GapReason, nowUs: number): Promise<void> {
    const there = await this.#metadata.gaps.list({ ...this.#series, range, state: "open" });
    if (there.every(({ reason }) => reason === now)) return;
    await this.#metadata.gaps.fill(this.#series, range, this.#series.provider, nowUs);
  }
}
