-- The newest candles of a symbol, oldest first, from the source that saw it last.
-- Binds: symbol, bar_interval, dataset, symbol, bar_interval, dataset, count.
SELECT open_time, open, high, low, close, volume
FROM (
  SELECT open_time, open, high, low, close, volume
  FROM gold.gold_candlestick
  WHERE symbol = ? AND bar_interval = ? AND dataset = ?
    AND source = (
      SELECT arg_max(source, open_time)
      FROM gold.gold_candlestick
      WHERE symbol = ? AND bar_interval = ? AND dataset = ?
    )
  ORDER BY open_time DESC
  LIMIT ?
)
ORDER BY open_time
