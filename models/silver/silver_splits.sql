{{ config(schema='silver', materialized='table') }}
-- Every split of an instrument, under each source and symbol that names it, while that does: the macro
-- splits as a table, for what asks in each step of a stream.
with
{{ splits() }}
select source, symbol, valid_from, valid_to, ex_date, log_shares from splits
