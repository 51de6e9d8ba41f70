-- group: database
-- role: tickhouse_owner
-- repeatable
-- For Snowpipe Streaming: one channel a partition.
-- Made from pipeline/datasets by `deno task generate`; edit the declarations, not this.

-- Trades as they print: one record a trade.
CREATE PIPE IF NOT EXISTS bronze._stream_ticks
  COMMENT = 'Rows by Snowpipe Streaming'
  AS COPY INTO bronze.ticks
  FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING'))
  MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE;

-- Quote snapshots with Finnhub's field names: c d dp h l o pc t.
CREATE PIPE IF NOT EXISTS bronze._stream_quotes
  COMMENT = 'Rows by Snowpipe Streaming'
  AS COPY INTO bronze.quotes
  FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING'))
  MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE;

-- OHLCV bars as a feed publishes them; a bar covers [open_time, open_time + bar_interval).
CREATE PIPE IF NOT EXISTS bronze._stream_bars
  COMMENT = 'Rows by Snowpipe Streaming'
  AS COPY INTO bronze.bars
  FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING'))
  MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE;

-- Daily index history: Index,Date,Open,High,Low,Close,Adj_Close,Volume,CloseUSD.
CREATE PIPE IF NOT EXISTS bronze._stream_index_bars
  COMMENT = 'Rows by Snowpipe Streaming'
  AS COPY INTO bronze.index_bars
  FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING'))
  MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE;

-- Splits, dividends and other payouts as a feed tells them, by the day from which on a price is without them.
CREATE PIPE IF NOT EXISTS bronze._stream_corporate_actions
  COMMENT = 'Rows by Snowpipe Streaming'
  AS COPY INTO bronze.corporate_actions
  FROM TABLE(DATA_SOURCE(TYPE => 'STREAMING'))
  MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE;
