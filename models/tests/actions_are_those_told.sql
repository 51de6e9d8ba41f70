-- A row for each action of the reference tables or of a feed that silver_corporate_actions has not, for
-- each there that nobody tells, and for each whose amount is not what its source tells: as it stands, or
-- of a payout in old shares, more, or less, by the splits since.
with
told as (
    select instrument, '' as symbol_of, ex_date, action as kind, 'seed' as source, amount, 'raw' as adjustment
    from {{ ref('ref_corporate_actions') }}
    union all
    select
        coalesce(l.instrument, a.symbol), case when l.instrument is null then a.source else '' end,
        a.ex_date, a.kind, a.source, a.amount,
        -- Of pence there are a hundred to the pound.
        case
            when a.currency is distinct from l.currency then 'splits' else coalesce(a.adjustment, 'raw')
        end
    from {{ ref('silver_clean_corporate_actions') }} as a
    left join {{ ref('silver_listings') }} as l
        on a.source = l.source and a.symbol = l.symbol
        and a.ex_date >= l.valid_from and a.ex_date < l.valid_to
    left join (select distinct source, symbol from {{ ref('silver_listings') }}) as k
        on a.source = k.source and a.symbol = k.symbol
    left join {{ ref('ref_sources') }} as s on a.source = s.source
    where
        not a.is_cancelled and a.set_aside is null
        and (l.instrument is not null or k.symbol is null)
        and coalesce(l.actions, s.actions, 'yes') <> 'no'
        and coalesce(
            {{ main_currency('a.currency') }} = {{ main_currency('l.currency') }}, true
        )
),
first_told as (
    select instrument, symbol_of, ex_date, kind, min(case when source = 'seed' then '' else source end) as source
    from told
    group by instrument, symbol_of, ex_date, kind
)
select
    coalesce(t.instrument, a.instrument) as instrument, coalesce(t.ex_date, a.ex_date) as ex_date,
    coalesce(t.kind, a.kind) as kind, a.source
from first_told as t
full outer join {{ ref('silver_corporate_actions') }} as a
    on t.instrument = a.instrument and t.symbol_of = a.symbol_of and t.ex_date = a.ex_date
    and t.kind = a.kind
where
    t.instrument is null or a.instrument is null
    or a.source <> case when t.source = '' then 'seed' else t.source end
union all
select a.instrument, a.ex_date, a.kind, a.source
from {{ ref('silver_corporate_actions') }} as a
left join told as t
    on t.instrument = a.instrument and t.symbol_of = a.symbol_of and t.ex_date = a.ex_date
    and t.kind = a.kind and t.source = a.source
    and (t.amount = a.amount or (t.adjustment = 'splits' and t.kind <> 'split' and a.amount > 0))
where t.instrument is null
