/**
 * The port of providers that have history: bars of a symbol, over a time.
 * @module
 */
import type { Range } from "../metadata/range.ts";
import type { ProviderAnswer } from "../provider/client.ts";
import type { RefusedRecord } from "../source/source.ts";

/** A number as the provider wrote it, so that no digit is lost or made up. */
export type Figure = number | string;

/** A bar as a provider tells it. */
export interface FetchedBar {
  /** Where it begins, microseconds since 1970 UTC; of a day and longer, 00:00 UTC of the first day. */
  readonly openUs: number;
  readonly open: Figure;
  readonly high: Figure;
  readonly low: Figure;
  readonly close: Figure;
  /** Null where it is not told. */
  readonly adjClose: Figure | null;
  /** Null where it is not told. */
  readonly volume: Figure | null;
}

/** A split or payout that came with the bars. */
export interface FetchedAction {
  /** First day without it, `YYYY-MM-DD`. */
  readonly exDate: string;
  readonly kind: "split" | "dividend" | "capital_gain";
  /** New shares for an old one, or money a share; decimal digits. */
  readonly amount: string;
  /** Null for splits, and where it is not told. */
  readonly currency: string | null;
}

/** What a symbol is, as far as the provider tells. */
export interface Listing {
  /** Market identifier code, or what `ref_exchanges` calls it; null where it is not told or not known. */
  readonly exchange: string | null;
  readonly currency: string | null;
  readonly name: string | null;
  /** Before, it was not traded; microseconds since 1970 UTC, null where it is not told. */
  readonly listedUs: number | null;
}

/** What came for a range. */
export interface BarsAnswer {
  /** Ascending by where they begin, each once. */
  readonly bars: readonly FetchedBar[];
  /** Elements of the answer that are no bars; those around them are kept. */
  readonly refused: readonly RefusedRecord[];
  /** Elements without any figures, which say only that nothing was traded. */
  readonly blank: number;
  readonly actions: readonly FetchedAction[];
  readonly listing: Listing;
  /** What a person should know of it, such as that the interval came back under another name. */
  readonly notes: readonly string[];
  /** As it came. */
  readonly answer: ProviderAnswer;
}

/** What is asked for. */
export interface BarsRequest extends Range {
  readonly symbol: string;
  readonly interval: string;
}

/** A provider of bars. */
export interface HistoryProvider {
  /** As rows and the ledger name it. */
  readonly name: string;
  /** Those of `BAR_INTERVALS` that it has. */
  readonly intervals: readonly string[];
  /** What open to close are adjusted for. */
  readonly adjustment: "raw" | "splits" | "all";
  /** What the amounts of payouts are adjusted for. */
  readonly amounts: "raw" | "splits";
  /** Seconds after its end in which a bar may still change: late prints, delayed feeds. */
  readonly settleSeconds: number;
  /**
   * Seconds after its end in which a bar may not be there yet: as long, what is behind the last bar
   * of an answer is not missing. Default: `settleSeconds`.
   */
  readonly lateSeconds?: number;
  /** Whether it has bars that have not ended yet. Default: true. */
  readonly hasRunning?: boolean;
  /** Where bars below a day begin: counted from the open of a session, or at full hours. Default: open. */
  readonly aligned?: "open" | "clock";
  /** How far back it goes at an interval, microseconds since 1970 UTC. */
  earliestUs(interval: string, nowUs: number): number;
  /** The range in pieces that one request each may ask for, in order of time. */
  windows(interval: string, range: Range): readonly Range[];
  /** Throws `ProviderError`. */
  bars(request: BarsRequest, signal?: AbortSignal): Promise<BarsAnswer>;
}
