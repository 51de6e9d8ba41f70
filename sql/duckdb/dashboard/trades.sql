-- The trades of `records`, which stands before this: some of bronze, each with its source, symbol,
-- trade_id, price, size, event_time, sequence, conditions, action, _ingest_time, _partition and
-- _offset. Each with what it may set: last_price for open and close, range_price for high and low, size.
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
    any_value(conditions) AS conditions,
    any_value(action) AS action,
    min(_offset) AS arrival
  FROM records
  GROUP BY source, symbol, trade_id
),
versions AS (
  SELECT
    source, symbol, trade_id, price, size, event_time, conditions, action,
    coalesce(sequence, -1) AS sequence,
    min((_ingest_time, _partition, _offset)) AS arrival
  FROM records
  SEMI JOIN (SELECT source, symbol, trade_id FROM facts WHERE records > 1) AS repeated
    USING (source, symbol, trade_id)
  GROUP BY ALL
),
told AS (
  SELECT source, symbol, price, size, event_time, conditions, arrival
  FROM facts
  WHERE records = 1 AND action <> 'cancel'
  UNION ALL
  SELECT
    source, symbol,
    max_by(price, (sequence, arrival)),
    arg_max_null(size, (sequence, arrival)),
    max_by(event_time, (sequence, arrival)),
    arg_max_null(conditions, (sequence, arrival)),
    min(arrival[3])
  FROM versions
  GROUP BY source, symbol, trade_id
  HAVING max_by(action, (sequence, arrival)) <> 'cancel'
),
-- include: rules
-- One of size 0 sets no price, nor does one of extended hours in a regular session.
trades AS (
  SELECT
    source, symbol, event_time, conditions, arrival,
    CASE WHEN sets_price AND last < 2 THEN price END AS last_price,
    CASE WHEN sets_price AND high_low < 2 THEN price END AS range_price,
    CASE WHEN volume < 2 THEN size END AS size
  FROM (
    SELECT
      t.*,
      coalesce(r.last, 0) AS last,
      coalesce(r.high_low, 0) AS high_low,
      coalesce(r.volume, 0) AS volume,
      coalesce(t.size, 1) <> 0 AND NOT (
        coalesce(r.is_extended, false) AND coalesce(
          s.is_always OR (
            s.day_session = 'regular'
            AND t.event_time >= s.day_start AND t.event_time < s.day_end
          ),
          true
        )
      ) AS sets_price
    FROM told AS t
    LEFT JOIN rules AS r ON t.source = r.source AND t.conditions = r.conditions
    LEFT JOIN sessions AS s ON t.source = s.source AND t.symbol = s.symbol
  )
)
