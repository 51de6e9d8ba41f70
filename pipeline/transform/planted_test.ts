import { assert, assertEquals } from "@std/assert";
import { Arrivals } from "../../tests/parity/arrivals.ts";
import { tradingDays } from "../../tests/parity/trading_days.ts";
import { createSchema } from "../duckdb/schema.ts";
import { DuckDbFile } from "../duckdb/engine/file.ts";
import { runChecks } from "./checks.ts";
import type { Check } from "./model.ts";
import { Project, transform } from "./transform.ts";

const PROJECT = await Project.load(new URL("../../models", import.meta.url).pathname);
const TESTS = PROJECT.checks.filter(({ file }) => file.startsWith("tests/"));

/** The view without rows, or with others: readers find this one under its name. */
const shown = (view: string, select: string) =>
  `ALTER VIEW gold.${view} RENAME TO ${view}_whole;
  CREATE VIEW gold.${view} AS ${select} FROM gold.${view}_whole`;
/** One row of a table, the first by its values: how they were written says nothing of it. */
const one = (table: string, where: string) =>
  `rowid = (SELECT id FROM (
    SELECT *, rowid AS id FROM ${table} WHERE ${where} ORDER BY ALL LIMIT 1
  ))`;
const changed = (table: string, set: string, where = "true") =>
  `UPDATE ${table} SET ${set} WHERE ${one(table, where)}`;
const deleted = (table: string, where = "true") =>
  `DELETE FROM ${table} WHERE ${one(table, where)}`;
const doubled = (table: string, where = "true") =>
  `INSERT INTO ${table} SELECT * FROM ${table} WHERE ${one(table, where)}`;

const PRICES = ["open", "high", "low", "close"];
const TWICE = PRICES.map((name) => `${name} = ${name} * 2`).join(", ");
const TWICE_AS = PRICES.map((name) => `${name} * 2 AS ${name}`).join(", ");

const OF_NO_NEWS =
  "is_cancelled AND _elsewhere IS NULL AND _version < (SELECT max(_version) FROM silver.silver_clean_ticks)";
const EARLIER_DAY = `session = 'regular' AND dataset = 'ticks'
  AND (source, symbol, trading_day) NOT IN (
    SELECT (source, symbol, max(trading_day)) FROM gold.gold_candlestick_1d
    WHERE dataset = 'ticks' GROUP BY source, symbol
  )`;
const LATER_MINUTE = `close IS NOT NULL
  AND (dataset, source, symbol, open_time) NOT IN (
    SELECT (dataset, source, symbol, min(open_time)) FROM gold.gold_candlestick_1m
    WHERE close IS NOT NULL GROUP BY dataset, source, symbol
  )`;

