-- The latest day of each symbol from the ticks that the models have not seen: later than the
-- model's last time for the symbol. $1: no event before this; a constant for the zone maps.
-- As in silver_clean_ticks: what is dated too far ahead is set aside; records that say the same are a
-- version, which stands where it first arrived; the highest sequence counts, then the newest version.
-- Few trades have more than one record.
WITH records AS (
  SELECT
    t.source, t.symbol, t.trade_id, t.price, t.size, t.event_time, t.sequence,
    coalesce(t.action, 'new') AS action, t._ingest_time, t._partition, t._offset
  FROM bronze.ticks t
  LEFT JOIN gold.gold_kpi k
    ON k.dataset = 'ticks' AND k.source = t.source AND k.symbol = t.symbol
  WHERE t.event_time > $1::TIMESTAMP AND (k.last_time IS NULL OR t.event_time > k.last_time)
    AND (t.event_time <= coalesce(t.receive_time, t._ingest_time) + INTERVAL 1 HOUR
      OR t.action = 'cancel')
),
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
SELECT
  source,
  symbol,
  epoch(max(event_time))::DOUBLE AS last_time,
  min_by(price, (event_time, arrival))::DOUBLE AS open,
  max(price)::DOUBLE AS high,
  min(price)::DOUBLE AS low,
  max_by(price, (event_time, arrival))::DOUBLE AS close,
  sum(size)::DOUBLE AS volume,
  count(*) AS trades
FROM trades
GROUP BY source, symbol, date_trunc('day', event_time)
QUALIFY row_number() OVER (
  PARTITION BY source, symbol ORDER BY date_trunc('day', event_time) DESC
) = 1
