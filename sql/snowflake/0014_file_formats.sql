-- group: database
-- role: tickhouse_owner
-- repeatable
-- How the files of the lake are read.

CREATE OR REPLACE FILE FORMAT bronze.lake_parquet
  TYPE = PARQUET
  -- Timestamps and decimals by what the file says they are, not as plain integers.
  USE_LOGICAL_TYPE = TRUE
  COMMENT = 'Objects of the lake, Parquet';

CREATE OR REPLACE FILE FORMAT bronze.lake_ndjson
  TYPE = JSON
  -- gzip and zstd, told by the file.
  COMPRESSION = AUTO
  STRIP_OUTER_ARRAY = FALSE
  COMMENT = 'Objects of the lake, a row a line';

CREATE OR REPLACE FILE FORMAT bronze.history_csv
  TYPE = CSV
  PARSE_HEADER = TRUE
  FIELD_OPTIONALLY_ENCLOSED_BY = '"'
  EMPTY_FIELD_AS_NULL = TRUE
  TRIM_SPACE = TRUE
  DATE_FORMAT = 'YYYY-MM-DD'
  COMMENT = 'Histories as CSV with a header';
