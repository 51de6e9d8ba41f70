-- The trades of `records`, which stands before this: some of bronze, each with its source, symbol,
-- trade_id, price, size, event_time, sequence, action, _ingest_time, _partition and _offset.
-- As in silver_clean_ticks: records that say the same are a version, which stands where it first
-- arrived; the highest sequence counts, then the newest version.
-- Few trades have more than one record.
facts AS (
  SELECT
    source, symbol, trade_id,
    count(*) AS records,
    any_value(price) AS price,
    any_value(size) AS size,
    any_value(event_time) AS event_time,
    any_value(action) AS action,
    min(_offset) AS arrival
  FROM records
  GROUP BY source, symbol, trade_id
),
versions AS (
  SELECT
    source, symbol, trade_id, price, size, event_time, action,
    coalesce(sequence, -1) AS sequence,
    min((_ingest_time, _partition, _offset)) AS arrival
  FROM records
  SEMI JOIN (SELECT source, symbol, trade_id FROM facts WHERE records > 1) AS repeated
    USING (source, symbol, trade_id)
  GROUP BY ALL
),
trades AS (
  SELECT source, symbol, price, size, event_time, arrival
  FROM facts
  WHERE records = 1 AND action <> 'cancel'
  UNION ALL
  SELECT
    source, symbol,
    max_by(price, (sequence, arrival)),
    arg_max_null(size, (sequence, arrival)),
    max_by(event_time, (sequence, arrival)),
    min(arrival[3])
  FROM versions
  GROUP BY source, symbol, trade_id
  HAVING max_by(action, (sequence, arrival)) <> 'cancel'
)
