-- group: database
-- role: tickhouse_owner
-- For those who have a database but no administrator: the schemas, if the group `account` did not.

CREATE SCHEMA IF NOT EXISTS bronze;
CREATE SCHEMA IF NOT EXISTS silver;
CREATE SCHEMA IF NOT EXISTS gold;
