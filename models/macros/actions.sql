{#- Splits and payouts, as the reference tables and the feeds tell them. -#}
{#- What a subunit is a hundredth of; feeds give prices in London, Johannesburg and Tel Aviv in these. -#}
{% macro main_currency(currency) -%}
case {{ currency }}
            when 'GBp' then 'GBP' when 'GBX' then 'GBP' when 'ZAc' then 'ZAR' when 'ILA' then 'ILS'
            else {{ currency }}
        end
{%- endmacro %}
{#- How many of the currency make one of its main_currency. -#}
{% macro subunits(currency) -%}
case when {{ currency }} in ('GBp', 'GBX', 'ZAc', 'ILA') then 100 else 1 end
{%- endmacro %}
{#-
  The common table expressions behind `raw_actions`: what each teller says of an instrument, its amount
  as of the share and in the currency of its ex-date. `symbol_of` is empty where the reference tables
  have the instrument, else the source whose symbol it is: a symbol that nobody has listed means the
  same to that source only. `teller` orders them: the seed (rank 0) before the feeds.
  `named_actions` has those of the feeds before that, with what the symbol is on its ex-date.
-#}
{% macro raw_actions() %}
listed_symbols as (
    select distinct source, symbol from {{ ref('silver_listings') }}
),
told_actions as (
    select
        a.source, a.symbol, a.ex_date, a.kind, a.amount, a.currency,
        coalesce(a.adjustment, 'raw') as adjustment,
        least(coalesce(a.receive_time, a._first_read), a._first_read) as read_time
    from {{ ref('silver_clean_corporate_actions') }} as a
    where not a.is_cancelled and a.set_aside is null
),
named_actions as (
    select
        t.*,
        case when k.symbol is null then t.symbol else l.instrument end as instrument,
        case when k.symbol is null then t.source else '' end as symbol_of,
        coalesce(l.actions, s.actions, 'yes') as actions,
        l.currency as listed_currency,
        coalesce({{ main_currency('t.currency') }} = {{ main_currency('l.currency') }}, true)
            as is_of_currency,
        coalesce(l.exchange, u.exchange, 'ALWAYS') as exchange
    from told_actions as t
    left join listed_symbols as k on t.source = k.source and t.symbol = k.symbol
    left join {{ ref('silver_listings') }} as l
        on t.source = l.source and t.symbol = l.symbol
        and t.ex_date >= l.valid_from and t.ex_date < l.valid_to
    left join {{ ref('ref_sources') }} as s on t.source = s.source
    {{ exchange_of_source('t') }}
),
offered_actions as (
    select
        a.instrument, '' as symbol_of, a.ex_date, a.action as kind,
        cast(a.amount as decimal(38, 18)) as amount, 'raw' as adjustment,
        cast(null as date) as read_day, 'seed' as source, '' as symbol, 0 as rank
    from {{ ref('ref_corporate_actions') }} as a
    union all
    select
        n.instrument, n.symbol_of, n.ex_date, n.kind,
        case
            when n.currency is null or n.listed_currency is null or n.currency = n.listed_currency
                then n.amount
            else {{ scaled(
                '(cast(n.amount as double) / ' ~ subunits('n.currency')
                ~ ' * ' ~ subunits('n.listed_currency') ~ ')'
            ) }}
        end as amount,
        n.adjustment, {{ read_day('n.read_time') }} as read_day, n.source, n.symbol, 1 as rank
    from named_actions as n
    left join {{ ref('silver_trading_days') }} as r
        on n.exchange = r.exchange and r.utc_date = cast(n.read_time as date)
        and n.read_time >= r.day_start and n.read_time < r.day_end
    where n.instrument is not null and n.actions <> 'no' and n.is_of_currency
),
chosen_splits as (
    select o.instrument, o.symbol_of, o.ex_date, ln({{ shares_of('o.amount') }}) as log_shares
    from offered_actions as o
    where o.kind = 'split' and o.amount > 0
    qualify row_number() over (
        partition by o.instrument, o.symbol_of, o.ex_date order by o.rank, o.source, o.symbol
    ) = 1
),
later_splits as (
    -- What the feed had taken out of the payout when it told it.
    select
        o.instrument, o.symbol_of, o.ex_date, o.kind, o.source, o.symbol,
        sum(c.log_shares) as log_shares
    from offered_actions as o
    inner join chosen_splits as c
        on o.instrument = c.instrument and o.symbol_of = c.symbol_of
        and c.ex_date > o.ex_date and c.ex_date <= o.read_day
    where o.adjustment = 'splits' and o.kind <> 'split'
    group by o.instrument, o.symbol_of, o.ex_date, o.kind, o.source, o.symbol
),
raw_actions as (
    select
        o.instrument, o.symbol_of, o.ex_date, o.kind,
        case
            when c.log_shares is null then o.amount
            else {{ scaled(
                '(cast(o.amount as double) * ' ~ significant('exp(c.log_shares)') ~ ')'
            ) }}
        end as amount, o.source, o.symbol, o.rank
    from offered_actions as o
    left join later_splits as c
        on o.instrument = c.instrument and o.symbol_of = c.symbol_of and o.ex_date = c.ex_date
        and o.kind = c.kind and o.source = c.source and o.symbol = c.symbol
)
{%- endmacro %}
