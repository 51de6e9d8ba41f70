-- As fresh.sql, in the first seconds of a new warehouse, when no model has run yet.
WITH trades AS (
  SELECT
    t.source, t.symbol, t.trade_id,
    max_by(t.price, t._offset) AS price,
    arg_max_null(t.size, t._offset) AS size,
    max_by(t.event_time, t._offset) AS event_time,
    min(t._offset) AS sequence
  FROM bronze.ticks t
  WHERE t.event_time > $1::TIMESTAMP
  GROUP BY t.source, t.symbol, t.trade_id
  HAVING max_by(coalesce(t.action, ''), t._offset) <> 'cancel'
)
SELECT
  source,
  symbol,
  epoch(max(event_time))::DOUBLE AS last_time,
  min_by(price, (event_time, sequence))::DOUBLE AS open,
  max(price)::DOUBLE AS high,
  min(price)::DOUBLE AS low,
  max_by(price, (event_time, sequence))::DOUBLE AS close,
  sum(size)::DOUBLE AS volume,
  count(*) AS trades
FROM trades
GROUP BY source, symbol, date_trunc('day', event_time)
QUALIFY row_number() OVER (
  PARTITION BY source, symbol ORDER BY date_trunc('day', event_time) DESC
) = 1
