-- group: database
-- role: tickhouse_owner
-- The internal stage: for lakes that Snowflake can't reach, files are put here and removed after.

CREATE STAGE IF NOT EXISTS bronze.lake
  DIRECTORY = (ENABLE = FALSE)
  COMMENT = 'Objects of the lake on their way in';
