-- Rows of each dataset, modelled or not. Answered from metadata.
SELECT
  (SELECT count(*) FROM bronze.ticks),
  (SELECT count(*) FROM bronze.quotes),
  (SELECT count(*) FROM bronze.bars),
  (SELECT count(*) FROM bronze.index_bars)
