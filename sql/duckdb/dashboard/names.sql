-- What the models know about each instrument besides its prices.
SELECT dataset, source, symbol, name, sector, weight::DOUBLE FROM gold.gold_treechart
