-- A row for each symbol of quotes of which gold_kpi has other figures of the day than a quote of its
-- latest time says, or, where that says none, than the day's candle.
with
latest as (
    select
        k.source, k.symbol,
        max(case
            when coalesce(q.prev_close, k.previous_close) is distinct from k.previous_close
                or coalesce(q.day_open, cast(d.open as decimal(38, 18))) is distinct from k.day_open
                or coalesce(q.day_high, cast(d.high as decimal(38, 18))) is distinct from k.day_high
                or coalesce(q.day_low, cast(d.low as decimal(38, 18))) is distinct from k.day_low
                then 0
            else 1
        end) as is_told
    from {{ ref('gold_kpi') }} as k
    inner join {{ ref('silver_clean_stock_quotes') }} as q
        on k.source = q.source and k.symbol = q.symbol and k.last_time = q.market_timestamp
    left join {{ ref('gold_candlestick_1d') }} as d
        on k.dataset = d.dataset and k.source = d.source and k.symbol = d.symbol
        and k.trading_day = d.trading_day and k.day_session = d.session
    where k.dataset = 'quotes' and not q.is_cancelled and q.set_aside is null
    group by k.source, k.symbol
)
select k.source, k.symbol
from {{ ref('gold_kpi') }} as k
left join latest as l on k.source = l.source and k.symbol = l.symbol
where k.dataset = 'quotes' and coalesce(l.is_told, 0) = 0
