/** What is missing of trades, in the metadata store. @module */
import type { Gap, GapReason } from "../../metadata/gaps.ts";
import type { MetadataStore } from "../../metadata/metadata.ts";
import type { Range } from "../../metadata/range.ts";
import { FINNHUB } from "./client.ts";
import type { Hours } from "./hours.ts";

/** The gaps of trades, by symbol. Only hours in which trades may come are missing. */
export class TradeLedger {
  readonly #metadata: Pick<MetadataStore, "gaps">;
  readonly #hours: Hours;

  constructor(metadata: Pick<MetadataStore, "gaps">, hours: Hours) {
    this.#metadata = metadata;
    this.#hours = hours;
  }

  /** Notes that trades may be missing. Returns whether they may. */
  async missing(
    symbol: string,
    range: Range,
    about: { readonly reason: GapReason; readonly detail: string; readonly noticedUs: number },
  ): Promise<boolean> {
    const parts = this.#hours.within(symbol, range);
    for (const part of parts) {
      await this.#metadata.gaps.open({ ...seriesOf(symbol), ...part, ...about });
    }
    return parts.length > 0;
  }

  /** What can still be filled. */
  async open(symbol: string): Promise<Gap[]> {
    return await this.#metadata.gaps.list({ ...seriesOf(symbol), state: "open" });
  }

  /** Says more of a gap that stays. */
  async explain(gap: Gap, detail: string): Promise<void> {
    const { provider, symbol, interval, fromUs, toUs, reason, noticedUs } = gap;
    const missing = { provider, symbol, interval, fromUs, toUs, reason, noticedUs };
    if (gap.detail !== detail) await this.#metadata.gaps.open({ ...missing, detail });
  }

  /** What was missing is there. */
  async filled(symbol: string, range: Range, nowUs: number): Promise<void> {
    await this.#metadata.gaps.fill(seriesOf(symbol), range, FINNHUB, nowUs);
  }
}

function seriesOf(symbol: string) {
  return { provider: FINNHUB, symbol, interval: "trade" } as const;
}
