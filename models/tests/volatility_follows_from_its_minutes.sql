-- A row for each symbol of ticks and quotes whose volatility is not that of the minutes of its last
-- five sessions; and for each of bars of which gold_kpi has another one than gold_bar_days.
with
sessions as (
    select distinct dataset, source, symbol, exchange, trading_day
    from {{ ref('gold_candlestick_1d') }}
    where session = 'regular' and close is not null
    qualify row_number() over (
        partition by dataset, source, symbol order by trading_day desc
    ) <= 5
),
minutes as (
    select m.dataset, m.source, m.symbol, s.exchange, m.trading_day, m.open_time, m.close
    from {{ ref('gold_candlestick_1m') }} as m
    inner join sessions as s
        on m.dataset = s.dataset and m.source = s.source and m.symbol = s.symbol
        and m.trading_day = s.trading_day
    where m.session = 'regular' and m.close is not null
),
{{ volatility() }},
volatilities as (
    select dataset, source, symbol, volatility_per_minute, volatility_annualised from volatility
    union all
    select distinct dataset, source, symbol, volatility_per_minute, volatility_annualised
    from {{ ref('gold_bar_days') }}
)
select k.dataset, k.source, k.symbol
from {{ ref('gold_kpi') }} as k
left join volatilities as v
    on k.dataset = v.dataset and k.source = v.source and k.symbol = v.symbol
where
    (k.volatility_per_minute is null) <> (v.volatility_per_minute is null)
    or abs(k.volatility_per_minute - v.volatility_per_minute) > 1e-9 * v.volatility_per_minute
    or (k.volatility_annualised is null) <> (v.volatility_annualised is null)
    or abs(k.volatility_annualised - v.volatility_annualised) > 1e-9 * v.volatility_annualised
