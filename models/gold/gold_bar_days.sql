{{ config(schema='gold', materialized='table') }}
-- The newest days of bars, as gold_candlestick_1d has those of ticks: for gold_kpi, of each source
-- and symbol the two newest of each session. They come from one interval of the symbol, the one
-- that reaches its newest day: daily bars if they do, else the finest.
with
intervals as (
    select
        b.dataset, b.source, b.symbol, b.bar_interval,
        max(b.trading_day) as last_day, max(b.open_time) as newest_time
    from {{ ref('gold_candlestick_bars') }} as b
    where not b.is_cancelled
    group by b.dataset, b.source, b.symbol, b.bar_interval
),
newest_of_all as (
    select dataset, source, symbol, max(newest_time) as newest_time
    from intervals
    group by dataset, source, symbol
),
chosen as (
    select i.dataset, i.source, i.symbol, i.bar_interval, i.last_day, r.seconds = 0 as is_dated
    from intervals as i
    inner join {{ intervals() }} as r (bar_interval, seconds, days, months, rank)
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
        max(b.close_time) as last_end,
        min_by(b.open, b.open_time) as open, max(b.high) as high, min(b.low) as low,
        max_by(b.close, b.open_time) as close,
        case when count(b.volume) = count(*) then {{ total('b.volume') }} end as volume,
        max_by(b.exchange, b.open_time) as exchange,
        max_by(b.split_basis, b.open_time) as split_basis,
        max(case when b.is_provisional then 1 else 0 end) = 1 as is_provisional,
        max(b._version) as _version
    from {{ ref('gold_candlestick_bars') }} as b
    inner join newest as n
        on b.dataset = n.dataset and b.source = n.source and b.symbol = n.symbol
        and b.bar_interval = n.bar_interval and b.trading_day = n.trading_day
        and {{ part_of('b.session') }} = n.session
    where not b.is_cancelled
    group by b.dataset, b.source, b.symbol, b.trading_day, n.session, b.bar_interval
),
recent as (
    -- The last five regular sessions: those that volatility may be of.
    select s.dataset, s.source, s.symbol, min(s.trading_day) as since
    from (
        select distinct b.dataset, b.source, b.symbol, b.trading_day
        from {{ ref('gold_candlestick_bars') }} as b
        inner join chosen as c
            on b.dataset = c.dataset and b.source = c.source and b.symbol = c.symbol
            and b.bar_interval = c.bar_interval
        where not b.is_cancelled and {{ part_of('b.session') }} = 'regular'
        qualify dense_rank() over (
            partition by b.dataset, b.source, b.symbol order by b.trading_day desc
        ) <= 5
    ) as s
    group by s.dataset, s.source, s.symbol
),
minutes as (
    select
        b.dataset, b.source, b.symbol, b.exchange, b.trading_day, b.open_time, b.close
    from {{ ref('gold_candlestick_bars') }} as b
    inner join recent as r
        on b.dataset = r.dataset and b.source = r.source and b.symbol = r.symbol
        and b.trading_day >= r.since
    where
        b.bar_interval = '1m' and b.session = 'regular' and not b.is_cancelled
        and not b.is_provisional
),
{{ volatility() }}
select
    c.dataset, c.source, c.symbol, c.trading_day, c.session, c.bar_interval, c.exchange,
    -- A bar of a day or longer has no bounds but those of its dates, nor has a day without a
    -- calendar.
    case
        when h.is_dated or d.trading_day is null then c.first_bar
        when c.session = 'regular' then d.open_at
        when c.session = 'post' then d.close_at
        when c.session = 'break' then d.break_start_at
        else d.day_start
    end as open_time,
    case
        when h.is_dated or d.trading_day is null then c.last_end
        when c.session = 'regular' then d.close_at
        when c.session = 'pre' then d.open_at
        when c.session = 'break' then d.break_end_at
        else d.day_end
    end as close_time,
    c.open, c.high, c.low, c.close, c.volume, c.last_time, a.newest_time, c.split_basis,
    c.is_provisional,
    v.volatility_per_minute, v.volatility_annualised, c._version
from candles as c
inner join chosen as h
    on c.dataset = h.dataset and c.source = h.source and c.symbol = h.symbol
inner join newest_of_all as a
    on c.dataset = a.dataset and c.source = a.source and c.symbol = a.symbol
left join {{ ref('silver_trading_days') }} as d
    on c.exchange = d.exchange and c.trading_day = d.trading_day
    and d.utc_date = cast(d.day_start as date)
left join volatility as v
    on c.dataset = v.dataset and c.source = v.source and c.symbol = v.symbol
