-- The days of each symbol from the ticks that its figures do not have: behind how far silver had read
-- when the newest tick in gold_kpi was written. $1: no event before this; a constant for the zone
-- maps. $2: the greatest _version of ticks in gold_kpi; null where it has none.
-- As in silver_clean_ticks, what is dated too far ahead is set aside.
WITH ends AS (
  -- Of a run whose row was replaced the next one says it.
  SELECT arg_min(_ends, _version) AS ends
  FROM silver.silver_clean_ticks
  WHERE _ends IS NOT NULL AND _version >= $2::BIGINT
),
positions AS (
  SELECT
    split_part(p.part, ':', 1)::INTEGER AS _partition,
    split_part(p.part, ':', 2)::BIGINT AS last_offset
  FROM (SELECT unnest(string_split(ends, ',')) AS part FROM ends) AS p
),
unread AS (
  SELECT
    t.source, t.symbol, t.trade_id, t.price, t.size, t.event_time, t.sequence, t.conditions,
    coalesce(t.action, 'new') AS action, t._ingest_time, t._partition, t._offset
  FROM bronze.ticks AS t
  LEFT JOIN positions AS p USING (_partition)
  WHERE t.event_time > $1::TIMESTAMP AND (p.last_offset IS NULL OR t._offset > p.last_offset)
    AND (t.event_time <= coalesce(t.receive_time, t._ingest_time) + INTERVAL 1 HOUR
      OR t.action = 'cancel')
),
-- What is told again or anew of a trade that the figures have waits for the models. A correction of one
-- that is not here is of such.
known AS (
  SELECT s.source, s.symbol, s.trade_id, s.event_second
  FROM silver.silver_clean_ticks AS s
  JOIN positions AS p ON s._first_partition = p._partition AND s._first_offset <= p.last_offset
  WHERE s.event_second >= date_trunc('second', $1::TIMESTAMP)
),
records AS (
  SELECT u.*
  FROM unread AS u
  ANTI JOIN known AS k
    ON u.source = k.source AND u.symbol = k.symbol AND u.trade_id = k.trade_id
    AND date_trunc('second', u.event_time) = k.event_second
  SEMI JOIN (SELECT source, symbol, trade_id FROM unread WHERE action = 'new') AS n
    ON u.source = n.source AND u.symbol = n.symbol AND u.trade_id = n.trade_id
),
-- include: days
