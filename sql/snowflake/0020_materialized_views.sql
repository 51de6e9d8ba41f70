-- group: aggregates
-- role: tickhouse_owner
-- Needs the Enterprise edition. Snowflake keeps a materialized view right by itself, if it is over
-- one table and has no join, window or HAVING. So these count what came, as it came: a trade that
-- a feed sent twice counts twice. What is deduplicated needs a window: see the dynamic tables.

CREATE MATERIALIZED VIEW IF NOT EXISTS gold.mv_ticks_by_day
  COMMENT = 'Ticks as they came, by symbol and UTC day'
AS
SELECT
  symbol,
  DATE_TRUNC('DAY', event_time) AS day,
  COUNT(*) AS ticks,
  SUM(size) AS volume,
  SUM(CAST(price AS NUMBER(28,8)) * size) AS turnover,
  MIN(price) AS low,
  MAX(price) AS high
FROM bronze.ticks
GROUP BY symbol, DATE_TRUNC('DAY', event_time);

CREATE MATERIALIZED VIEW IF NOT EXISTS gold.mv_arrivals_by_partition
  COMMENT = 'What reconcile asks: first, last and number of offsets by partition'
AS
SELECT
  _topic,
  _partition,
  COUNT(*) AS row_count,
  MIN(_offset) AS first_offset,
  MAX(_offset) AS last_offset,
  MAX(_ingest_time) AS last_ingest_time
FROM bronze.ticks
GROUP BY _topic, _partition;