/** What is done to the tables, and the tests that must see it: these and no others. */
const DEFECTS: readonly (readonly [what: string, sql: string, red: readonly string[]])[] = [
  ["a trade twice in silver", doubled("silver.silver_clean_ticks", OF_NO_NEWS), [
    "silver_holds_every_fact",
    "silver_natural_keys_are_unique",
  ]],
  ["a cancelled trade lost in silver", deleted("silver.silver_clean_ticks", OF_NO_NEWS), [
    "silver_holds_every_fact",
  ]],
  [
    "a quote lost in silver",
    deleted("silver.silver_clean_stock_quotes", "is_cancelled AND _elsewhere IS NULL"),
    ["seconds_follow_from_their_trades", "silver_holds_every_fact"],
  ],
  ["a place lost", deleted("silver.silver_elsewhere", "fact <> ''"), [
    "elsewhere_holds_its_places",
    "seconds_follow_from_their_trades",
  ]],
  ["a place twice", doubled("silver.silver_elsewhere", "fact <> ''"), [
    "elsewhere_holds_its_places",
    "silver_natural_keys_are_unique",
  ]],
  ["a trading day lost", deleted("silver.silver_trading_days", "exchange = 'XTKS'"), [
    "trading_days_hold_their_sessions",
  ]],
  [
    "a trading day twice",
    doubled(
      "silver.silver_trading_days",
      "exchange = 'XTKS' AND utc_date <> cast(day_start AS date)",
    ),
    ["silver_natural_keys_are_unique"],
  ],
  [
    "a session that ends before it begins",
    changed("silver.silver_trading_days", "close_at = open_at", "is_open AND exchange = 'XTKS'"),
    ["trading_days_hold_their_sessions"],
  ],
  ["a listing twice", doubled("silver.silver_listings", "source = 'yahoo'"), [
    "listings_do_not_overlap",
  ]],
  ["a rule twice", doubled("silver.ref_conditions"), ["reference_keys_are_unique"]],
  ["a calendar twice", doubled("silver.ref_calendars"), ["reference_keys_are_unique"]],
  ["a quality rule twice", doubled("silver.ref_quality_rules"), ["quality_rules_are_possible"]],
  ["a preference twice", doubled("silver.ref_preferences"), ["quality_rules_are_possible"]],
  [
    "a quality rule without a limit",
    changed("silver.ref_quality_rules", "max_value = null", "rule = 'volume'"),
    ["quality_rules_are_possible"],
  ],
  [
    "a quality rule that looks too far back",
    changed("silver.ref_quality_rules", "max_value = 21", "rule = 'stale' AND bar_interval = '1d'"),
    ["quality_rules_are_possible"],
  ],
  [
    "a finding that is lost",
    deleted("gold.gold_quality_findings", "rule = 'off_session' AND dataset = 'bars'"),
    ["findings_follow_from_their_candles"],
  ],
  [
    "a finding that is about nothing",
    changed(
      "gold.gold_quality_findings",
      "event_time = event_time + INTERVAL 7 MICROSECOND",
      "rule = 'jump'",
    ),
    ["findings_follow_from_their_candles"],
  ],
  [
    "an empty day that is not",
    "UPDATE gold.gold_quality_findings SET rule = 'empty_day' WHERE rule = 'jump' AND value < 3",
    ["findings_follow_from_their_candles"],
  ],
  [
    "a half day without an end",
    changed("silver.ref_holidays", "close_minute = null", "kind = 'hours'"),
    ["holidays_are_possible"],
  ],
  [
    "a late open behind the close",
    changed("silver.ref_holidays", "open_minute = close_minute", "kind = 'hours'"),
    ["holidays_are_possible"],
  ],
  [
    "a break that goes on behind the close",
    changed(
      "silver.ref_holidays",
      "break_start_minute = close_minute - 1, break_end_minute = close_minute + 1",
      "kind = 'hours'",
    ),
    ["holidays_are_possible"],
  ],
  [
    "trades in a year whose holidays nobody knows",
    "UPDATE silver.ref_calendars SET known_until = '2010-12-31' WHERE calendar = 'US'",
    ["calendars_are_known"],
  ],
  [
    "a calendar without years",
    "DELETE FROM silver.ref_calendars WHERE calendar = 'KR'",
    ["calendars_are_known"],
  ],
  [
    "a condition that nobody has described",
    "DELETE FROM silver.ref_conditions WHERE condition = '?'",
    ["conditions_are_known"],
  ],
  [
    "a condition of no session that sets prices in one",
    changed("silver.ref_conditions", "high_low = 'yes'", "kind = 'extended'"),
    ["conditions_are_consistent"],
  ],
  [
    "a split into no shares",
    changed("silver.ref_corporate_actions", "amount = 0", "action = 'split'"),
    [
      "actions_are_possible",
      "actions_are_those_told",
    ],
  ],
  [
    "a trade in another currency",
    changed(
      "silver.silver_clean_ticks",
      "currency = 'XXX'",
      "NOT is_cancelled AND set_aside IS NULL AND (source, symbol) IN (SELECT (source, symbol) FROM silver.silver_listings)",
    ),
    ["currencies_are_those_listed"],
  ],
  ["an exchange that nobody has described", changed("silver.ref_symbols", "exchange = 'XXXX'"), [
    "exchanges_are_known",
  ]],
  ["a second's volume", changed("gold.gold_candlestick_1s", "volume = volume + 1", "volume > 0"), [
    "candles_hold_every_trade_once",
    "minutes_follow_from_their_seconds",
    "seconds_follow_from_their_trades",
  ]],
  ["a second's trades", changed("gold.gold_candlestick_1s", "trades = trades + 1", "trades > 0"), [
    "candles_hold_every_trade_once",
    "minutes_follow_from_their_seconds",
    "seconds_follow_from_their_trades",
  ]],
  [
    "a second's prices",
    changed("gold.gold_candlestick_1s", "price_sum = price_sum + 1", "trades > 0"),
    ["candles_hold_every_trade_once", "seconds_follow_from_their_trades"],
  ],
  [
    "a newest second lost",
    `DELETE FROM gold.gold_candlestick_1s WHERE dataset = 'ticks' AND trades > 0 AND _version = (SELECT max(_version) FROM silver.silver_clean_ticks) AND open_time = (SELECT max(open_time) FROM gold.gold_candlestick_1s AS c WHERE c.dataset = 'ticks' AND trades > 0 AND c._version = (SELECT max(_version) FROM silver.silver_clean_ticks))`,
    [
      "candles_hold_every_trade_once",
      "minutes_follow_from_their_seconds",
      "newest_seconds_hold_their_trades",
      "seconds_follow_from_their_trades",
    ],
  ],
  ["a second twice", doubled("gold.gold_candlestick_1s", "trades = 0"), [
    "gold_keys_are_unique",
    "revisions_follow_from_their_seconds",
  ]],
  ["a minute's trades", changed("gold.gold_candlestick_1m", "trades = trades + 1"), [
    "candles_hold_every_trade_once",
    "days_follow_from_their_minutes",
    "minutes_follow_from_their_seconds",
  ]],
  [
    "a minute's high",
    changed("gold.gold_candlestick_1m", "high = high + 100", LATER_MINUTE),
    [
      "days_follow_from_their_minutes",
      "findings_follow_from_their_candles",
      "minutes_follow_from_their_seconds",
    ],
  ],
  [
    "a minute's low below zero",
    changed("gold.gold_candlestick_1m", "low = -1", LATER_MINUTE),
    [
      "candle_prices_are_in_order",
      "days_follow_from_their_minutes",
      "findings_follow_from_their_candles",
      "minutes_follow_from_their_seconds",
    ],
  ],
  [
    "a minute outside of its session",
    changed("gold.gold_candlestick_1m", "session_end = open_time"),
    ["sessions_hold_their_trades"],
  ],
  ["a minute lost", deleted("gold.gold_candlestick_1m", "close IS NOT NULL"), [
    "candles_hold_every_trade_once",
    "days_follow_from_their_minutes",
    "minutes_follow_from_their_seconds",
    "volatility_follows_from_its_minutes",
  ]],
  [
    "an hour's low",
    changed("gold.gold_candlestick_long", "low = low - 50", "bar_interval = '4h' AND low > 60"),
    ["days_follow_from_their_minutes"],
  ],
  ["an hour lost", deleted("gold.gold_candlestick_long", "bar_interval = '1h'"), [
    "candles_hold_every_trade_once",
    "days_follow_from_their_minutes",
  ]],
  [
    "a candle that ends before it begins",
    changed("gold.gold_candlestick_long", "close_time = open_time"),
    ["sessions_hold_their_trades"],
  ],
  [
    "hours that end a day later",
    "UPDATE gold.gold_candlestick_long SET close_time = close_time + INTERVAL 1 DAY",
    ["sessions_hold_their_trades"],
  ],
  ["a day's volume", changed("gold.gold_candlestick_1d", "volume = volume + 1", "volume > 0"), [
    "candles_hold_every_trade_once",
    "days_follow_from_their_minutes",
  ]],
  [
    "a day's open",
    changed("gold.gold_candlestick_1d", "open = (open + low) / 2 + 0.00000001", "open > low"),
    ["days_follow_from_their_minutes"],
  ],
  ["a day lost", deleted("gold.gold_candlestick_1d", EARLIER_DAY), [
    "candles_hold_every_trade_once",
    "days_follow_from_their_minutes",
    "every_symbol_has_its_figures",
  ]],
  ["a day twice", doubled("gold.gold_candlestick_1d", EARLIER_DAY), [
    "candles_hold_every_trade_once",
    "every_symbol_has_its_figures",
    "gold_keys_are_unique",
  ]],
  [
    "a day outside of its bounds",
    changed("gold.gold_candlestick_1d", "open_time = close_time", "session = 'pre'"),
    ["every_symbol_has_its_figures", "sessions_hold_their_trades"],
  ],
  ["a bar lost", deleted("gold.gold_candlestick_bars", "is_cancelled"), ["candles_hold_every_bar"]],
  [
    "a bar's close",
    changed(
      "gold.gold_candlestick_bars",
      "close = close + 0.5",
      "bar_interval = '1h' AND close < high - 1",
    ),
    ["bar_days_follow_from_their_bars", "candles_hold_every_bar"],
  ],
  [
    "a candle that is not shown",
    shown(
      "gold_candlestick",
      "SELECT * EXCLUDE (n) FROM (SELECT *, row_number() OVER (ORDER BY dataset DESC, bar_interval, open_time, source, symbol) AS n",
    ) + ") WHERE n > 1",
    ["candlestick_holds_all_candles"],
  ],
  ["a week's trades", shown("gold_candlestick_rollup", "SELECT * REPLACE (trades + 1 AS trades)"), [
    "weeks_follow_from_their_days",
  ]],
  [
    "a week twice",
    shown(
      "gold_candlestick_rollup",
      "SELECT * FROM gold.gold_candlestick_rollup_whole WHERE bar_interval = '1wk' UNION ALL SELECT *",
    ),
    ["gold_keys_are_unique"],
  ],
  [
    "an adjusted day that is not there",
    shown(
      "gold_daily_adjusted",
      "SELECT * EXCLUDE (n) FROM (SELECT *, row_number() OVER (ORDER BY dataset, source, symbol, trading_day) AS n",
    ) + ") WHERE n > 1",
    ["adjusted_days_are_all_there"],
  ],
  [
    "a raw price that was adjusted",
    shown("gold_daily_adjusted", "SELECT * REPLACE (close * 2 AS close)"),
    ["adjusted_days_are_all_there"],
  ],
  [
    "a pair that is not compared",
    shown(
      "gold_candle_differences",
      "SELECT * EXCLUDE (n) FROM (SELECT *, row_number() OVER (ORDER BY built_from DESC, bar_interval, open_time) AS n",
    ) + ") WHERE n > 1",
    ["differences_hold_all_pairs"],
  ],
  ["a symbol without figures", deleted("gold.gold_kpi"), ["every_symbol_has_its_figures"]],
  [
    "another latest price",
    changed(
      "gold.gold_kpi",
      "last_price = last_price + 1, previous_close = previous_close + 1",
      "dataset = 'quotes' AND previous_close IS NOT NULL",
    ),
    ["every_symbol_has_its_figures", "quotes_give_their_figures"],
  ],
  [
    "a change that is not",
    changed("gold.gold_kpi", "change_amount = change_amount + 1", "change_amount IS NOT NULL"),
    ["every_symbol_has_its_figures"],
  ],
  ["figures twice", doubled("gold.gold_kpi"), [
    "every_symbol_has_its_figures",
    "gold_keys_are_unique",
  ]],
  ["a symbol without a tile", deleted("gold.gold_treechart"), ["every_symbol_has_its_figures"]],
  ["a tile twice", doubled("gold.gold_treechart"), [
    "every_symbol_has_its_figures",
    "gold_keys_are_unique",
  ]],
  [
    "a tick too many in the hour",
    changed("gold.gold_symbol_activity", "tick_count = tick_count + 1"),
    ["activity_holds_its_hour"],
  ],
  ["a symbol lost in the hour", deleted("gold.gold_symbol_activity"), ["activity_holds_its_hour"]],
  ["a bar's day twice", doubled("gold.gold_bar_days"), [
    "bar_days_follow_from_their_bars",
    "gold_keys_are_unique",
  ]],
  [
    "a trade whose second is not that of its time",
    changed(
      "silver.silver_clean_ticks",
      "event_time = event_time + INTERVAL 1 SECOND",
      OF_NO_NEWS,
    ),
    ["silver_holds_every_fact"],
  ],
  [
    "facts that are set aside",
    changed(
      "silver.silver_clean_stock_quotes",
      "set_aside = 'more than 3600 seconds ahead of its arrival', is_cancelled = false",
      "is_cancelled AND _elsewhere IS NULL",
    ),
    ["times_are_not_ahead"],
  ],
  ["a source's listings", "DELETE FROM silver.silver_listings WHERE source = 'csv'", [
    "actions_are_those_told",
    "every_symbol_has_its_figures",
    "listings_are_all_there",
    "minutes_follow_from_their_seconds",
    "revisions_follow_from_their_seconds",
    "splits_are_those_that_apply",
  ]],
  ["a split lost", deleted("silver.silver_splits", "source = 'yahoo'"), [
    "splits_are_those_that_apply",
  ]],
  ["a split twice", doubled("silver.silver_splits", "source = 'yahoo'"), [
    "splits_are_those_that_apply",
  ]],
  [
    "a split of other shares",
    changed("silver.silver_splits", "log_shares = log_shares + ln(1.000001)", "source = 'yahoo'"),
    ["splits_are_those_that_apply"],
  ],
  [
    "a listing's sector",
    changed(
      "silver.silver_listings",
      "sector = 'Energy'",
      "source = 'yahoo' AND sector <> 'Energy'",
    ),
    ["listings_are_all_there"],
  ],
  ["all prices of seconds", `UPDATE gold.gold_candlestick_1s SET ${TWICE}`, [
    "minutes_follow_from_their_seconds",
    "seconds_follow_from_their_trades",
  ]],
  [
    "a second's turnover",
    changed("gold.gold_candlestick_1s", "turnover = turnover * 2", "turnover > 0"),
    ["minutes_follow_from_their_seconds", "seconds_follow_from_their_trades"],
  ],
  ["a second's revisions", changed("gold.gold_candlestick_1s", "revisions = 5", "trades > 0"), [
    "revisions_follow_from_their_seconds",
    "seconds_follow_from_their_trades",
  ]],
  [
    "a second's revisions that are none",
    changed(
      "gold.gold_candlestick_1s",
      "revisions = 0, revised_at = null, revised_until = null",
      "trades > 0 AND revisions > 0 AND revised_until > open_time + INTERVAL 1 HOUR",
    ),
    ["revisions_follow_from_their_seconds"],
  ],
  [
    "all prices of minutes and what is made of them",
    ["1m", "long", "1d"].map((t) => `UPDATE gold.gold_candlestick_${t} SET ${TWICE};`).join("\n"),
    [
      "every_symbol_has_its_figures",
      "minutes_follow_from_their_seconds",
      "quotes_give_their_figures",
    ],
  ],
  [
    "all turnover of minutes and what is made of them",
    ["1m", "long", "1d"].map((t) =>
      `UPDATE gold.gold_candlestick_${t} SET turnover = turnover * 2;`
    ).join("\n"),
    ["minutes_follow_from_their_seconds"],
  ],
  [
    "the days of minutes and of what is made of them",
    ["1m", "long", "1d"].map((t) =>
      `UPDATE gold.gold_candlestick_${t} SET trading_day = trading_day + 7;`
    ).join("\n"),
    [
      "candle_prices_are_in_order",
      "every_symbol_has_its_figures",
      "minutes_follow_from_their_seconds",
      "quotes_give_their_figures",
      "revisions_follow_from_their_seconds",
      "sessions_hold_their_trades",
    ],
  ],
  ["a minute's revisions", changed("gold.gold_candlestick_1m", "revisions = revisions + 1"), [
    "revisions_follow_from_their_seconds",
  ]],
  [
    "an hour's revisions",
    changed("gold.gold_candlestick_long", "revisions = 99", "bar_interval = '1h'"),
    ["revisions_follow_from_their_seconds"],
  ],
  ["a day's revisions", changed("gold.gold_candlestick_1d", "revisions = 99", "session = 'pre'"), [
    "revisions_follow_from_their_seconds",
  ]],
  [
    "an hour's turnover",
    changed("gold.gold_candlestick_long", "turnover = 2 * turnover", "turnover > 0"),
    ["days_follow_from_their_minutes"],
  ],
  [
    "prices of weeks, months and what is built of bars",
    shown("gold_candlestick_rollup", `SELECT * REPLACE (${TWICE_AS})`),
    ["weeks_follow_from_their_days"],
  ],
  [
    "volumes of weeks and months",
    shown("gold_candlestick_rollup", "SELECT * REPLACE (0 * volume AS volume)"),
    ["weeks_follow_from_their_days"],
  ],
  [
    "prices of what is shown of weeks and months",
    shown("gold_candlestick_coarse", `SELECT * REPLACE (${TWICE_AS})`),
    ["candlestick_holds_all_candles"],
  ],
  [
    "split prices",
    shown("gold_daily_adjusted", "SELECT * REPLACE (split_close * 2 AS split_close)"),
    ["adjusted_days_are_all_there"],
  ],
  [
    "adjusted prices",
    shown("gold_daily_adjusted", "SELECT * REPLACE (adj_close * 3 AS adj_close)"),
    ["adjusted_days_are_all_there"],
  ],
  ["returns", shown("gold_daily_adjusted", "SELECT * REPLACE (log_return + 1 AS log_return)"), [
    "adjusted_days_are_all_there",
  ]],
  [
    "factors and all that is made of them",
    shown(
      "gold_daily_adjusted",
      `SELECT * REPLACE (share_factor * 2 AS share_factor, price_factor / 2 AS price_factor,
    split_open / 2 AS split_open, split_high / 2 AS split_high, split_low / 2 AS split_low, split_close / 2 AS split_close,
    adj_open / 2 AS adj_open, adj_high / 2 AS adj_high, adj_low / 2 AS adj_low, adj_close / 2 AS adj_close,
    split_volume * 2 AS split_volume, adj_volume * 2 AS adj_volume)`,
    ),
    ["adjusted_days_are_all_there"],
  ],
  [
    "built prices that were not",
    shown("gold_candle_differences", "SELECT * REPLACE (built_close * 2 AS built_close)"),
    ["differences_hold_all_pairs"],
  ],
  [
    "pairs that are all equal",
    shown("gold_candle_differences", "SELECT * REPLACE (true AS is_equal)"),
    ["differences_hold_all_pairs"],
  ],
  ["candles shown with other prices", shown("gold_candlestick", `SELECT * REPLACE (${TWICE_AS})`), [
    "candlestick_holds_all_candles",
    "differences_hold_all_pairs",
  ]],
  [
    "candles that are closed or not",
    shown("gold_candlestick", "SELECT * REPLACE (NOT is_closed AS is_closed)"),
    ["candle_prices_are_in_order", "provisional_bars_are_not_closed"],
  ],
  ["another vwap", shown("gold_candlestick", "SELECT * REPLACE (vwap * 2 AS vwap)"), [
    "candle_prices_are_in_order",
  ]],
  [
    "candles shown with other volumes",
    shown("gold_candlestick", "SELECT * REPLACE (volume * 5 AS volume, turnover * 5 AS turnover)"),
    ["candlestick_holds_all_candles", "differences_hold_all_pairs"],
  ],
  [
    "bars of another session",
    "UPDATE gold.gold_candlestick_bars SET session = 'pre' WHERE bar_interval = '1h'",
    ["candles_hold_every_bar"],
  ],
  [
    "bars of another day",
    "UPDATE gold.gold_candlestick_bars SET trading_day = trading_day + 1 WHERE bar_interval = '1h'",
    ["bar_days_follow_from_their_bars", "candles_hold_every_bar"],
  ],
  [
    "bars in other shares",
    "UPDATE gold.gold_candlestick_bars SET split_basis = split_basis + 400 WHERE bar_interval = '1h' AND adjustment = 'raw'",
    ["candles_hold_every_bar"],
  ],
  [
    "bars' earlier days",
    `UPDATE gold.gold_bar_days SET open = open * 2, high = high * 2 WHERE (dataset, source, symbol, trading_day) NOT IN (SELECT (dataset, source, symbol, max(trading_day)) FROM gold.gold_bar_days GROUP BY dataset, source, symbol)`,
    ["bar_days_follow_from_their_bars"],
  ],
  [
    "another close before, with its change",
    "UPDATE gold.gold_kpi SET previous_close = previous_close + 1, change_amount = change_amount - 1, change_percent = 100 * (change_amount - 1)::DOUBLE / (previous_close + 1)::DOUBLE WHERE dataset = 'ticks'",
    ["every_symbol_has_its_figures"],
  ],
  [
    "no close before",
    "UPDATE gold.gold_kpi SET previous_close = null, change_amount = null, change_percent = null WHERE dataset = 'bars'",
    ["every_symbol_has_its_figures"],
  ],
  [
    "a percent that is not of the change",
    "UPDATE gold.gold_kpi SET change_percent = -90; UPDATE gold.gold_treechart SET change_percent = -90",
    ["every_symbol_has_its_figures"],
  ],
  [
    "another day of the figures",
    changed(
      "gold.gold_kpi",
      "day_open = day_open * 2, day_high = day_high * 2",
      "dataset = 'ticks'",
    ),
    ["every_symbol_has_its_figures"],
  ],
  ...["IN", "NOT IN"].map((told) =>
    [
      `another day of a quote: ${told} those that say it`,
      changed(
        "gold.gold_kpi",
        "day_high = day_high * 2",
        `dataset = 'quotes' AND (source, symbol, last_time) ${told} (
          SELECT (source, symbol, market_timestamp) FROM silver.silver_clean_stock_quotes
          WHERE day_high IS NOT NULL
        )`,
      ),
      ["quotes_give_their_figures"],
    ] as const
  ),
  ["another volume of the day", changed("gold.gold_kpi", "trades = 7777", "dataset = 'ticks'"), [
    "every_symbol_has_its_figures",
  ]],
  ["another exchange of the day", changed("gold.gold_kpi", "exchange = 'XTKS'"), [
    "every_symbol_has_its_figures",
  ]],
  ["other bounds of the day", changed("gold.gold_kpi", "day_start = '2001-01-01'"), [
    "every_symbol_has_its_figures",
  ]],
  [
    "a volatility",
    "UPDATE gold.gold_kpi SET volatility_per_minute = 100 * volatility_per_minute, volatility_annualised = 100 * volatility_annualised; UPDATE gold.gold_treechart SET volatility_per_minute = 100 * volatility_per_minute, volatility_annualised = 100 * volatility_annualised",
    ["volatility_follows_from_its_minutes"],
  ],
  [
    "a tile of another sector",
    changed("gold.gold_treechart", "sector = 'Energy'", "sector <> 'Energy'"),
    ["every_symbol_has_its_figures"],
  ],
  ["a tile of another weight", changed("gold.gold_treechart", "weight = weight + 1"), [
    "every_symbol_has_its_figures",
  ]],
  [
    "running bars that are closed",
    shown("gold_candlestick", "SELECT * REPLACE (is_closed OR symbol = 'RUN' AS is_closed)"),
    ["candle_prices_are_in_order", "provisional_bars_are_not_closed"],
  ],
  [
    "a running day that is told as over",
    "UPDATE gold.gold_kpi SET is_provisional = false",
    ["every_symbol_has_its_figures", "provisional_bars_are_not_closed"],
  ],
  [
    "a running day that is adjusted, and taken for the close before",
    "UPDATE silver.silver_clean_bars SET provisional = 'yes' WHERE symbol = 'RUN' AND open_time = '2026-03-04'",
    [
      "adjusted_days_are_all_there",
      "candles_hold_every_bar",
      "provisional_bars_are_not_closed",
    ],
  ],
  [
    "a bar that nobody has settled",
    "UPDATE gold.gold_candlestick_bars SET is_provisional = true WHERE symbol = 'RUN' AND open_time = '2026-03-04'",
    [
      "adjusted_days_are_all_there",
      "bar_days_follow_from_their_bars",
      "candles_hold_every_bar",
      "provisional_bars_are_settled",
    ],
  ],
  [
    "a feed's dividend lost",
    "DELETE FROM silver.silver_corporate_actions WHERE instrument = 'RUN'",
    ["actions_are_those_told"],
  ],
  [
    "a feed's dividend of another amount",
    "UPDATE silver.silver_corporate_actions SET amount = 2 * amount WHERE instrument = 'RUN'",
    ["actions_agree", "actions_are_those_told"],
  ],
  ["an action told twice", doubled("silver.silver_clean_corporate_actions", "symbol = 'RUN'"), [
    "silver_holds_every_fact",
    "silver_natural_keys_are_unique",
  ]],
  ["an action twice", doubled("silver.silver_corporate_actions", "instrument = 'RUN'"), [
    "silver_natural_keys_are_unique",
  ]],
  ["another volume in the hour", changed("gold.gold_symbol_activity", "volume = 1"), [
    "activity_holds_its_hour",
  ]],
  [
    "another last time in the hour",
    changed("gold.gold_symbol_activity", "last_time = '2001-01-01'"),
    ["activity_holds_its_hour"],
  ],
];

