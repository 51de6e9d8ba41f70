-- When the newest row came in, and the newest event among its neighbours, per source. Rows lie in
-- order of arrival, so both questions touch the last row groups only.
WITH newest AS (
  SELECT _ingest_time AS ingested FROM bronze.ticks ORDER BY _ingest_time DESC LIMIT 1
)
-- What is dated too far ahead is set aside, as in silver.
SELECT t.source, max(t._ingest_time), max(t.event_time)
FROM bronze.ticks t, newest
WHERE t._ingest_time >= newest.ingested - INTERVAL 5 SECOND
  AND t.event_time <= coalesce(t.receive_time, t._ingest_time) + INTERVAL 1 HOUR
GROUP BY t.source
