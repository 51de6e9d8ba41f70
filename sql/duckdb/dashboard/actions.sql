-- Splits and dividends of a source's ($1) symbol ($2), by the day from which the price is without them.
SELECT epoch(a.ex_date::TIMESTAMP)::BIGINT, a.action, a.amount::DOUBLE
FROM silver.ref_corporate_actions AS a
JOIN silver.silver_listings AS l
  ON a.instrument = l.instrument AND a.ex_date >= l.valid_from AND a.ex_date < l.valid_to
WHERE l.source = $1 AND l.symbol = $2 AND l.actions = 'yes'
ORDER BY a.ex_date, a.action
