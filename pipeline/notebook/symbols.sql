-- Which symbols there are candles of.
SELECT DISTINCT symbol FROM gold.gold_candlestick ORDER BY symbol LIMIT 20
