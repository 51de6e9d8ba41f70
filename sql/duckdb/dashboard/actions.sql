-- Splits and dividends of a source's ($1) symbol ($2), by the day from which the price is without them.
SELECT
  epoch(a.ex_date::TIMESTAMP)::BIGINT,
  CASE a.kind WHEN 'capital_gain' THEN 'dividend' ELSE a.kind END AS kind,
  a.amount::DOUBLE
FROM silver.silver_corporate_actions AS a
LEFT JOIN silver.silver_listings AS l
  ON a.instrument = l.instrument AND a.symbol_of = ''
  AND a.ex_date >= l.valid_from AND a.ex_date < l.valid_to
  AND l.source = $1 AND l.symbol = $2 AND l.actions = 'yes'
WHERE l.symbol IS NOT NULL OR (a.symbol_of = $1 AND a.instrument = $2)
ORDER BY a.ex_date, kind
