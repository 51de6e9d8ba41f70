{{ config(schema='gold', materialized='view') }}
-- Bars of two sources whose prices are further apart than the rule differs of ref_quality_rules lets
-- them be: that which is preferred, and each other one, in the shares and the currency of the first.
-- Made when it is asked for. No pair are bars that end apart, or of which one has its dividends taken
-- out, or had not ended when it was read.
with
{{ ranked_bars() }}
final as (
    select r.*
    from ranked as r
    where not r.is_provisional and r.adjustment <> 'all'
),
pairs as (
    select
        p.instrument, p.bar_interval, p.open_time, p.close_time, p.trading_day, p.session,
        p.exchange, p.currency, p.source, p.symbol, p.split_basis, p.open, p.high, p.low, p.close,
        o.source as other_source, o.symbol as other_symbol, o.split_basis as other_basis,
        {{ units('o.currency') }} / {{ units('p.currency') }} as units,
{% for name in ['open', 'high', 'low', 'close'] %}
        o.{{ name }} as other_{{ name }}{{ '' if loop.last else ',' }}
{% endfor %}
    from final as p
    inner join final as o
        on p.instrument = o.instrument and p.exchange = o.exchange
        and {{ major('p.currency') }} is not distinct from {{ major('o.currency') }}
        and p.bar_interval = o.bar_interval and p.open_time = o.open_time
        and p.close_time = o.close_time and p.session = o.session
    where p.place = 1 and o.place > 1 and p.source <> o.source
),
split_shares as (
    select
        p.source, p.symbol, p.trading_day, p.split_basis, p.other_basis,
        {{ log_shares_between('s', 'p.other_basis', 'p.split_basis') }} as log_shares
    from (
        select distinct source, symbol, trading_day, split_basis, other_basis
        from pairs
        where split_basis <> other_basis
    ) as p
    inner join {{ ref('silver_splits') }} as s
        on p.source = s.source and p.symbol = s.symbol
        and p.trading_day >= s.valid_from and p.trading_day < s.valid_to
    group by p.source, p.symbol, p.trading_day, p.split_basis, p.other_basis
),
restated as (
    select
        p.instrument, p.bar_interval, p.open_time, p.close_time, p.trading_day, p.session,
        p.exchange, p.currency, p.source, p.symbol, p.other_source, p.other_symbol,
{% for name in ['open', 'high', 'low', 'close'] %}
        p.{{ name }},
        case
            when p.units = 1 then {{ restated('p.other_' ~ name, 's.log_shares') }}
            else {{ scaled('(cast(p.other_' ~ name ~ ' as double) * p.units / exp(coalesce(s.log_shares, 0)))') }}
        end as other_{{ name }}{{ '' if loop.last else ',' }}
{% endfor %}
    from pairs as p
    left join split_shares as s
        on p.source = s.source and p.symbol = s.symbol and p.trading_day = s.trading_day
        and p.split_basis = s.split_basis and p.other_basis = s.other_basis
),
measured as (
    select
        r.*,
        -- Of the larger of both, so that it says the same whichever is preferred.
        greatest(
{% for name in ['open', 'high', 'low', 'close'] %}
            coalesce(abs(cast(r.{{ name }} as double) - cast(r.other_{{ name }} as double)) / nullif(
                greatest(abs(cast(r.{{ name }} as double)), abs(cast(r.other_{{ name }} as double))), 0
            ), 0){{ '' if loop.last else ',' }}
{% endfor %}
        ) as difference
    from restated as r
),
tolerances as (
    select s.*, t.max_value as tolerance, t.severity
    from (
        select distinct m.other_source, m.other_symbol, m.bar_interval, m.exchange
        from measured as m
    ) as s
    inner join {{ ref('ref_quality_rules') }} as t
        on t.rule = 'differs' and coalesce(t.dataset, 'bars') = 'bars'
        and coalesce(t.bar_interval, s.bar_interval) = s.bar_interval
        and coalesce(t.source, s.other_source) = s.other_source
        and coalesce(t.exchange, s.exchange) = s.exchange
        and coalesce(t.symbol, s.other_symbol) = s.other_symbol
    qualify row_number() over (
        partition by s.other_source, s.other_symbol, s.bar_interval, s.exchange
        order by
            case when t.symbol is null then 1 else 0 end,
            case when t.source is null then 1 else 0 end,
            case when t.exchange is null then 1 else 0 end,
            case when t.bar_interval is null then 1 else 0 end,
            case when t.dataset is null then 1 else 0 end
    ) = 1
)
select
    m.instrument, m.bar_interval, m.open_time, m.close_time, m.trading_day, m.session, m.exchange,
    m.currency, m.source, m.symbol, m.other_source, m.other_symbol,
{% for name in ['open', 'high', 'low', 'close'] %}
    m.{{ name }}, m.other_{{ name }},
{% endfor %}
    round(m.difference, 9) as difference, t.tolerance
from measured as m
inner join tolerances as t
    on m.other_source = t.other_source and m.other_symbol = t.other_symbol
    and m.bar_interval = t.bar_interval and m.exchange = t.exchange
where t.severity = 'marked' and m.difference > t.tolerance
