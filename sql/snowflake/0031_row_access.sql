-- group: security
-- role: tickhouse_owner
-- Needs the Enterprise edition. Some feeds are licensed to some readers only: this shows the rows of
-- a source to the roles that are listed for it, and to those that must see all. Silver and gold
-- tables are copies: attach the policy to those that carry a source as well.

CREATE TABLE IF NOT EXISTS bronze._source_access (
  role_name VARCHAR(255) NOT NULL,
  source VARCHAR(32) NOT NULL
);

CREATE ROW ACCESS POLICY IF NOT EXISTS bronze.licensed_sources
  AS (row_source VARCHAR) RETURNS BOOLEAN ->
    CURRENT_ROLE() IN ('TICKHOUSE_OWNER', 'TICKHOUSE_LOADER', 'TICKHOUSE_TRANSFORMER')
    OR EXISTS (
      SELECT 1 FROM bronze._source_access
      WHERE role_name = CURRENT_ROLE() AND source = row_source
    );

ALTER TABLE bronze.ticks DROP ALL ROW ACCESS POLICIES;
ALTER TABLE bronze.ticks ADD ROW ACCESS POLICY bronze.licensed_sources ON (source);
