/**
 * The port of calendars: when exchanges trade, from the reference tables in `models/seeds`: the
 * same days that the models build (`silver_trading_days`).
 * @module
 */

/** A pause within a session, [fromUs, toUs) in microseconds since 1970 UTC. */
export interface SessionBreak {
  /** Where it begins. */
  readonly fromUs: number;
  /** Where trading goes on. */
  readonly toUs: number;
}

/**
 * How a session's hours differ from the usual ones of its time; `full` if they do not. One that
 * opens late and closes early is an `early_close`.
 */
export type SessionKind = "full" | "early_close" | "late_open";

/** The regular session of a trading day, [openUs, closeUs) in microseconds since 1970 UTC. */
export interface TradingSession {
  /** The trading day, a date of the exchange such as `2025-11-28`. */
  readonly day: string;
  /** Its open; for evening opens on the date before. */
  readonly openUs: number;
  /** Its close; the moment itself is outside. */
  readonly closeUs: number;
  /** Its breaks, in order. */
  readonly breaks: readonly SessionBreak[];
  /** How its hours differ from the usual ones. */
  readonly kind: SessionKind;
  /** Why they differ, if they do. */
  readonly name?: string;
  /** Whether the holidays of its day are known: false means that it may have been one. */
  readonly isKnown: boolean;
}

/** Why a day has no session; `unknown`: it may have one, its year's holidays are not known. */
export type ClosureReason = "weekend" | "holiday" | "ad hoc" | "unknown";

/** A day without a session, or one of which that is not known. */
export interface Closure {
  /** The date of the exchange. */
  readonly day: string;
  /** Why. */
  readonly reason: ClosureReason;
  /** The holiday's name, or what is not known; the day of the week at weekends. */
  readonly name: string;
}

/** Exchanges' sessions. Throws `EXCHANGE_UNKNOWN` of one that `ref_exchanges` does not have. */
export interface Calendar {
  /** Whether the exchange is known. */
  has(exchange: string): boolean;
  /** The sessions that have a moment in [fromUs, toUs), in order. */
  sessions(exchange: string, fromUs: number, toUs: number): readonly TradingSession[];
  /**
   * The dates in [from, to) without a session, in order, and as `unknown` the working days of which
   * no holiday is known: `sessions` has those too.
   */
  closures(exchange: string, from: string, to: string): readonly Closure[];
  /**
   * Where the bars of an interval begin that a feed should have, of those in [fromUs, toUs): below
   * a day counted from the open of each piece of a session, as Yahoo counts; days at 00:00 UTC of
   * the trading day; weeks on Monday, months and quarters on their first. Throws
   * `INTERVAL_UNKNOWN`, and `OPTION_INVALID` where they are more than `SLOTS_MAX`.
   */
  slots(exchange: string, interval: string, fromUs: number, toUs: number): readonly number[];
  /**
   * The exchange that lists a symbol on a day, by `ref_symbols`, in a symbology, or as a source of
   * `ref_sources` names it; undefined if nobody has listed it then.
   */
  exchangeOf(symbology: string, symbol: string, day: string): string | undefined;
}
