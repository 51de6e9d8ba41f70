-- group: aggregates
-- role: tickhouse_owner
-- variable: warehouse identifier = TICKHOUSE_WH
-- Where a materialized view may not: joins and windows. Refreshed within the lag, and only while
-- there is something new. The models of dbt stay the truth; these serve pages that must be fresh
-- between two runs of the models.

CREATE DYNAMIC TABLE IF NOT EXISTS gold.dt_last_tick
  TARGET_LAG = '1 minute'
  WAREHOUSE = {{ warehouse }}
  REFRESH_MODE = AUTO
  INITIALIZE = ON_SCHEDULE
AS
SELECT symbol, price, size, event_time, source, trade_id
FROM bronze.ticks
QUALIFY row_number() OVER (
  PARTITION BY symbol ORDER BY event_time DESC, _ingest_time DESC, _partition DESC, _offset DESC
) = 1;

CREATE DYNAMIC TABLE IF NOT EXISTS gold.dt_bars_latest
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
) = 1;
