-- group: database
-- role: tickhouse_owner
-- The view of 0018, without the days that were taken back: where the latest record is a cancel, there
-- is no day.

CREATE OR REPLACE VIEW gold.stock_market_data AS
SELECT index, date, open, high, low, close, adj_close, volume, close_usd AS closeusd
FROM bronze.index_bars
QUALIFY row_number() OVER (
  PARTITION BY index, date ORDER BY _ingest_time DESC, _partition DESC, _offset DESC
) = 1 AND coalesce(action, 'new') <> 'cancel';
