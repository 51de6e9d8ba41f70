{{ config(schema='gold', materialized='view') }}
-- Longer candles from shorter ones, made when they are asked for: weeks and months from days, and
-- 5 minutes and hours from the minutes that a feed publishes. Of a source and symbol whose feed
-- publishes an interval itself, only those that it publishes count.
with
published as (
    select distinct b.dataset, b.source, b.symbol, b.bar_interval
    from {{ ref('gold_candlestick_bars') }} as b
    where b.bar_interval in ('5m', '1h', '1wk', '1mo') and not b.is_cancelled
),
fine as (
    select
        d.dataset, d.source, d.symbol, i.bar_interval,
        {{ start_of('i.bar_interval', 'd.trading_day') }} as bucket,
        d.trading_day, d.session, d.open_time,
        cast(d.open as decimal(38, 18)) as open, cast(d.high as decimal(38, 18)) as high,
        cast(d.low as decimal(38, 18)) as low, cast(d.close as decimal(38, 18)) as close,
        d.volume, d.turnover, d.trades, d.first_time, d.last_time, d.revisions, d.revised_at,
        d._version
    from {{ ref('gold_candlestick_1d') }} as d
    cross join (values ('1wk'), ('1mo')) as i (bar_interval)
    where d.session = 'regular'
    union all
    select
        b.dataset, b.source, b.symbol, i.bar_interval,
        case i.bar_interval
            when '5m' then time_slice(b.open_time, 5, 'MINUTE')
            when '1h' then date_trunc('hour', b.open_time)
            else {{ start_of('i.bar_interval', 'b.trading_day') }}
        end as bucket,
        b.trading_day, b.session, b.open_time, b.open, b.high, b.low, b.close,
        b.volume, cast(null as decimal(38, 12)) as turnover, cast(null as bigint) as trades,
        cast(null as timestamp) as first_time, cast(null as timestamp) as last_time,
        cast(null as bigint) as revisions, cast(null as timestamp) as revised_at, b._version
    from {{ ref('gold_candlestick_bars') }} as b
    inner join (
        values ('1m', '5m'), ('1m', '1h'), ('1d', '1wk'), ('1d', '1mo')
    ) as i (part, bar_interval)
        on b.bar_interval = i.part
    left join published as p
        on b.dataset = p.dataset and b.source = p.source and b.symbol = p.symbol
        and i.bar_interval = p.bar_interval
    where not b.is_cancelled and p.bar_interval is null
)
select
    f.dataset, f.source, f.symbol, f.bar_interval, f.bucket as open_time,
    case
        when f.bar_interval in ('1wk', '1mo') then cast(f.bucket as date)
        else min(f.trading_day)
    end as trading_day,
    case when min(f.session) = max(f.session) then min(f.session) else 'mixed' end as session,
    min_by(f.open, f.open_time) as open,
    max(f.high) as high,
    min(f.low) as low,
    max_by(f.close, f.open_time) as close,
    -- A bar whose volume is not told leaves that of the longer one unknown; trades without a size do
    -- not.
    case
        when count(f.volume) = count(*) or count(f.trades) > 0 then {{ total('f.volume') }}
    end as volume,
    cast(
        case when count(f.turnover) = count(f.volume) then sum(f.turnover) end as decimal(38, 12)
    ) as turnover,
    cast(sum(f.trades) as bigint) as trades,
    min(f.first_time) as first_time,
    max(f.last_time) as last_time,
    cast(sum(f.revisions) as bigint) as revisions,
    max(f.revised_at) as revised_at,
    max(f._version) as _version
from fine as f
group by f.dataset, f.source, f.symbol, f.bar_interval, f.bucket
