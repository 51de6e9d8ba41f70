-- The last $5 bars of one instrument ($1 dataset, $2 source, $3 symbol) of interval $4; of regular
-- sessions only if $6. A day's, week's or month's bar is stamped with its date: a chart's days have
-- no hours.
SELECT
  epoch(CASE WHEN bar_interval IN ('1d', '1wk', '1mo') THEN trading_day::TIMESTAMP ELSE open_time END)::BIGINT
    AS second,
  open::DOUBLE,
  high::DOUBLE,
  low::DOUBLE,
  close::DOUBLE,
  volume::DOUBLE,
  coalesce(trades, 0)::BIGINT,
  revisions::BIGINT
FROM gold.gold_candlestick
WHERE dataset = $1 AND source = $2 AND symbol = $3 AND bar_interval = $4
  AND (session = 'regular' OR NOT $6::BOOLEAN)
ORDER BY open_time DESC, session = 'regular' DESC
LIMIT $5::INTEGER
