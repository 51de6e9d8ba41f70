-- The latest day of each symbol, of its trades in `records`, which stands before this.
-- include: trades
SELECT
  source,
  symbol,
  epoch(max(event_time))::DOUBLE AS last_time,
  min_by(price, (event_time, arrival))::DOUBLE AS open,
  max(price)::DOUBLE AS high,
  min(price)::DOUBLE AS low,
  max_by(price, (event_time, arrival))::DOUBLE AS close,
  sum(size)::DOUBLE AS volume,
  count(*) AS trades
FROM trades
GROUP BY source, symbol, date_trunc('day', event_time)
QUALIFY row_number() OVER (
  PARTITION BY source, symbol ORDER BY date_trunc('day', event_time) DESC
) = 1
