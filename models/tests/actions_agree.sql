{{ config(severity='warn') }}
-- A row for each action of a feed that differs from the one that counts by more than a thousandth (a
-- split) or a hundredth (a payout: feeds round what they adjust); for each that applies to nothing, as
-- its symbol had no listing on its ex-date or its currency is not that of the listing; for each that
-- stands beside a like one of another teller within a week, and so may count twice; and for each in the
-- time of which ref_action_coverage says that the reference table has all.
with
{{ raw_actions() }},
counted as (
    select * from {{ ref('silver_corporate_actions') }}
)
select
    r.source, r.symbol, r.ex_date, r.kind, r.amount, c.amount as counted_amount,
    'another amount than that of ' || c.source as fault
from raw_actions as r
inner join counted as c
    on r.instrument = c.instrument and r.symbol_of = c.symbol_of and r.ex_date = c.ex_date
    and r.kind = c.kind
where
    r.rank > 0 and abs(cast(r.amount as double) - cast(c.amount as double))
    > case when r.kind = 'split' then 0.001 else 0.01 end * abs(cast(c.amount as double))
union all
select
    n.source, n.symbol, n.ex_date, n.kind, n.amount, null,
    case
        when n.instrument is null then 'no listing of the symbol on that day'
        else 'in ' || n.currency || ', listed in ' || n.listed_currency
    end
from named_actions as n
where n.instrument is null or (n.actions <> 'no' and not n.is_of_currency)
union all
select
    f.source, f.instrument, f.ex_date, f.kind, f.amount, c.amount,
    'the same as that of ' || c.source || ' on ' || cast(c.ex_date as varchar) || '?'
from counted as f
inner join counted as c
    on f.instrument = c.instrument and f.symbol_of = c.symbol_of and f.kind = c.kind
    and f.source <> 'seed' and f.source <> c.source and f.ex_date <> c.ex_date
    and c.ex_date >= dateadd('day', -7, f.ex_date) and c.ex_date <= dateadd('day', 7, f.ex_date)
union all
select
    c.source, c.instrument, c.ex_date, c.kind, c.amount, null,
    'not in ref_corporate_actions, which has all of that time'
from counted as c
inner join {{ ref('ref_action_coverage') }} as k
    on c.instrument = k.instrument and c.symbol_of = ''
where
    c.source <> 'seed' and case
        when c.kind = 'split' then c.ex_date >= k.splits_known_from and c.ex_date <= k.splits_known_until
        else c.ex_date >= k.known_from and c.ex_date <= k.known_until
    end
