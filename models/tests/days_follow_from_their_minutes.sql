-- A row for each session of a day whose candle is not what its minutes, or its candles of 5 minutes up
-- to 4 hours, come to.
with
parts as (
    select
        dataset, source, symbol, trading_day, session, '1m' as bar_interval, open_time,
        open, high, low, close, trades, volume, turnover, first_time, last_time
    from {{ ref('gold_candlestick_1m') }}
    union all
    select
        dataset, source, symbol, trading_day, session, bar_interval, open_time,
        open, high, low, close, trades, volume, turnover, first_time, last_time
    from {{ ref('gold_candlestick_long') }}
),
made as (
    select
        dataset, source, symbol, trading_day, session, bar_interval,
        min_by(open, case when open is not null then open_time end) as open,
        max(high) as high, min(low) as low,
        max_by(close, case when close is not null then open_time end) as close,
        sum(trades) as trades, sum(volume) as volume,
        case when count(turnover) = count(volume) then sum(turnover) end as turnover,
        min(first_time) as first_time, max(last_time) as last_time
    from parts
    group by dataset, source, symbol, trading_day, session, bar_interval
),
expected as (
    select d.*, i.bar_interval
    from {{ ref('gold_candlestick_1d') }} as d
    cross join (
        values ('1m'), ('5m'), ('15m'), ('30m'), ('1h'), ('4h')
    ) as i (bar_interval)
)
select
    coalesce(e.dataset, m.dataset) as dataset, coalesce(e.source, m.source) as source,
    coalesce(e.symbol, m.symbol) as symbol, coalesce(e.trading_day, m.trading_day) as trading_day,
    coalesce(e.session, m.session) as session, coalesce(e.bar_interval, m.bar_interval) as bar_interval
from expected as e
full outer join made as m
    on e.dataset = m.dataset and e.source = m.source and e.symbol = m.symbol
    and e.trading_day = m.trading_day and e.session = m.session and e.bar_interval = m.bar_interval
where
    e.dataset is null or m.dataset is null
    or e.trades <> m.trades
    or e.open is distinct from m.open or e.high is distinct from m.high
    or e.low is distinct from m.low or e.close is distinct from m.close
    or e.first_time is distinct from m.first_time or e.last_time is distinct from m.last_time
    or (coalesce(e.volume, 0) <> coalesce(m.volume, 0) and m.volume < 1e20)
    or e.turnover is distinct from m.turnover
