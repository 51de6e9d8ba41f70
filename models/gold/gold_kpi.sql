{{ config(schema='gold', materialized='table') }}
-- One row a dataset, source and symbol: where it stands on its latest trading day.
with
days as (
    select
        d.dataset, d.source, d.symbol, d.trading_day, d.session, d.exchange,
        d.open_time, d.close_time,
        cast(d.open as decimal(38, 18)) as open, cast(d.high as decimal(38, 18)) as high,
        cast(d.low as decimal(38, 18)) as low, cast(d.close as decimal(38, 18)) as close,
        d.volume, d.trades, d.last_time, d._version
    from {{ ref('gold_candlestick_1d') }} as d
    union all
    select
        b.dataset, b.source, b.symbol, b.trading_day, b.session, b.exchange,
        b.open_time, b.close_time, b.open, b.high, b.low, b.close,
        b.volume, cast(null as bigint) as trades, b.last_time, b._version
    from {{ ref('gold_bar_days') }} as b
),
latest as (
    select
        d.dataset, d.source, d.symbol, d.trading_day,
        max_by(d.close, d.last_time) as last_price,
        max(d.last_time) as last_time,
        max_by(d.session, d.last_time) as last_session,
        -- The day's figures are those of the regular session, once it has a trade.
        max(d.session) as session,
        max(d._version) as _version
    from days as d
    group by d.dataset, d.source, d.symbol, d.trading_day
    qualify row_number() over (
        partition by d.dataset, d.source, d.symbol order by d.trading_day desc
    ) = 1
),
earlier as (
    select c.dataset, c.source, c.symbol, c.close
    from days as c
    inner join latest as l
        on c.dataset = l.dataset and c.source = l.source and c.symbol = l.symbol
        and c.trading_day < l.trading_day
    where c.session = 'regular'
    qualify row_number() over (
        partition by c.dataset, c.source, c.symbol order by c.trading_day desc
    ) = 1
),
quotes as (
    -- A quote says itself what the feed holds to be the day.
    select
        'quotes' as dataset, q.source, q.symbol, q.day_open, q.day_high, q.day_low, q.prev_close
    from {{ ref('silver_clean_stock_quotes') }} as q
    inner join latest as l
        on q.source = l.source and q.symbol = l.symbol and q.market_timestamp = l.last_time
    where l.dataset = 'quotes' and not q.is_cancelled
    qualify row_number() over (
        partition by q.source, q.symbol order by q._first_offset desc
    ) = 1
),
returns as (
    select
        m.dataset, m.source, m.symbol, cast(m.close as double) as close,
        lag(cast(m.close as double)) over (
            partition by m.dataset, m.source, m.symbol order by m.open_time
        ) as earlier
    from {{ ref('gold_candlestick_1m') }} as m
    inner join latest as l
        on m.dataset = l.dataset and m.source = l.source and m.symbol = l.symbol
    where m.trades > 0 and m.open_time > dateadd('day', -1, l.last_time)
),
volatility as (
    select r.dataset, r.source, r.symbol, {{ volatility_of('r') }} as volatility
    from returns as r
    group by r.dataset, r.source, r.symbol
    union all
    select distinct b.dataset, b.source, b.symbol, b.volatility
    from {{ ref('gold_bar_days') }} as b
),
stand as (
    select
        l.dataset, l.source, l.symbol,
        l.last_price, l.last_time, l.last_session,
        l.trading_day, d.exchange,
        d.session as day_session, d.open_time as day_start, d.close_time as day_end,
        coalesce(q.prev_close, e.close) as previous_close,
        coalesce(q.day_open, d.open) as day_open,
        coalesce(q.day_high, d.high) as day_high,
        coalesce(q.day_low, d.low) as day_low,
        d.volume,
        d.trades,
        l._version
    from latest as l
    inner join days as d
        on l.dataset = d.dataset and l.source = d.source and l.symbol = d.symbol
        and l.trading_day = d.trading_day and l.session = d.session
    left join earlier as e
        on l.dataset = e.dataset and l.source = e.source and l.symbol = e.symbol
    left join quotes as q
        on l.dataset = q.dataset and l.source = q.source and l.symbol = q.symbol
)
select
    s.dataset,
    s.source,
    s.symbol,
    s.last_price,
    s.last_time,
    s.last_session,
    s.previous_close,
    s.last_price - s.previous_close as change_amount,
    -- Of a price from 0 down there are no percents.
    case
        when s.previous_close > 0 then round(
            100 * cast(s.last_price - s.previous_close as double)
            / cast(s.previous_close as double), 6
        )
    end as change_percent,
    s.exchange,
    s.trading_day,
    s.day_session,
    s.day_start,
    s.day_end,
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
