-- group: account
-- unrecorded
-- role: useradmin
-- variable: service_user identifier = TICKHOUSE_SERVICE
-- One role a duty, none with more than it needs. Owner: makes tables, runs migrations. Loader:
-- writes bronze. Transformer: reads bronze, makes silver and gold. Reader: reads silver and gold.

USE ROLE useradmin;

CREATE ROLE IF NOT EXISTS tickhouse_owner COMMENT = 'Owns the database; runs migrations';
CREATE ROLE IF NOT EXISTS tickhouse_loader COMMENT = 'Writes bronze; nothing else';
CREATE ROLE IF NOT EXISTS tickhouse_transformer COMMENT = 'Reads bronze, builds silver and gold';
CREATE ROLE IF NOT EXISTS tickhouse_reader COMMENT = 'Reads silver and gold';

-- A service has no password: it proves itself by a key pair. Its public key is set by
-- ALTER USER … SET RSA_PUBLIC_KEY, see docs/snowflake.md.
CREATE USER IF NOT EXISTS {{ service_user }}
  TYPE = SERVICE
  DEFAULT_ROLE = tickhouse_loader
  COMMENT = 'The pipeline';

GRANT ROLE tickhouse_loader TO USER {{ service_user }};
GRANT ROLE tickhouse_transformer TO USER {{ service_user }};

-- All of them lead to SYSADMIN, as Snowflake advises: no orphans.
GRANT ROLE tickhouse_owner TO ROLE sysadmin;
GRANT ROLE tickhouse_loader TO ROLE tickhouse_owner;
GRANT ROLE tickhouse_transformer TO ROLE tickhouse_owner;
GRANT ROLE tickhouse_reader TO ROLE tickhouse_transformer;
