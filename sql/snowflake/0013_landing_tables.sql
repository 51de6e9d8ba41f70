-- group: database
-- role: tickhouse_owner
-- repeatable
-- Made from pipeline/datasets by `deno task generate`; edit the declarations, not this.

-- Trades as they print: one record a trade.
CREATE TABLE IF NOT EXISTS bronze._landing_ticks (
  _file VARCHAR(1024),
  _file_row NUMBER(19,0),
  _landed_at TIMESTAMP_LTZ(9),
  _topic VARCHAR(249),
  _partition NUMBER(10,0),
  _offset NUMBER(19,0),
  _ingest_time TIMESTAMP_NTZ(6),
  symbol VARCHAR(32),
  price NUMBER(18,8),
  size NUMBER(28,8),
  event_time TIMESTAMP_NTZ(6),
  source VARCHAR(32),
  trade_id VARCHAR(96),
  side VARCHAR(4),
  sequence NUMBER(18,0),
  signed VARCHAR(3),
  action VARCHAR(8),
  origin VARCHAR(64),
  conditions VARCHAR(64),
  venue VARCHAR(16),
  currency VARCHAR(8),
  receive_time TIMESTAMP_NTZ(6)
);

-- Quote snapshots with Finnhub's field names: c d dp h l o pc t.
CREATE TABLE IF NOT EXISTS bronze._landing_quotes (
  _file VARCHAR(1024),
  _file_row NUMBER(19,0),
  _landed_at TIMESTAMP_LTZ(9),
  _topic VARCHAR(249),
  _partition NUMBER(10,0),
  _offset NUMBER(19,0),
  _ingest_time TIMESTAMP_NTZ(6),
  symbol VARCHAR(32),
  c NUMBER(18,8),
  d NUMBER(18,8),
  dp NUMBER(18,8),
  h NUMBER(18,8),
  l NUMBER(18,8),
  o NUMBER(18,8),
  pc NUMBER(18,8),
  t TIMESTAMP_NTZ(6),
  source VARCHAR(32),
  action VARCHAR(8),
  origin VARCHAR(64),
  receive_time TIMESTAMP_NTZ(6)
);

-- OHLCV bars as a feed publishes them; a bar covers [open_time, open_time + bar_interval).
CREATE TABLE IF NOT EXISTS bronze._landing_bars (
  _file VARCHAR(1024),
  _file_row NUMBER(19,0),
  _landed_at TIMESTAMP_LTZ(9),
  _topic VARCHAR(249),
  _partition NUMBER(10,0),
  _offset NUMBER(19,0),
  _ingest_time TIMESTAMP_NTZ(6),
  symbol VARCHAR(32),
  bar_interval VARCHAR(8),
  open_time TIMESTAMP_NTZ(6),
  open NUMBER(38,18),
  high NUMBER(38,18),
  low NUMBER(38,18),
  close NUMBER(38,18),
  adj_close NUMBER(38,18),
  volume NUMBER(28,8),
  source VARCHAR(32),
  adjustment VARCHAR(6),
  signed VARCHAR(3),
  action VARCHAR(8),
  origin VARCHAR(64),
  provisional VARCHAR(3)
);

-- Daily index history: Index,Date,Open,High,Low,Close,Adj_Close,Volume,CloseUSD.
CREATE TABLE IF NOT EXISTS bronze._landing_index_bars (
  _file VARCHAR(1024),
  _file_row NUMBER(19,0),
  _landed_at TIMESTAMP_LTZ(9),
  _topic VARCHAR(249),
  _partition NUMBER(10,0),
  _offset NUMBER(19,0),
  _ingest_time TIMESTAMP_NTZ(6),
  index VARCHAR(32),
  date DATE,
  open NUMBER(38,18),
  high NUMBER(38,18),
  low NUMBER(38,18),
  close NUMBER(38,18),
  adj_close NUMBER(38,18),
  volume NUMBER(28,8),
  close_usd NUMBER(38,18),
  action VARCHAR(8),
  origin VARCHAR(64)
);

-- Splits, dividends and other payouts as a feed tells them, by the day from which on a price is without them.
CREATE TABLE IF NOT EXISTS bronze._landing_corporate_actions (
  _file VARCHAR(1024),
  _file_row NUMBER(19,0),
  _landed_at TIMESTAMP_LTZ(9),
  _topic VARCHAR(249),
  _partition NUMBER(10,0),
  _offset NUMBER(19,0),
  _ingest_time TIMESTAMP_NTZ(6),
  symbol VARCHAR(32),
  ex_date DATE,
  kind VARCHAR(12),
  amount NUMBER(38,18),
  currency VARCHAR(8),
  source VARCHAR(32),
  adjustment VARCHAR(6),
  action VARCHAR(8),
  origin VARCHAR(64),
  receive_time TIMESTAMP_NTZ(6)
);
