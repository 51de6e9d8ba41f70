-- group: database
-- role: tickhouse_owner
-- How far each partition is, which log it came from, and which objects were loaded. Written in the
-- transaction that writes the rows. Snowflake does not enforce primary keys: they inform, and the
-- writers compare and swap.

CREATE TABLE IF NOT EXISTS bronze._positions (
  topic VARCHAR(249) NOT NULL,
  partition NUMBER(10,0) NOT NULL,
  next_offset NUMBER(19,0) NOT NULL,
  PRIMARY KEY (topic, partition)
);

CREATE TABLE IF NOT EXISTS bronze._logs (
  topic VARCHAR(249) NOT NULL,
  log_id VARCHAR(255) NOT NULL,
  PRIMARY KEY (topic)
);

CREATE TABLE IF NOT EXISTS bronze._loads (
  object VARCHAR(1024) NOT NULL,
  topic VARCHAR(249) NOT NULL,
  partition NUMBER(10,0) NOT NULL,
  start_offset NUMBER(19,0) NOT NULL,
  next_offset NUMBER(19,0) NOT NULL,
  row_count NUMBER(19,0) NOT NULL,
  sha256 VARCHAR(64) NOT NULL,
  loaded_at TIMESTAMP_NTZ(6) NOT NULL,
  PRIMARY KEY (object)
);
