-- group: aggregates
-- role: tickhouse_owner
-- variable: warehouse identifier = TICKHOUSE_WH
-- The dynamic tables of 0021, without what was taken back: of each trade and bar the latest record
-- counts, and if that is a cancel, none.

CREATE OR REPLACE DYNAMIC TABLE gold.dt_last_tick
  TARGET_LAG = '1 minute'
  WAREHOUSE = {{ warehouse }}
  REFRESH_MODE = AUTO
  INITIALIZE = ON_SCHEDULE
AS
SELECT symbol, price, size, event_time, source, trade_id
FROM (
  SELECT symbol, price, size, event_time, source, trade_id, _ingest_time, _partition, _offset
  FROM bronze.ticks
  QUALIFY row_number() OVER (
    PARTITION BY source, symbol, trade_id
    ORDER BY _ingest_time DESC, _partition DESC, _offset DESC
  ) = 1 AND coalesce(action, 'new') <> 'cancel'
) AS t
QUALIFY row_number() OVER (
  PARTITION BY symbol ORDER BY event_time DESC, _ingest_time DESC, _partition DESC, _offset DESC
) = 1;

CREATE OR REPLACE DYNAMIC TABLE gold.dt_bars_latest
  TARGET_LAG = '5 minutes'
  WAREHOUSE = {{ warehouse }}
  REFRESH_MODE = AUTO
  INITIALIZE = ON_SCHEDULE
AS
SELECT symbol, bar_interval, open_time, open, high, low, close, adj_close, volume, source
FROM bronze.bars
QUALIFY row_number() OVER (
  PARTITION BY symbol, bar_interval, open_time, source
  ORDER BY _ingest_time DESC, _partition DESC, _offset DESC
) = 1 AND coalesce(action, 'new') <> 'cancel';
