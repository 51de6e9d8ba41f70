-- group: aggregates
-- role: tickhouse_owner
-- What arrived, minute by minute, for who operates the pipeline: a stream remembers what is new, a
-- serverless task adds it up, and does not run while there is nothing. The owner needs
-- EXECUTE MANAGED TASK ON ACCOUNT.

CREATE TABLE IF NOT EXISTS gold.arrivals (
  minute TIMESTAMP_NTZ(0) NOT NULL,
  source VARCHAR(32) NOT NULL,
  ticks NUMBER(19,0) NOT NULL,
  latest_event_time TIMESTAMP_NTZ(6) NOT NULL
);

CREATE STREAM IF NOT EXISTS bronze.ticks_new ON TABLE bronze.ticks APPEND_ONLY = TRUE
  COMMENT = 'Ticks that gold.arrivals has not counted';

CREATE TASK IF NOT EXISTS bronze.count_arrivals
  SCHEDULE = '1 MINUTE'
  USER_TASK_MANAGED_INITIAL_WAREHOUSE_SIZE = 'XSMALL'
  USER_TASK_TIMEOUT_MS = 60000
  SUSPEND_TASK_AFTER_NUM_FAILURES = 10
  COMMENT = 'Counts what the stream has'
  WHEN SYSTEM$STREAM_HAS_DATA('bronze.ticks_new')
AS
INSERT INTO gold.arrivals (minute, source, ticks, latest_event_time)
SELECT DATE_TRUNC('MINUTE', _ingest_time), source, COUNT(*), MAX(event_time)
FROM bronze.ticks_new
GROUP BY DATE_TRUNC('MINUTE', _ingest_time), source;

ALTER TASK bronze.count_arrivals RESUME;
