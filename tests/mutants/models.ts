/** Defects of the models: what gold shows of cancels, sizes, bars and adjustments. @module */
import type { Mutant } from "./mutant.ts";

export const MODEL_MUTANTS: readonly Mutant[] = [
  {
    name: "a cancelled trade keeps its price",
    file: "models/macros/records.sql",
    from: "case when not t.is_cancelled then t.price end as price",
    to: "t.price as price",
    test: "pipeline/transform/candles_test.ts",
    filter: "a cancel takes a trade back",
  },
  {
    name: "a cancel brings the time that it says",
    file: "models/silver/silver_clean_ticks.sql",
    from:
      "case when s.action = 'cancel' then s._offset - 1000000000000000 else s._offset end as rank",
    to: "s._offset as rank",
    test: "pipeline/transform/candles_test.ts",
    filter: "a cancel of a trade that never came",
  },
  {
    name: "a size that comes with a correction is no change",
    file: "models/silver/silver_clean_ticks.sql",
    from: "k.price <> a.price or k.size <> a.size or k.event_time",
    to: "k.price <> a.price or k.event_time",
    test: "pipeline/transform/incremental_test.ts",
    filter: "run by run",
  },
  {
    name: "turnover is that of a part of the trades",
    file: "models/gold/gold_candlestick_1s.sql",
    from: "case when count(r.amount) = count(r.size) then sum(r.amount) end",
    to: "sum(r.amount)",
    test: "pipeline/transform/candles_test.ts",
    filter: "a turnover or volume",
  },
  {
    name: "weeks are built though the feed publishes them",
    file: "models/gold/gold_candlestick_coarse.sql",
    from: "where not b.is_cancelled and p.bar_interval is null",
    to: "where not b.is_cancelled",
    test: "pipeline/transform/bars_test.ts",
    filter: "an interval that the feed publishes",
  },
  {
    name: "a bar that was taken back is shown",
    file: "models/gold/gold_bar_days.sql",
    from: "and {{ part_of('b.session') }} = n.session\n    where not b.is_cancelled",
    to: "and {{ part_of('b.session') }} = n.session",
    test: "pipeline/transform/bars_test.ts",
    filter: "gold_kpi of bars of minutes",
  },
  {
    name: "prices adjusted for splits are divided by them again",
    file: "models/gold/gold_daily_adjusted.sql",
    from: "when d.adjustment = 'splits' then f.dividends",
    to: "when d.adjustment = 'splits' then f.all_of_it",
    test: "pipeline/transform/adjusted_test.ts",
    filter: "prices that are adjusted for splits",
  },
  {
    name: "a dividend takes its share of the close before its ex-date",
    file: "models/gold/gold_daily_adjusted.sql",
    from: "and d.trading_day >= a.ex_date and d.adjustment",
    to: "and d.trading_day >= a.ex_date - 1 and d.adjustment",
    test: "pipeline/transform/adjusted_test.ts",
    filter: "agrees with",
  },
];
