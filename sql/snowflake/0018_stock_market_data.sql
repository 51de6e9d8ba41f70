-- group: database
-- role: tickhouse_owner
-- The well-known table of index history: Index, Date, Open, High, Low, Close, Adj_Close, Volume,
-- CloseUSD. Two ways to it: the table, filled from CSV files by stage and pipe, and a view of the
-- same shape over what the pipeline brought.

CREATE TABLE IF NOT EXISTS bronze.stock_market_data (
  index VARCHAR(32) NOT NULL,
  date DATE NOT NULL,
  open NUMBER(18,8),
  high NUMBER(18,8),
  low NUMBER(18,8),
  close NUMBER(18,8),
  adj_close NUMBER(18,8),
  volume NUMBER(28,8),
  closeusd NUMBER(18,8)
)
CLUSTER BY (index, date);

CREATE STAGE IF NOT EXISTS bronze.stock_market_stage
  COMMENT = 'CSV files of index history';

CREATE PIPE IF NOT EXISTS bronze.stock_market_pipe
  COMMENT = 'CSV files of index history, named by insertFiles'
  AS COPY INTO bronze.stock_market_data
  FROM @bronze.stock_market_stage
  FILE_FORMAT = (FORMAT_NAME = 'bronze.history_csv')
  MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE
  ON_ERROR = SKIP_FILE;

-- A day may come more than once: the latest record of it counts.
CREATE OR REPLACE VIEW gold.stock_market_data AS
SELECT index, date, open, high, low, close, adj_close, volume, close_usd AS closeusd
FROM bronze.index_bars
QUALIFY row_number() OVER (
  PARTITION BY index, date ORDER BY _ingest_time DESC, _partition DESC, _offset DESC
) = 1;
