-- group: aggregates
-- role: tickhouse_owner
-- variable: warehouse identifier = TICKHOUSE_WH
-- The aggregates of 0020 and 0023 by source too: a simulator's AAPL is not the real one. What was
-- taken back can't be left out by a materialized view, which may not look at two records of a trade;
-- so it counts records that are no cancels, and the cancels, and gold.dt_ticks_by_day counts trades.
-- The truth of a trade is the record with the highest sequence; of equal ones, or without any, the
-- version of it that first came last. If that is a cancel, there is no trade.

CREATE OR REPLACE MATERIALIZED VIEW gold.mv_ticks_by_day
  COMMENT = 'Records of ticks as they came, without cancels, by source, symbol and UTC day'
AS
SELECT
  source,
  symbol,
  DATE_TRUNC('DAY', event_time) AS day,
  SUM(CASE WHEN action = 'cancel' THEN 0 ELSE 1 END) AS ticks,
  SUM(CASE WHEN action = 'cancel' THEN 1 ELSE 0 END) AS cancels,
  SUM(CASE WHEN action = 'cancel' THEN NULL ELSE size END) AS volume,
  SUM(CASE WHEN action = 'cancel' THEN NULL ELSE CAST(price AS NUMBER(28,8)) * size END) AS turnover,
  MIN(CASE WHEN action = 'cancel' THEN NULL ELSE price END) AS low,
  MAX(CASE WHEN action = 'cancel' THEN NULL ELSE price END) AS high
FROM bronze.ticks
GROUP BY source, symbol, DATE_TRUNC('DAY', event_time);

CREATE OR REPLACE DYNAMIC TABLE gold.dt_ticks_by_day
  TARGET_LAG = '5 minutes'
  WAREHOUSE = {{ warehouse }}
  REFRESH_MODE = AUTO
  INITIALIZE = ON_SCHEDULE
AS
SELECT
  source,
  symbol,
  DATE_TRUNC('DAY', event_time) AS day,
  COUNT(*) AS ticks,
  SUM(size) AS volume,
  SUM(CAST(price AS NUMBER(28,8)) * size) AS turnover,
  MIN(price) AS low,
  MAX(price) AS high
FROM (
  SELECT *
  FROM (
    SELECT
      source, symbol, trade_id, price, size, event_time, sequence, action,
      _ingest_time, _partition, _offset
    FROM bronze.ticks
    QUALIFY row_number() OVER (
      PARTITION BY source, symbol, trade_id, price, size, event_time, side, sequence, signed, action
      ORDER BY _ingest_time, _partition, _offset
    ) = 1
  ) AS v
  QUALIFY row_number() OVER (
    PARTITION BY source, symbol, trade_id
    ORDER BY sequence DESC NULLS LAST, _ingest_time DESC, _partition DESC, _offset DESC
  ) = 1
) AS t
WHERE coalesce(action, 'new') <> 'cancel'
GROUP BY source, symbol, DATE_TRUNC('DAY', event_time);

CREATE OR REPLACE DYNAMIC TABLE gold.dt_last_tick
  TARGET_LAG = '1 minute'
  WAREHOUSE = {{ warehouse }}
  REFRESH_MODE = AUTO
  INITIALIZE = ON_SCHEDULE
AS
SELECT source, symbol, price, size, event_time, trade_id
FROM (
  SELECT *
  FROM (
    SELECT
      source, symbol, trade_id, price, size, event_time, sequence, action,
      _ingest_time, _partition, _offset
    FROM bronze.ticks
    QUALIFY row_number() OVER (
      PARTITION BY source, symbol, trade_id, price, size, event_time, side, sequence, signed, action
      ORDER BY _ingest_time, _partition, _offset
    ) = 1
  ) AS v
  QUALIFY row_number() OVER (
    PARTITION BY source, symbol, trade_id
    ORDER BY sequence DESC NULLS LAST, _ingest_time DESC, _partition DESC, _offset DESC
  ) = 1
) AS t
WHERE coalesce(action, 'new') <> 'cancel'
QUALIFY row_number() OVER (
  PARTITION BY source, symbol
  ORDER BY event_time DESC, _ingest_time DESC, _partition DESC, _offset DESC
) = 1;
