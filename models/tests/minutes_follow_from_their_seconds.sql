-- A row for each minute that is not what its seconds come to, in its session of its day.
with
seconds as (
    select * from {{ ref('gold_candlestick_1s') }} where trades > 0
),
{{ placed('seconds', kind='kind') }}
fine as (
    select
        p.dataset, p.source, p.symbol, p.minute, p.exchange, p.trading_day, p.session, p.session_end,
        p.open_time,
        {{ session_prices('p') }}
        p.kind, p._partition, p.volume, p.turnover, p.trades
    from placed as p
),
made as (
    select
        f.dataset, f.source, f.symbol, f.minute as open_time, f.exchange, f.trading_day, f.session,
        min_by(
            f.open, case when f.open is not null then {{ price_order('f', 'first_time', 'minute') }} end
        ) as open,
        max(f.high) as high, min(f.low) as low,
        max_by(
            f.close, case when f.close is not null then {{ close_order('f', 'minute') }} end
        ) as close,
        sum(f.volume) as volume, sum(f.trades) as trades,
        cast(case when count(f.turnover) = count(f.volume) then sum(f.turnover) end
            as decimal(38, 12)) as turnover,
        min(f.first_time) as first_time, max(f.last_time) as last_time
    from fine as f
    group by
        f.dataset, f.source, f.symbol, f.minute, f.exchange, f.trading_day, f.session
)
select
    coalesce(m.dataset, c.dataset) as dataset, coalesce(m.source, c.source) as source,
    coalesce(m.symbol, c.symbol) as symbol, coalesce(m.open_time, c.open_time) as open_time,
    coalesce(m.trading_day, c.trading_day) as trading_day, coalesce(m.session, c.session) as session
from made as m
full outer join {{ ref('gold_candlestick_1m') }} as c
    on m.dataset = c.dataset and m.source = c.source and m.symbol = c.symbol
    and m.open_time = c.open_time and m.exchange = c.exchange and m.trading_day = c.trading_day
    and m.session = c.session
where
    m.trades is distinct from c.trades
    or m.open is distinct from c.open or m.high is distinct from c.high
    or m.low is distinct from c.low or m.close is distinct from c.close
    or (m.volume is distinct from c.volume and coalesce(m.volume, 0) < 1e20)
    or m.turnover is distinct from c.turnover
    or m.first_time is distinct from c.first_time or m.last_time is distinct from c.last_time
