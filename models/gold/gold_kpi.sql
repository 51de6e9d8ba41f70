{{ config(schema='gold', materialized='table') }}
-- One row a dataset, source and symbol: where it stands on its latest day (UTC).
with
days as (
    select
        c.*,
        lag(c.close) over (
            partition by c.dataset, c.source, c.symbol order by c.open_time
        ) as earlier_close
    from {{ ref('gold_candlestick_long') }} as c
    where c.bar_interval = '1d'
    qualify row_number() over (
        partition by c.dataset, c.source, c.symbol order by c.open_time desc
    ) = 1
),
quotes as (
    -- A quote says itself what the feed holds to be the day.
    select
        'quotes' as dataset, q.source, q.symbol, q.day_open, q.day_high, q.day_low, q.prev_close
    from {{ ref('silver_clean_stock_quotes') }} as q
    inner join days as d
        on q.source = d.source and q.symbol = d.symbol and q.market_timestamp = d.last_time
    where d.dataset = 'quotes'
    qualify row_number() over (
        partition by q.source, q.symbol order by q._first_offset desc
    ) = 1
),
returns as (
    select
        m.dataset, m.source, m.symbol,
        ln(cast(m.close as double) / lag(cast(m.close as double)) over (
            partition by m.dataset, m.source, m.symbol order by m.open_time
        )) as log_return
    from {{ ref('gold_candlestick_1m') }} as m
    inner join days as d
        on m.dataset = d.dataset and m.source = d.source and m.symbol = d.symbol
    where m.open_time > dateadd('day', -1, d.last_time)
),
volatility as (
    select dataset, source, symbol, round(stddev_samp(log_return), 12) as volatility
    from returns
    group by dataset, source, symbol
),
stand as (
    select
        d.dataset, d.source, d.symbol,
        d.close as last_price,
        d.last_time,
        coalesce(q.prev_close, d.earlier_close) as previous_close,
        coalesce(q.day_open, d.open) as day_open,
        coalesce(q.day_high, d.high) as day_high,
        coalesce(q.day_low, d.low) as day_low,
        d.volume,
        d.trades,
        d._version
    from days as d
    left join quotes as q
        on d.dataset = q.dataset and d.source = q.source and d.symbol = q.symbol
)
select
    s.dataset,
    s.source,
    s.symbol,
    s.last_price,
    s.last_time,
    s.previous_close,
    s.last_price - s.previous_close as change_amount,
    round(
        100 * cast(s.last_price - s.previous_close as double) / cast(s.previous_close as double), 6
    ) as change_percent,
    s.day_open,
    s.day_high,
    s.day_low,
    s.volume,
    s.trades,
    v.volatility,
    s._version
from stand as s
left join volatility as v
    on s.dataset = v.dataset and s.source = v.source and s.symbol = v.symbol
