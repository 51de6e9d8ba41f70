-- One-second bars of one symbol ($1 source, $2 symbol) from $3 on: what the models do not have yet.
-- As in silver_clean_ticks, what is dated too far ahead is set aside.
WITH records AS (
  SELECT
    t.source, t.symbol, t.trade_id, t.price, t.size, t.event_time, t.sequence, t.conditions,
    coalesce(t.action, 'new') AS action, t._ingest_time, t._partition, t._offset
  FROM bronze.ticks t
  WHERE t.event_time >= $3::TIMESTAMP AND t.source = $1 AND t.symbol = $2
    AND (t.event_time <= coalesce(t.receive_time, t._ingest_time) + INTERVAL 1 HOUR
      OR t.action = 'cancel')
),
-- include: trades
SELECT
  epoch(date_trunc('second', event_time))::BIGINT AS second,
  min_by(last_price, (event_time, arrival))::DOUBLE AS open,
  max(range_price)::DOUBLE AS high,
  min(range_price)::DOUBLE AS low,
  max_by(last_price, (event_time, arrival))::DOUBLE AS close,
  sum(size)::DOUBLE AS volume,
  count(*) AS trades
FROM trades
GROUP BY second
ORDER BY second
