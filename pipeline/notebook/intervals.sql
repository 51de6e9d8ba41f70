-- Which candles there are of a symbol. Bind: symbol.
SELECT dataset, source, bar_interval, count(*)::BIGINT AS candles, max(open_time) AS newest
FROM gold.gold_candlestick
WHERE symbol = ?
GROUP BY dataset, source, bar_interval
