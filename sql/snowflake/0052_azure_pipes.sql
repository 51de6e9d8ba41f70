-- group: azure
-- role: tickhouse_owner
-- repeatable
-- variable: lake_format identifier = lake_parquet
-- variable: azure_notification identifier = TICKHOUSE_AZURE_EVENTS
-- Made from pipeline/datasets by `deno task generate`; edit the declarations, not this.

-- Trades as they print: one record a trade.
CREATE PIPE IF NOT EXISTS bronze._auto_ticks
  AUTO_INGEST = TRUE
  INTEGRATION = '{{ azure_notification }}'
  COMMENT = 'New objects of the lake, by themselves'
  AS COPY INTO bronze._landing_ticks
  FROM @bronze.lake_azure/ticks/
  FILE_FORMAT = (FORMAT_NAME = 'bronze.{{ lake_format }}')
  MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE
  INCLUDE_METADATA = (
    _file = METADATA$FILENAME,
    _file_row = METADATA$FILE_ROW_NUMBER,
    _landed_at = METADATA$START_SCAN_TIME
  )
  ON_ERROR = SKIP_FILE;

-- Quote snapshots with Finnhub's field names: c d dp h l o pc t.
CREATE PIPE IF NOT EXISTS bronze._auto_quotes
  AUTO_INGEST = TRUE
  INTEGRATION = '{{ azure_notification }}'
  COMMENT = 'New objects of the lake, by themselves'
  AS COPY INTO bronze._landing_quotes
  FROM @bronze.lake_azure/quotes/
  FILE_FORMAT = (FORMAT_NAME = 'bronze.{{ lake_format }}')
  MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE
  INCLUDE_METADATA = (
    _file = METADATA$FILENAME,
    _file_row = METADATA$FILE_ROW_NUMBER,
    _landed_at = METADATA$START_SCAN_TIME
  )
  ON_ERROR = SKIP_FILE;

-- OHLCV bars as a feed publishes them; a bar covers [open_time, open_time + bar_interval).
CREATE PIPE IF NOT EXISTS bronze._auto_bars
  AUTO_INGEST = TRUE
  INTEGRATION = '{{ azure_notification }}'
  COMMENT = 'New objects of the lake, by themselves'
  AS COPY INTO bronze._landing_bars
  FROM @bronze.lake_azure/bars/
  FILE_FORMAT = (FORMAT_NAME = 'bronze.{{ lake_format }}')
  MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE
  INCLUDE_METADATA = (
    _file = METADATA$FILENAME,
    _file_row = METADATA$FILE_ROW_NUMBER,
    _landed_at = METADATA$START_SCAN_TIME
  )
  ON_ERROR = SKIP_FILE;

-- Daily index history: Index,Date,Open,High,Low,Close,Adj_Close,Volume,CloseUSD.
CREATE PIPE IF NOT EXISTS bronze._auto_index_bars
  AUTO_INGEST = TRUE
  INTEGRATION = '{{ azure_notification }}'
  COMMENT = 'New objects of the lake, by themselves'
  AS COPY INTO bronze._landing_index_bars
  FROM @bronze.lake_azure/index_bars/
  FILE_FORMAT = (FORMAT_NAME = 'bronze.{{ lake_format }}')
  MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE
  INCLUDE_METADATA = (
    _file = METADATA$FILENAME,
    _file_row = METADATA$FILE_ROW_NUMBER,
    _landed_at = METADATA$START_SCAN_TIME
  )
  ON_ERROR = SKIP_FILE;

-- Splits, dividends and other payouts as a feed tells them, by the day from which on a price is without them.
CREATE PIPE IF NOT EXISTS bronze._auto_corporate_actions
  AUTO_INGEST = TRUE
  INTEGRATION = '{{ azure_notification }}'
  COMMENT = 'New objects of the lake, by themselves'
  AS COPY INTO bronze._landing_corporate_actions
  FROM @bronze.lake_azure/corporate_actions/
  FILE_FORMAT = (FORMAT_NAME = 'bronze.{{ lake_format }}')
  MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE
  INCLUDE_METADATA = (
    _file = METADATA$FILENAME,
    _file_row = METADATA$FILE_ROW_NUMBER,
    _landed_at = METADATA$START_SCAN_TIME
  )
  ON_ERROR = SKIP_FILE;
