-- The newest findings of the quality rules, and how many there are in all.
SELECT rule, source, symbol, detail, epoch(event_time)::BIGINT, count(*) OVER ()
FROM gold.gold_quality
ORDER BY event_time DESC, rule, source, symbol
LIMIT 5
