-- group: account
-- unrecorded
-- role: sysadmin, accountadmin
-- variable: warehouse identifier = TICKHOUSE_WH
-- variable: monthly_credits integer = 20
-- A small warehouse that sleeps after a minute, and a monitor that ends it before it costs too much.

USE ROLE sysadmin;

CREATE WAREHOUSE IF NOT EXISTS {{ warehouse }}
  WAREHOUSE_SIZE = XSMALL
  AUTO_SUSPEND = 60
  AUTO_RESUME = TRUE
  INITIALLY_SUSPENDED = TRUE
  STATEMENT_TIMEOUT_IN_SECONDS = 1800
  STATEMENT_QUEUED_TIMEOUT_IN_SECONDS = 300
  COMMENT = 'Loads and models of tickhouse';

GRANT USAGE ON WAREHOUSE {{ warehouse }} TO ROLE tickhouse_owner;
GRANT USAGE ON WAREHOUSE {{ warehouse }} TO ROLE tickhouse_loader;
GRANT USAGE ON WAREHOUSE {{ warehouse }} TO ROLE tickhouse_transformer;
GRANT USAGE ON WAREHOUSE {{ warehouse }} TO ROLE tickhouse_reader;

-- Only an account's administrator makes monitors. It counts the warehouse's credits, not those of
-- serverless work such as Snowpipe: give those a budget.
USE ROLE accountadmin;

CREATE RESOURCE MONITOR IF NOT EXISTS tickhouse_monitor WITH
  CREDIT_QUOTA = {{ monthly_credits }}
  FREQUENCY = MONTHLY
  START_TIMESTAMP = IMMEDIATELY
  TRIGGERS
    ON 75 PERCENT DO NOTIFY
    ON 95 PERCENT DO SUSPEND
    ON 100 PERCENT DO SUSPEND_IMMEDIATE;

ALTER WAREHOUSE {{ warehouse }} SET RESOURCE_MONITOR = tickhouse_monitor;
