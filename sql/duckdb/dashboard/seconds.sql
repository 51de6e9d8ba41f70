-- The last five seconds of event time of each source that is still arriving, as one-second bars.
-- $1: rows that came in since tell which sources arrive. $2: no event before this is wanted; a
-- constant, so that zone maps skip all older row groups.
WITH arriving AS (
  SELECT
    source,
    date_trunc('second', max(event_time)) - INTERVAL 5 SECOND AS since,
    max(_ingest_time) AS ingested
  FROM bronze.ticks
  WHERE _ingest_time >= $1::TIMESTAMP
  GROUP BY source
),
trades AS (
  -- As in silver_clean_ticks: a trade counts once, its last version, in order of its first offset.
  SELECT
    source, symbol, trade_id,
    max_by(price, _offset) AS price,
    arg_max_null(size, _offset) AS size,
    max_by(event_time, _offset) AS event_time,
    min(_offset) AS sequence,
    max(ingested) AS ingested
  FROM bronze.ticks
  JOIN arriving USING (source)
  WHERE event_time >= $2::TIMESTAMP AND event_time >= since
  GROUP BY source, symbol, trade_id
  HAVING max_by(coalesce(action, ''), _offset) <> 'cancel'
)
SELECT
  source,
  symbol,
  epoch(date_trunc('second', event_time))::BIGINT AS second,
  min_by(price, (event_time, sequence))::DOUBLE AS open,
  max(price)::DOUBLE AS high,
  min(price)::DOUBLE AS low,
  max_by(price, (event_time, sequence))::DOUBLE AS close,
  sum(size)::DOUBLE AS volume,
  count(*) AS trades,
  max(ingested) AS ingested
FROM trades
GROUP BY source, symbol, second
ORDER BY source, symbol, second
