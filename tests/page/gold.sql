-- The tables behind the page as the models make them, from the ticks up to $BUILT.
CREATE OR REPLACE TABLE gold.gold_candlestick AS
WITH ticks AS (
  SELECT * FROM bronze.ticks WHERE event_time < TIMESTAMP '$BUILT'
),
bars AS (
  SELECT i.bar_interval, t.source, t.symbol, t.price, t.size, t.event_time, t._offset,
    CASE i.bar_interval
      WHEN '1s' THEN date_trunc('second', event_time)
      WHEN '1m' THEN date_trunc('minute', event_time)
      WHEN '5m' THEN time_bucket(INTERVAL 5 MINUTE, event_time)
      WHEN '1h' THEN date_trunc('hour', event_time)
      ELSE date_trunc('day', event_time)
    END AS open_time
  FROM ticks t, (VALUES ('1s'), ('1m'), ('5m'), ('1h'), ('1d')) i (bar_interval)
)
SELECT 'ticks' AS dataset, source, symbol, bar_interval, open_time,
  open_time::DATE AS trading_day, 'regular' AS session,
  min_by(price, (event_time, _offset)) AS open, max(price) AS high, min(price) AS low,
  max_by(price, (event_time, _offset)) AS close, sum(size)::DECIMAL(28, 8) AS volume,
  count(*) AS trades, max(event_time) AS last_time, 0::BIGINT AS revisions
FROM bars
GROUP BY source, symbol, bar_interval, open_time;

CREATE OR REPLACE TABLE gold.gold_kpi AS
SELECT dataset, source, symbol, close AS last_price, last_time,
  lag(close) OVER (PARTITION BY source, symbol ORDER BY open_time) AS previous_close,
  'ALWAYS' AS exchange, trading_day, session AS day_session, session AS last_session, open_time AS day_start,
  open_time + INTERVAL 1 DAY AS day_end,
  open AS day_open, high AS day_high, low AS day_low, volume, trades, 1000::BIGINT AS _version
FROM gold.gold_candlestick
WHERE bar_interval = '1d'
QUALIFY row_number() OVER (PARTITION BY source, symbol ORDER BY open_time DESC) = 1;

CREATE OR REPLACE TABLE gold.gold_treechart AS
SELECT k.dataset, k.source, k.symbol, coalesce(r.name, k.symbol) AS name,
  coalesce(r.sector, 'Other') AS sector, coalesce(r.weight, 100)::DECIMAL(18, 8) AS weight
FROM gold.gold_kpi k
LEFT JOIN (VALUES
  ('AAPL', 'Apple', 'Technology', 3800), ('MSFT', 'Microsoft', 'Technology', 3700),
  ('GOOGL', 'Alphabet A', 'Communication', 1700), ('AMZN', 'Amazon', 'Consumer', 2300),
  ('TSLA', 'Tesla', 'Consumer', 1300)
) r (symbol, name, sector, weight) USING (symbol);

CREATE OR REPLACE TABLE silver.silver_clean_ticks AS
SELECT source, symbol, trade_id, date_trunc('second', event_time) AS event_second,
  _partition AS _first_partition, _offset AS _first_offset, 1000::BIGINT AS _version,
  '0:' || max(_offset) OVER () AS _ends
FROM bronze.ticks WHERE event_time < TIMESTAMP '$BUILT';

CREATE TABLE IF NOT EXISTS silver.ref_sources (source VARCHAR, condition_set VARCHAR);
CREATE TABLE IF NOT EXISTS silver.ref_conditions (
  condition_set VARCHAR, condition VARCHAR, high_low VARCHAR, last VARCHAR, volume VARCHAR,
  kind VARCHAR
);