/** Daily and minute bars of a feed, the newest of each still running, and what it tells of payouts. */
const RUNNING = `
  UPDATE bronze.bars SET provisional = NULL;
  DELETE FROM bronze.corporate_actions WHERE source <> 'csv';
  INSERT INTO bronze.bars BY NAME
  SELECT 'bars' AS _topic, 8 AS _partition, row_number() OVER () - 1 AS _offset,
    TIMESTAMP '2026-03-10 00:00:00' AS _ingest_time, 'yahoo' AS source, 'RUN' AS symbol, *,
    10 AS open, 12 AS high, 9 AS low, 11 AS close, 100 AS volume, 'splits' AS adjustment
  FROM (
    SELECT '1d' AS bar_interval, TIMESTAMP '2026-03-02' + to_days(i) AS open_time,
      CASE WHEN i = 3 THEN 'yes' END AS provisional
    FROM (SELECT unnest([0, 1, 2, 3]) AS i)
    UNION ALL
    SELECT '1m', TIMESTAMP '2026-03-05 15:00:00' + to_minutes(i), CASE WHEN i = 7 THEN 'yes' END
    FROM (SELECT unnest([0, 1, 2, 7]) AS i)
  );
  INSERT INTO bronze.corporate_actions BY NAME
  SELECT 'corporate_actions' AS _topic, 8 AS _partition, 0 AS _offset,
    TIMESTAMP '2026-03-10 00:00:00' AS _ingest_time, 'yahoo' AS source, 'RUN' AS symbol,
    DATE '2026-03-04' AS ex_date, 'dividend' AS kind, 1.5 AS amount, 'raw' AS adjustment`;

