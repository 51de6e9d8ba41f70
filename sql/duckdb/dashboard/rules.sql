-- As the macro rules of the models: what a trade may set by its conditions, of those in `told`.
-- 0: sets it, 1: outside of regular sessions only, 2: never.
rules AS (
  SELECT
    c.source,
    c.conditions,
    max(CASE r.high_low WHEN 'no' THEN 2 WHEN 'extended' THEN 1 ELSE 0 END) AS high_low,
    max(CASE r.last WHEN 'no' THEN 2 WHEN 'extended' THEN 1 ELSE 0 END) AS last,
    max(CASE r.volume WHEN 'no' THEN 2 ELSE 0 END) AS volume,
    bool_or(r.kind = 'extended') AS is_extended
  FROM (SELECT DISTINCT source, conditions FROM told WHERE conditions IS NOT NULL) AS c
  LEFT JOIN silver.ref_sources AS s ON c.source = s.source
  JOIN silver.ref_conditions AS r
    ON r.condition_set = coalesce(s.condition_set, c.source)
    AND contains(' ' || c.conditions || ' ', ' ' || r.condition || ' ')
  GROUP BY c.source, c.conditions
),
-- The session of each symbol that its figures are of.
sessions AS (
  SELECT source, symbol, exchange = 'ALWAYS' AS is_always, day_session, day_start, day_end
  FROM gold.gold_kpi
  WHERE dataset = 'ticks'
),
