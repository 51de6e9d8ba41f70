-- A row for each split that silver_splits has not once under a source and symbol that it applies to, for
-- each there that applies to none, and for each whose shares are not its amount, of which tables hold 8
-- decimals.
with
applied as (
    select a.ex_date, a.amount, l.source, l.symbol, l.valid_from
    from {{ ref('silver_corporate_actions') }} as a
    inner join {{ ref('silver_listings') }} as l on a.instrument = l.instrument
    where a.symbol_of = '' and a.kind = 'split' and a.amount > 0 and l.actions <> 'no'
    union all
    select ex_date, amount, symbol_of, instrument, cast('0001-01-01' as date)
    from {{ ref('silver_corporate_actions') }}
    where symbol_of <> '' and kind = 'split' and amount > 0
)
select
    coalesce(s.source, a.source) as source, coalesce(s.symbol, a.symbol) as symbol,
    coalesce(s.ex_date, a.ex_date) as ex_date
from {{ ref('silver_splits') }} as s
full outer join applied as a
    on s.source = a.source and s.symbol = a.symbol and s.valid_from = a.valid_from
    and s.ex_date = a.ex_date
group by
    coalesce(s.source, a.source), coalesce(s.symbol, a.symbol),
    coalesce(s.valid_from, a.valid_from), coalesce(s.ex_date, a.ex_date)
having
    count(s.source) <> 1 or count(a.source) <> 1
    or coalesce(max(abs(exp(s.log_shares) - cast(a.amount as double))), 1) > 0.0000001
