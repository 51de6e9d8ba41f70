-- group: database
-- role: tickhouse_owner
-- repeatable
-- variable: lake_format identifier = lake_parquet
-- variable: lake_stage identifier = lake
-- Made from pipeline/datasets by `deno task generate`; edit the declarations, not this.

-- Trades as they print: one record a trade.
CREATE OR REPLACE PIPE bronze._pipe_ticks
  COMMENT = 'Files of the lake, named by insertFiles'
  AS COPY INTO bronze._landing_ticks
  FROM @bronze.{{ lake_stage }}
  FILE_FORMAT = (FORMAT_NAME = 'bronze.{{ lake_format }}')
  MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE
  INCLUDE_METADATA = (
    _file = METADATA$FILENAME,
    _file_row = METADATA$FILE_ROW_NUMBER,
    _landed_at = METADATA$START_SCAN_TIME
  )
  ON_ERROR = SKIP_FILE;

-- Quote snapshots with Finnhub's field names: c d dp h l o pc t.
CREATE OR REPLACE PIPE bronze._pipe_quotes
  COMMENT = 'Files of the lake, named by insertFiles'
  AS COPY INTO bronze._landing_quotes
  FROM @bronze.{{ lake_stage }}
  FILE_FORMAT = (FORMAT_NAME = 'bronze.{{ lake_format }}')
  MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE
  INCLUDE_METADATA = (
    _file = METADATA$FILENAME,
    _file_row = METADATA$FILE_ROW_NUMBER,
    _landed_at = METADATA$START_SCAN_TIME
  )
  ON_ERROR = SKIP_FILE;

-- OHLCV bars as a feed publishes them; a bar covers [open_time, open_time + bar_interval).
CREATE OR REPLACE PIPE bronze._pipe_bars
  COMMENT = 'Files of the lake, named by insertFiles'
  AS COPY INTO bronze._landing_bars
  FROM @bronze.{{ lake_stage }}
  FILE_FORMAT = (FORMAT_NAME = 'bronze.{{ lake_format }}')
  MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE
  INCLUDE_METADATA = (
    _file = METADATA$FILENAME,
    _file_row = METADATA$FILE_ROW_NUMBER,
    _landed_at = METADATA$START_SCAN_TIME
  )
  ON_ERROR = SKIP_FILE;

-- Daily index history: Index,Date,Open,High,Low,Close,Adj_Close,Volume,CloseUSD.
CREATE OR REPLACE PIPE bronze._pipe_index_bars
  COMMENT = 'Files of the lake, named by insertFiles'
  AS COPY INTO bronze._landing_index_bars
  FROM @bronze.{{ lake_stage }}
  FILE_FORMAT = (FORMAT_NAME = 'bronze.{{ lake_format }}')
  MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE
  INCLUDE_METADATA = (
    _file = METADATA$FILENAME,
    _file_row = METADATA$FILE_ROW_NUMBER,
    _landed_at = METADATA$START_SCAN_TIME
  )
  ON_ERROR = SKIP_FILE;

-- Splits, dividends and other payouts as a feed tells them, by the day from which on a price is without them.
CREATE OR REPLACE PIPE bronze._pipe_corporate_actions
  COMMENT = 'Files of the lake, named by insertFiles'
  AS COPY INTO bronze._landing_corporate_actions
  FROM @bronze.{{ lake_stage }}
  FILE_FORMAT = (FORMAT_NAME = 'bronze.{{ lake_format }}')
  MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE
  INCLUDE_METADATA = (
    _file = METADATA$FILENAME,
    _file_row = METADATA$FILE_ROW_NUMBER,
    _landed_at = METADATA$START_SCAN_TIME
  )
  ON_ERROR = SKIP_FILE;
