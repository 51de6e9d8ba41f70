{{ config(schema='gold', materialized='table') }}
-- The newest days of bars, as gold_candlestick_1d has those of ticks: for gold_kpi, two sessions of
-- each source and symbol and two days outside of it. They come from one interval of the symbol, the
-- one that reaches its newest day: daily bars if they do, else the finest.
with
intervals as (
    select
        b.dataset, b.source, b.symbol, b.bar_interval,
        max(b.trading_day) as last_day, max(b.open_time) as last_time
    from {{ ref('gold_candlestick_bars') }} as b
    where not b.is_cancelled
    group by b.dataset, b.source, b.symbol, b.bar_interval
),
chosen as (
    select i.dataset, i.source, i.symbol, i.bar_interval, i.last_day
    from intervals as i
    inner join (
        values ('1d', 0), ('1s', 1), ('1m', 2), ('2m', 3), ('5m', 4), ('15m', 5), ('30m', 6),
        ('1h', 7), ('1wk', 8), ('1mo', 9)
    ) as r (bar_interval, rank)
        on i.bar_interval = r.bar_interval
    qualify row_number() over (
        partition by i.dataset, i.source, i.symbol order by i.last_day desc, r.rank
    ) = 1
),
newest as (
    -- Narrow columns find the days; the wide ones are read only there.
    select
        b.dataset, b.source, b.symbol, b.bar_interval, b.trading_day,
        {{ part_of('b.session') }} as session
    from {{ ref('gold_candlestick_bars') }} as b
    inner join chosen as c
        on b.dataset = c.dataset and b.source = c.source and b.symbol = c.symbol
        and b.bar_interval = c.bar_interval
    where not b.is_cancelled
    group by
        b.dataset, b.source, b.symbol, b.bar_interval, b.trading_day,
        {{ part_of('b.session') }}
    qualify row_number() over (
        partition by b.dataset, b.source, b.symbol, {{ part_of('b.session') }}
        order by b.trading_day desc
    ) <= 2
),
candles as (
    select
        b.dataset, b.source, b.symbol, b.trading_day, n.session, b.bar_interval,
        min(b.open_time) as first_bar, max(b.open_time) as last_time,
        min_by(b.open, b.open_time) as open, max(b.high) as high, min(b.low) as low,
        max_by(b.close, b.open_time) as close,
        case when count(b.volume) = count(*) then {{ total('b.volume') }} end as volume,
        max(b._version) as _version
    from {{ ref('gold_candlestick_bars') }} as b
    inner join newest as n
        on b.dataset = n.dataset and b.source = n.source and b.symbol = n.symbol
        and b.bar_interval = n.bar_interval and b.trading_day = n.trading_day
        and {{ part_of('b.session') }} = n.session
    where not b.is_cancelled
    group by b.dataset, b.source, b.symbol, b.trading_day, n.session, b.bar_interval
),
returns as (
    select
        b.dataset, b.source, b.symbol, cast(b.close as double) as close,
        lag(cast(b.close as double)) over (
            partition by b.dataset, b.source, b.symbol order by b.open_time
        ) as earlier
    from {{ ref('gold_candlestick_bars') }} as b
    inner join intervals as i
        on b.dataset = i.dataset and b.source = i.source and b.symbol = i.symbol
        and b.bar_interval = i.bar_interval
    inner join chosen as c
        on i.dataset = c.dataset and i.source = c.source and i.symbol = c.symbol
        and i.last_day = c.last_day
    where
        b.bar_interval = '1m' and not b.is_cancelled
        and b.open_time > dateadd('day', -1, i.last_time)
),
volatility as (
    select r.dataset, r.source, r.symbol, {{ volatility_of('r') }} as volatility
    from returns as r
    group by r.dataset, r.source, r.symbol
),
{{ hours_of('candles') }}
select
    c.dataset, c.source, c.symbol, c.trading_day, c.session, c.bar_interval, h.exchange,
    -- A bar of a day or longer has no bounds but those of its dates.
    case
        when c.bar_interval in ('1d', '1wk', '1mo') then c.first_bar
        else {{ utc_of('c.trading_day', 'h.open_minute', 'h.time_zone') }}
    end as open_time,
    case c.bar_interval
        when '1d' then dateadd('day', 1, c.first_bar)
        when '1wk' then dateadd('day', 7, c.first_bar)
        when '1mo' then cast(
            date_trunc('month', dateadd('day', 31, date_trunc('month', c.first_bar))) as timestamp
        )
        else {{ utc_of('c.trading_day', 'h.close_minute', 'h.time_zone') }}
    end as close_time,
    c.open, c.high, c.low, c.close, c.volume, c.last_time, v.volatility, c._version
from candles as c
inner join hours as h
    on c.dataset = h.dataset and c.source = h.source and c.symbol = h.symbol
    and c.trading_day = h.trading_day and c.session = h.session
left join volatility as v
    on c.dataset = v.dataset and c.source = v.source and c.symbol = v.symbol
