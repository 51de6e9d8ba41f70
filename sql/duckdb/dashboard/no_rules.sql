-- As rules.sql, before any model has run: nothing is known of conditions and sessions.
rules AS (
  SELECT source, conditions, 0 AS high_low, 0 AS last, 0 AS volume, false AS is_extended
  FROM told
  WHERE false
),
sessions AS (
  SELECT
    source, symbol, false AS is_always, '' AS day_session,
    event_time AS day_start, event_time AS day_end
  FROM told
  WHERE false
),
