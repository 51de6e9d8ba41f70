-- group: performance
-- role: tickhouse_owner
-- Needs the Enterprise edition. Clustering by symbol and time answers most questions; a look-up of
-- one trade by its id does not know either. It costs storage and serverless work: ask
-- SYSTEM$ESTIMATE_SEARCH_OPTIMIZATION_COSTS('bronze.ticks') first.
-- The result cache needs no set-up: the same text over unchanged tables is answered for 24 hours
-- without a warehouse. So texts bind nothing that changes, such as the current time.

ALTER TABLE bronze.ticks ADD SEARCH OPTIMIZATION ON EQUALITY(trade_id);
