-- The days of each symbol, oldest first, of its trades in `records`, which stands before this. What is
-- before the day that the models show is not asked for, what is of it comes as one.
-- include: trades
SELECT
  t.source,
  t.symbol,
  epoch(min(t.event_time))::DOUBLE AS first_time,
  epoch(max(CASE WHEN t.last_price IS NOT NULL THEN t.event_time END))::DOUBLE AS last_time,
  min_by(t.last_price, (t.event_time, t.arrival))::DOUBLE AS open,
  max(t.range_price)::DOUBLE AS high,
  min(t.range_price)::DOUBLE AS low,
  max_by(t.last_price, (t.event_time, t.arrival))::DOUBLE AS close,
  sum(t.size)::DOUBLE AS volume,
  count(*) AS trades,
  count(t.conditions) AS conditional
FROM trades AS t
LEFT JOIN sessions AS s USING (source, symbol)
WHERE s.day_start IS NULL OR t.event_time >= s.day_start
GROUP BY
  t.source,
  t.symbol,
  CASE WHEN t.event_time < s.day_end THEN s.day_start ELSE date_trunc('day', t.event_time) END
ORDER BY t.source, t.symbol, first_time
