-- Rows and delay per second of arrival, since $1. The delay is from the event to its row.
SELECT
  epoch(date_trunc('second', _ingest_time))::BIGINT AS second,
  count(*) AS ticks,
  quantile_cont(epoch_us(_ingest_time) - epoch_us(event_time), 0.5) / 1000 AS p50_ms,
  quantile_cont(epoch_us(_ingest_time) - epoch_us(event_time), 0.99) / 1000 AS p99_ms
FROM bronze.ticks
WHERE _ingest_time >= $1::TIMESTAMP
GROUP BY second
ORDER BY second
