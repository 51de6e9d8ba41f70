-- The latest day of each symbol from the ticks that the models have not seen: later than the
-- model's last time for the symbol. $1: no event before this; a constant for the zone maps.
-- As in silver_clean_ticks, what is dated too far ahead is set aside.
WITH records AS (
  SELECT
    t.source, t.symbol, t.trade_id, t.price, t.size, t.event_time, t.sequence,
    coalesce(t.action, 'new') AS action, t._ingest_time, t._partition, t._offset
  FROM bronze.ticks t
  LEFT JOIN gold.gold_kpi k
    ON k.dataset = 'ticks' AND k.source = t.source AND k.symbol = t.symbol
  WHERE t.event_time > $1::TIMESTAMP AND (k.last_time IS NULL OR t.event_time > k.last_time)
    AND (t.event_time <= coalesce(t.receive_time, t._ingest_time) + INTERVAL 1 HOUR
      OR t.action = 'cancel')
),
-- include: latest_day
