-- The last five seconds of event time of each source that is still arriving, as one-second bars.
-- $1: rows that came in since tell which sources arrive. $2: no event before this is wanted; a
-- constant, so that zone maps skip all older row groups.
-- As in silver_clean_ticks, what is dated too far ahead is set aside.
WITH arriving AS (
  SELECT
    source,
    date_trunc('second', max(event_time)) - INTERVAL 5 SECOND AS since,
    max(_ingest_time) AS ingested
  FROM bronze.ticks
  WHERE _ingest_time >= $1::TIMESTAMP
    AND event_time <= coalesce(receive_time, _ingest_time) + INTERVAL 1 HOUR
  GROUP BY source
),
records AS (
  SELECT
    t.source, t.symbol, t.trade_id, t.price, t.size, t.event_time, t.sequence, t.conditions,
    coalesce(t.action, 'new') AS action, t._ingest_time, t._partition, t._offset
  FROM bronze.ticks t
  JOIN arriving USING (source)
  WHERE t.event_time >= $2::TIMESTAMP AND t.event_time >= since
    AND (t.event_time <= coalesce(t.receive_time, t._ingest_time) + INTERVAL 1 HOUR
      OR t.action = 'cancel')
),
-- include: trades
SELECT
  source,
  symbol,
  epoch(date_trunc('second', event_time))::BIGINT AS second,
  min_by(last_price, (event_time, arrival))::DOUBLE AS open,
  max(range_price)::DOUBLE AS high,
  min(range_price)::DOUBLE AS low,
  max_by(last_price, (event_time, arrival))::DOUBLE AS close,
  sum(size)::DOUBLE AS volume,
  count(*) AS trades,
  (SELECT ingested FROM arriving AS a WHERE a.source = t.source) AS ingested
FROM trades AS t
GROUP BY source, symbol, second
ORDER BY source, symbol, second
