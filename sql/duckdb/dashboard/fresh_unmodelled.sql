-- As fresh.sql, in the first seconds of a new warehouse, when no model has run yet.
WITH records AS (
  SELECT
    t.source, t.symbol, t.trade_id, t.price, t.size, t.event_time, t.sequence, t.conditions,
    coalesce(t.action, 'new') AS action, t._ingest_time, t._partition, t._offset
  FROM bronze.ticks t
  WHERE t.event_time > $1::TIMESTAMP
    AND (t.event_time <= coalesce(t.receive_time, t._ingest_time) + INTERVAL 1 HOUR
      OR t.action = 'cancel')
),
-- include: days
