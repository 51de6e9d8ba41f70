-- Answered from metadata.
SELECT count(*) FROM bronze.ticks
