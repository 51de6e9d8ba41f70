-- Which bars the feed publishes of one instrument ($1 dataset, $2 source, $3 symbol).
SELECT DISTINCT bar_interval
FROM gold.gold_candlestick_bars
WHERE dataset = $1 AND source = $2 AND symbol = $3 AND NOT is_cancelled
