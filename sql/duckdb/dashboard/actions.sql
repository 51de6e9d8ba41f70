-- Splits and dividends of a symbol ($1), by the day from which the price is without them.
SELECT epoch(ex_date::TIMESTAMP)::BIGINT, action, amount::DOUBLE
FROM silver.ref_corporate_actions
WHERE symbol = $1
ORDER BY ex_date, action
