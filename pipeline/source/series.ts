/** What became of the series that a feed fetched. @module */
import type { Range } from "../metadata/range.ts";
import type { FailureReason } from "../provider/errors.ts";

/** Why a series could not be read to its end. */
export interface SeriesFailure {
  /** Of the error. */
  readonly code: string;
  /** Why it is missing. */
  readonly reason: FailureReason;
  /** Of the error. */
  readonly message: string;
  /** When the provider may be asked again, milliseconds since 1970; null where that is not known. */
  readonly againMs: number | null;
}

/** What became of a symbol of a provider at an interval, in one run. */
export interface SeriesReport {
  /** As rows and the ledger name it, such as "yahoo". */
  readonly provider: string;
  /** As the provider writes it. */
  readonly symbol: string;
  /** One of bars', or "trade" or "quote". */
  readonly interval: string;
  /** Requests that were sent. */
  readonly requests: number;
  /** Bars in the answers. */
  readonly received: number;
  /** Of those, bars that were not there before. */
  readonly added: number;
  /** Bars that the provider has corrected since: new versions. */
  readonly revised: number;
  /** Bars that are there and may still change. */
  readonly provisional: number;
  /** Bars that an earlier answer had and the provider has taken back. */
  readonly cancelled: number;
  /** Elements of answers that were no bars: dead letters. */
  readonly refused: number;
  /** Elements of answers without any figures. */
  readonly blank: number;
  /** Splits and payouts that were new. */
  readonly actions: number;
  /** Bars that the calendar expects, and the provider answered without. */
  readonly missing: number;
  /** What is covered now, microseconds since 1970; null if nothing is. */
  readonly covered: Range | null;
  /** Whether it was read to its end or to a failure; false where the run ended before. */
  readonly ended: boolean;
  /** Null if it did not fail. */
  readonly failure: SeriesFailure | null;
}
