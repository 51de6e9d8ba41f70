{{ config(schema='silver', materialized='table') }}
-- Every split of an instrument, under each source and symbol that names it, while that does; of a symbol
-- that is not listed, those that its source tells.
select
    l.source, l.symbol, l.valid_from, l.valid_to, a.ex_date, a.log_shares
from {{ ref('silver_listings') }} as l
inner join {{ ref('silver_corporate_actions') }} as a
    on l.instrument = a.instrument and a.symbol_of = ''
where l.actions <> 'no' and a.kind = 'split' and a.amount > 0
union all
select
    a.symbol_of as source, a.instrument as symbol, cast('0001-01-01' as date) as valid_from,
    cast('9999-12-31' as date) as valid_to, a.ex_date, a.log_shares
from {{ ref('silver_corporate_actions') }} as a
where a.symbol_of <> '' and a.kind = 'split' and a.amount > 0
