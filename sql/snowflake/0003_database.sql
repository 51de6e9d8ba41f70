-- group: account
-- unrecorded
-- role: sysadmin
-- variable: database identifier = TICKHOUSE

USE ROLE sysadmin;

CREATE DATABASE IF NOT EXISTS {{ database }} COMMENT = 'Market data of tickhouse';
CREATE SCHEMA IF NOT EXISTS {{ database }}.bronze
  COMMENT = 'Rows as they came, each with topic, partition and offset';
CREATE SCHEMA IF NOT EXISTS {{ database }}.silver
  COMMENT = 'One row a fact: deduplicated, typed';
CREATE SCHEMA IF NOT EXISTS {{ database }}.gold
  COMMENT = 'What is looked at: candles, figures';

GRANT OWNERSHIP ON SCHEMA {{ database }}.bronze TO ROLE tickhouse_owner COPY CURRENT GRANTS;
GRANT OWNERSHIP ON SCHEMA {{ database }}.silver TO ROLE tickhouse_owner COPY CURRENT GRANTS;
GRANT OWNERSHIP ON SCHEMA {{ database }}.gold TO ROLE tickhouse_owner COPY CURRENT GRANTS;
