-- The event of the first row that came in.
SELECT event_time FROM bronze.ticks LIMIT 1