/** The tests that read what the statement changes, by themselves or by views: it reaches no other. */
function readersOf(sql: string): readonly Check[] {
  const changed = new Set<string>();
  for (const { name, relation, kind, refs, sources } of PROJECT.models) {
    const reads = kind === "view" && refs.some((ref) => changed.has(ref));
    if (reads || sql.includes(relation)) changed.add(name);
    if (sources.some((source) => sql.includes(source))) changed.add(name);
  }
  return TESTS.filter(({ refs }) => refs.some((ref) => changed.has(ref)));
}

Deno.test("each test of the models sees the defects that it is for", async () => {
  await using file = await DuckDbFile.open(":memory:");
  await using session = await file.session();
  await createSchema(session);
  const arrivals = new Arrivals(2);
  await session.run(arrivals.batch(100));
  await session.run(tradingDays(2));
  await session.run(`UPDATE bronze.bars SET provisional = NULL;
    DELETE FROM bronze.corporate_actions WHERE source <> 'csv'`);
  await transform({ project: PROJECT, session, checks: false });
  await session.run(arrivals.batch(50));
  await session.run(RUNNING);
  await transform({ project: PROJECT, session, checks: false });
  // What arrives has conditions that no table has: here they have one.
  await session.run(`INSERT INTO silver.ref_conditions
    SELECT * REPLACE ('?' AS condition) FROM silver.ref_conditions WHERE condition = '@';
    DELETE FROM silver.ref_conditions WHERE condition_set = 'finnhub';
    INSERT INTO silver.ref_conditions
    SELECT * REPLACE ('finnhub' AS condition_set, 'yes' AS high_low, 'yes' AS last,
      'yes' AS volume, 'normal' AS kind)
    FROM silver.ref_conditions WHERE condition_set = 'sip'`);
  // Some of it is dated ahead: here nothing is.
  await session.run(`CREATE TEMP TABLE ahead AS SELECT source, symbol, trade_id
      FROM silver.silver_clean_ticks WHERE set_aside IS NOT NULL;
    DELETE FROM bronze.ticks WHERE (source, symbol, trade_id) IN (SELECT (source, symbol, trade_id) FROM ahead);
    DELETE FROM silver.silver_clean_ticks
      WHERE (source, symbol, trade_id) IN (SELECT (source, symbol, trade_id) FROM ahead);
    DELETE FROM silver.silver_elsewhere
      WHERE dataset = 'ticks' AND (source, symbol, fact) IN (SELECT (source, symbol, trade_id) FROM ahead)`);
  const red = async (tests: readonly Check[]) =>
    (await runChecks(session, tests)).filter(({ faults }) => faults > 0).map(({ name }) => name);
  assertEquals(await red(TESTS), []);
  const seen = new Set<string>();
  for (const [what, sql, expected] of DEFECTS) {
    await session.run("BEGIN");
    try {
      assert(await session.run(sql) > 0 || sql.startsWith("ALTER"), `${what}: nothing is changed`);
      const found = await red(readersOf(sql));
      assertEquals(found, expected, what);
      for (const name of found) seen.add(name);
    } finally {
      await session.run("ROLLBACK");
    }
  }
  assertEquals(TESTS.map(({ name }) => name).filter((name) => !seen.has(name)), []);
});
