-- group: database
-- role: tickhouse_owner
-- repeatable
-- Made from pipeline/datasets by `deno task generate`; edit the declarations, not this.

-- Trades as they print: one record a trade.
CREATE TABLE IF NOT EXISTS bronze.ticks (
  _topic VARCHAR(249) NOT NULL,
  _partition NUMBER(10,0) NOT NULL,
  _offset NUMBER(19,0) NOT NULL,
  _ingest_time TIMESTAMP_NTZ(6) NOT NULL,
  symbol VARCHAR(32) NOT NULL,
  price NUMBER(18,8) NOT NULL,
  size NUMBER(28,8),
  event_time TIMESTAMP_NTZ(6) NOT NULL,
  source VARCHAR(32) NOT NULL,
  trade_id VARCHAR(96) NOT NULL,
  side VARCHAR(4),
  sequence NUMBER(18,0),
  signed VARCHAR(3),
  action VARCHAR(8),
  origin VARCHAR(64),
  conditions VARCHAR(64),
  venue VARCHAR(16),
  currency VARCHAR(8),
  receive_time TIMESTAMP_NTZ(6)
)
CLUSTER BY (symbol, event_time);

-- Quote snapshots with Finnhub's field names: c d dp h l o pc t.
CREATE TABLE IF NOT EXISTS bronze.quotes (
  _topic VARCHAR(249) NOT NULL,
  _partition NUMBER(10,0) NOT NULL,
  _offset NUMBER(19,0) NOT NULL,
  _ingest_time TIMESTAMP_NTZ(6) NOT NULL,
  symbol VARCHAR(32) NOT NULL,
  c NUMBER(18,8) NOT NULL,
  d NUMBER(18,8),
  dp NUMBER(18,8),
  h NUMBER(18,8),
  l NUMBER(18,8),
  o NUMBER(18,8),
  pc NUMBER(18,8),
  t TIMESTAMP_NTZ(6) NOT NULL,
  source VARCHAR(32) NOT NULL,
  action VARCHAR(8),
  origin VARCHAR(64),
  receive_time TIMESTAMP_NTZ(6)
)
CLUSTER BY (symbol, t);

-- OHLCV bars as a feed publishes them; a bar covers [open_time, open_time + bar_interval).
CREATE TABLE IF NOT EXISTS bronze.bars (
  _topic VARCHAR(249) NOT NULL,
  _partition NUMBER(10,0) NOT NULL,
  _offset NUMBER(19,0) NOT NULL,
  _ingest_time TIMESTAMP_NTZ(6) NOT NULL,
  symbol VARCHAR(32) NOT NULL,
  bar_interval VARCHAR(8) NOT NULL,
  open_time TIMESTAMP_NTZ(6) NOT NULL,
  open NUMBER(38,18) NOT NULL,
  high NUMBER(38,18) NOT NULL,
  low NUMBER(38,18) NOT NULL,
  close NUMBER(38,18) NOT NULL,
  adj_close NUMBER(38,18),
  volume NUMBER(28,8),
  source VARCHAR(32) NOT NULL,
  adjustment VARCHAR(6),
  signed VARCHAR(3),
  action VARCHAR(8),
  origin VARCHAR(64),
  provisional VARCHAR(3)
)
CLUSTER BY (symbol, open_time);

-- Daily index history: Index,Date,Open,High,Low,Close,Adj_Close,Volume,CloseUSD.
CREATE TABLE IF NOT EXISTS bronze.index_bars (
  _topic VARCHAR(249) NOT NULL,
  _partition NUMBER(10,0) NOT NULL,
  _offset NUMBER(19,0) NOT NULL,
  _ingest_time TIMESTAMP_NTZ(6) NOT NULL,
  index VARCHAR(32) NOT NULL,
  date DATE NOT NULL,
  open NUMBER(38,18) NOT NULL,
  high NUMBER(38,18) NOT NULL,
  low NUMBER(38,18) NOT NULL,
  close NUMBER(38,18) NOT NULL,
  adj_close NUMBER(38,18),
  volume NUMBER(28,8),
  close_usd NUMBER(38,18),
  action VARCHAR(8),
  origin VARCHAR(64)
)
CLUSTER BY (index, date);

-- Splits, dividends and other payouts as a feed tells them, by the day from which on a price is without them.
CREATE TABLE IF NOT EXISTS bronze.corporate_actions (
  _topic VARCHAR(249) NOT NULL,
  _partition NUMBER(10,0) NOT NULL,
  _offset NUMBER(19,0) NOT NULL,
  _ingest_time TIMESTAMP_NTZ(6) NOT NULL,
  symbol VARCHAR(32) NOT NULL,
  ex_date DATE NOT NULL,
  kind VARCHAR(12) NOT NULL,
  amount NUMBER(38,18) NOT NULL,
  currency VARCHAR(8),
  source VARCHAR(32) NOT NULL,
  adjustment VARCHAR(6),
  action VARCHAR(8),
  origin VARCHAR(64),
  receive_time TIMESTAMP_NTZ(6)
)
CLUSTER BY (symbol, ex_date);
