{{ config(schema='silver', materialized='table') }}
-- The splits and payouts that apply to an instrument: one row an instrument, ex_date and kind. That of
-- ref_corporate_actions where it has one, else that of the feed whose name comes first. Amounts are of
-- a share of the ex-date: what a feed has adjusted for later splits is turned back by those that had
-- happened when it told it.
with
{{ raw_actions() }}
select
    r.instrument, r.symbol_of, r.ex_date, r.kind, r.amount, r.source,
    case when r.kind = 'split' and r.amount > 0 then ln({{ shares_of('r.amount') }}) end as log_shares
from raw_actions as r
qualify row_number() over (
    partition by r.instrument, r.symbol_of, r.ex_date, r.kind order by r.rank, r.source, r.symbol
) = 1
