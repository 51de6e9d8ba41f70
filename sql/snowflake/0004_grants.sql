-- group: account
-- unrecorded
-- role: securityadmin
-- variable: database identifier = TICKHOUSE
-- What each role may, on what is there and on what will be. Nothing is granted to PUBLIC.

USE ROLE securityadmin;

GRANT USAGE ON DATABASE {{ database }} TO ROLE tickhouse_owner;
GRANT CREATE SCHEMA ON DATABASE {{ database }} TO ROLE tickhouse_owner;
GRANT USAGE ON DATABASE {{ database }} TO ROLE tickhouse_loader;
GRANT USAGE ON DATABASE {{ database }} TO ROLE tickhouse_transformer;
GRANT USAGE ON DATABASE {{ database }} TO ROLE tickhouse_reader;

-- Loader: bronze, by statements, by files and by pipes.
GRANT USAGE ON SCHEMA {{ database }}.bronze TO ROLE tickhouse_loader;
GRANT CREATE TEMPORARY TABLE ON SCHEMA {{ database }}.bronze TO ROLE tickhouse_loader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {{ database }}.bronze
  TO ROLE tickhouse_loader;
GRANT SELECT, INSERT, UPDATE, DELETE ON FUTURE TABLES IN SCHEMA {{ database }}.bronze
  TO ROLE tickhouse_loader;
GRANT READ, WRITE ON ALL STAGES IN SCHEMA {{ database }}.bronze TO ROLE tickhouse_loader;
GRANT READ, WRITE ON FUTURE STAGES IN SCHEMA {{ database }}.bronze TO ROLE tickhouse_loader;
GRANT USAGE ON ALL FILE FORMATS IN SCHEMA {{ database }}.bronze TO ROLE tickhouse_loader;
GRANT USAGE ON FUTURE FILE FORMATS IN SCHEMA {{ database }}.bronze TO ROLE tickhouse_loader;
GRANT OPERATE, MONITOR ON ALL PIPES IN SCHEMA {{ database }}.bronze TO ROLE tickhouse_loader;
GRANT OPERATE, MONITOR ON FUTURE PIPES IN SCHEMA {{ database }}.bronze TO ROLE tickhouse_loader;

-- Transformer: reads bronze, makes what is behind it. Like dbt, `transform` begins with CREATE SCHEMA
-- IF NOT EXISTS, for which Snowflake asks the privilege though the schema is there.
GRANT CREATE SCHEMA ON DATABASE {{ database }} TO ROLE tickhouse_transformer;
GRANT USAGE ON SCHEMA {{ database }}.bronze TO ROLE tickhouse_transformer;
GRANT SELECT ON ALL TABLES IN SCHEMA {{ database }}.bronze TO ROLE tickhouse_transformer;
GRANT SELECT ON FUTURE TABLES IN SCHEMA {{ database }}.bronze TO ROLE tickhouse_transformer;
GRANT CREATE VIEW ON SCHEMA {{ database }}.bronze TO ROLE tickhouse_transformer;
GRANT USAGE, CREATE TABLE, CREATE VIEW, CREATE DYNAMIC TABLE ON SCHEMA {{ database }}.silver
  TO ROLE tickhouse_transformer;
GRANT USAGE, CREATE TABLE, CREATE VIEW, CREATE DYNAMIC TABLE ON SCHEMA {{ database }}.gold
  TO ROLE tickhouse_transformer;

-- Reader: silver and gold.
GRANT USAGE ON SCHEMA {{ database }}.silver TO ROLE tickhouse_reader;
GRANT USAGE ON SCHEMA {{ database }}.gold TO ROLE tickhouse_reader;
GRANT SELECT ON FUTURE TABLES IN SCHEMA {{ database }}.silver TO ROLE tickhouse_reader;
GRANT SELECT ON FUTURE VIEWS IN SCHEMA {{ database }}.silver TO ROLE tickhouse_reader;
GRANT SELECT ON FUTURE TABLES IN SCHEMA {{ database }}.gold TO ROLE tickhouse_reader;
GRANT SELECT ON FUTURE VIEWS IN SCHEMA {{ database }}.gold TO ROLE tickhouse_reader;
GRANT SELECT ON FUTURE MATERIALIZED VIEWS IN SCHEMA {{ database }}.gold TO ROLE tickhouse_reader;
GRANT SELECT ON FUTURE DYNAMIC TABLES IN SCHEMA {{ database }}.gold TO ROLE tickhouse_reader;
