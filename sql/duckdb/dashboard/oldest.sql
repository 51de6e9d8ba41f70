-- The event of the first row that came in.
SELECT event_time FROM bronze.ticks
WHERE event_time <= coalesce(receive_time, _ingest_time) + INTERVAL 1 HOUR
LIMIT 1
