-- Made from pipeline/datasets by `deno task generate`; edit the declarations, not this.
CREATE SCHEMA IF NOT EXISTS bronze;

-- Trades as they print: one record a trade.
CREATE TABLE IF NOT EXISTS bronze.ticks (
  _topic VARCHAR NOT NULL,
  _partition INTEGER NOT NULL,
  _offset BIGINT NOT NULL,
  _ingest_time TIMESTAMP NOT NULL,
  symbol VARCHAR NOT NULL,
  price DECIMAL(18,8) NOT NULL,
  size DECIMAL(18,8) NOT NULL,
  event_time TIMESTAMP NOT NULL,
  source VARCHAR NOT NULL,
  trade_id VARCHAR NOT NULL
);

-- Quote snapshots with Finnhub's field names: c d dp h l o pc t.
CREATE TABLE IF NOT EXISTS bronze.quotes (
  _topic VARCHAR NOT NULL,
  _partition INTEGER NOT NULL,
  _offset BIGINT NOT NULL,
  _ingest_time TIMESTAMP NOT NULL,
  symbol VARCHAR NOT NULL,
  c DECIMAL(18,8) NOT NULL,
  d DECIMAL(18,8),
  dp DECIMAL(18,8),
  h DECIMAL(18,8) NOT NULL,
  l DECIMAL(18,8) NOT NULL,
  o DECIMAL(18,8) NOT NULL,
  pc DECIMAL(18,8) NOT NULL,
  t TIMESTAMP NOT NULL,
  source VARCHAR NOT NULL
);

-- OHLCV bars as a feed publishes them; a bar covers [open_time, open_time + bar_interval).
CREATE TABLE IF NOT EXISTS bronze.bars (
  _topic VARCHAR NOT NULL,
  _partition INTEGER NOT NULL,
  _offset BIGINT NOT NULL,
  _ingest_time TIMESTAMP NOT NULL,
  symbol VARCHAR NOT NULL,
  bar_interval VARCHAR NOT NULL,
  open_time TIMESTAMP NOT NULL,
  open DECIMAL(18,8) NOT NULL,
  high DECIMAL(18,8) NOT NULL,
  low DECIMAL(18,8) NOT NULL,
  close DECIMAL(18,8) NOT NULL,
  adj_close DECIMAL(18,8),
  volume DECIMAL(28,8),
  source VARCHAR NOT NULL
);

-- Daily index history: Index,Date,Open,High,Low,Close,Adj_Close,Volume,CloseUSD.
CREATE TABLE IF NOT EXISTS bronze.index_bars (
  _topic VARCHAR NOT NULL,
  _partition INTEGER NOT NULL,
  _offset BIGINT NOT NULL,
  _ingest_time TIMESTAMP NOT NULL,
  index VARCHAR NOT NULL,
  date DATE NOT NULL,
  open DECIMAL(18,8) NOT NULL,
  high DECIMAL(18,8) NOT NULL,
  low DECIMAL(18,8) NOT NULL,
  close DECIMAL(18,8) NOT NULL,
  adj_close DECIMAL(18,8),
  volume DECIMAL(28,8),
  close_usd DECIMAL(18,8)
);
