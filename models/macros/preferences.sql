{#- Bars of several sources side by side. -#}
{#- The currency that a minor unit is the hundredth of. -#}
{% macro major(currency) -%}
case {{ currency }} when 'GBp' then 'GBP' when 'ZAc' then 'ZAR' when 'ILA' then 'ILS' else {{ currency }} end
{%- endmacro %}
{#- Units of the major currency in one of this. -#}
{% macro units(currency) -%}
case when {{ currency }} in ('GBp', 'ZAc', 'ILA') then 0.01 else 1 end
{%- endmacro %}
{#-
  The common table expression `ranked`: every bar with the instrument that its symbol is at the time, and
  its place among those that other sources have of the same instrument, exchange, currency, interval and
  start, by ref_preferences. What nobody has listed is alone with its source: a name of two sources may
  be that of two instruments.
-#}
{% macro ranked_bars() %}
named as (
    select
        b.source, b.symbol, b.bar_interval, b.open_time, b.close_time, b.trading_day, b.session,
        b.exchange, b.open, b.high, b.low, b.close, b.volume, b.adjustment, b.split_basis,
        b.is_provisional, l.instrument, l.currency, coalesce(l.instrument, b.symbol) as known_as,
        case when l.instrument is null then b.source else '' end as alone
    from {{ ref('gold_candlestick_bars') }} as b
    left join {{ ref('silver_listings') }} as l
        on b.source = l.source and b.symbol = l.symbol
        and b.trading_day >= l.valid_from and b.trading_day < l.valid_to
    where b.dataset = 'bars' and not b.is_cancelled
),
preferred as (
    select n.*, coalesce(a.rank, s.rank, i.rank, e.rank, 999999999) as rank
    from named as n
    left join {{ ref('ref_preferences') }} as a
        on n.source = a.source and n.known_as = a.symbol and n.bar_interval = a.bar_interval
    left join {{ ref('ref_preferences') }} as s
        on n.source = s.source and n.known_as = s.symbol and s.bar_interval is null
    left join {{ ref('ref_preferences') }} as i
        on n.source = i.source and i.symbol is null and n.bar_interval = i.bar_interval
    left join {{ ref('ref_preferences') }} as e
        on n.source = e.source and e.symbol is null and e.bar_interval is null
),
ranked as (
    select
        p.*,
        row_number() over (
            partition by
                p.known_as, p.alone, p.exchange, {{ major('p.currency') }}, p.bar_interval, p.open_time
            order by p.rank, p.source, p.symbol
        ) as place,
        dense_rank() over (
            partition by
                p.known_as, p.alone, p.exchange, {{ major('p.currency') }}, p.bar_interval, p.open_time
            order by p.source
        ) as source_number
    from preferred as p
),
{% endmacro %}
