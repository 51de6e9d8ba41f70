-- One-second bars of one symbol ($1 source, $2 symbol) from $3 on: what the models do not have yet.
WITH trades AS (
  SELECT
    trade_id,
    max_by(price, _offset) AS price,
    arg_max_null(size, _offset) AS size,
    max_by(event_time, _offset) AS event_time,
    min(_offset) AS sequence
  FROM bronze.ticks
  WHERE event_time >= $3::TIMESTAMP AND source = $1 AND symbol = $2
  GROUP BY trade_id
  HAVING max_by(coalesce(action, ''), _offset) <> 'cancel'
)
SELECT
  epoch(date_trunc('second', event_time))::BIGINT AS second,
  min_by(price, (event_time, sequence))::DOUBLE AS open,
  max(price)::DOUBLE AS high,
  min(price)::DOUBLE AS low,
  max_by(price, (event_time, sequence))::DOUBLE AS close,
  sum(size)::DOUBLE AS volume,
  count(*) AS trades
FROM trades
GROUP BY second
ORDER BY second
