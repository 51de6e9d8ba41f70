-- A row for each day in gold_bar_days that is not what its bars come to.
with
made as (
    select
        d.dataset, d.source, d.symbol, d.trading_day, d.session,
        min_by(b.open, b.open_time) as open, max(b.high) as high, min(b.low) as low,
        max_by(b.close, b.open_time) as close,
        case when count(b.volume) = count(*) then sum(b.volume) end as volume,
        max(b.open_time) as last_time, max_by(b.exchange, b.open_time) as exchange,
        max(case when b.is_provisional then 1 else 0 end) = 1 as is_provisional
    from {{ ref('gold_bar_days') }} as d
    inner join {{ ref('gold_candlestick_bars') }} as b
        on d.dataset = b.dataset and d.source = b.source and d.symbol = b.symbol
        and d.bar_interval = b.bar_interval and d.trading_day = b.trading_day
        and d.session = {{ part_of('b.session') }}
    where not b.is_cancelled
    group by d.dataset, d.source, d.symbol, d.trading_day, d.session, d.bar_interval
)
select d.dataset, d.source, d.symbol, d.trading_day, d.session
from {{ ref('gold_bar_days') }} as d
left join made as m
    on d.dataset = m.dataset and d.source = m.source and d.symbol = m.symbol
    and d.trading_day = m.trading_day and d.session = m.session
where
    m.dataset is null
    or d.open <> m.open or d.high <> m.high or d.low <> m.low or d.close <> m.close
    or (d.volume is distinct from m.volume and coalesce(m.volume, 0) < 1e20)
    or d.last_time <> m.last_time or d.exchange <> m.exchange
    or d.is_provisional <> m.is_provisional
