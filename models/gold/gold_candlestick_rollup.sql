{{ config(schema='gold', materialized='view') }}
-- Longer candles from shorter ones, made when they are asked for: weeks and months from days, and
-- minutes, hours and days from the minutes that a feed publishes, whether it publishes them too or
-- not. Read gold_candlestick instead.
with
fine as (
    select
        d.dataset, d.source, d.symbol, i.bar_interval,
        {{ start_of('i.bar_interval', 'd.trading_day') }} as bucket,
        cast(null as timestamp) as session_end, 0 as minutes,
        d.trading_day, d.session, d.exchange, d.open_time,
        cast(d.open as decimal(38, 18)) as open, cast(d.high as decimal(38, 18)) as high,
        cast(d.low as decimal(38, 18)) as low, cast(d.close as decimal(38, 18)) as close,
        d.volume, d.turnover, d.trades, d.first_time, d.last_time, d.revisions, d.revised_at,
        d.trading_day as split_basis, false as is_provisional, d._version
    from {{ ref('gold_candlestick_1d') }} as d
    cross join (values ('1wk'), ('1mo')) as i (bar_interval)
    where d.session = 'regular'
    union all
    select
        b.dataset, b.source, b.symbol, i.bar_interval,
        case
            -- Counted from the start of its piece of the day, in minutes; days have none.
            when i.minutes > 0 then {{ slot('i.minutes', 'b.open_time', 'b.session_start') }}
            when i.bar_interval = '1d' then cast(b.trading_day as timestamp)
            else {{ start_of('i.bar_interval', 'b.trading_day') }}
        end as bucket,
        b.session_end, i.minutes, b.trading_day, b.session, b.exchange, b.open_time,
        b.open, b.high, b.low, b.close,
        b.volume, cast(null as decimal(38, 12)) as turnover, cast(null as bigint) as trades,
        cast(null as timestamp) as first_time, cast(null as timestamp) as last_time,
        cast(null as bigint) as revisions, cast(null as timestamp) as revised_at,
        b.split_basis, b.is_provisional, b._version
    from {{ ref('gold_candlestick_bars') }} as b
    inner join (
        values
        ('1m', '5m', 5), ('1m', '15m', 15), ('1m', '30m', 30), ('1m', '1h', 60), ('1m', '4h', 240),
        ('1m', '1d', 0), ('1d', '1wk', 0), ('1d', '1mo', 0)
    ) as i (part, bar_interval, minutes)
        on b.bar_interval = i.part
    where not b.is_cancelled and (i.bar_interval <> '1d' or b.session = 'regular')
),
based as (
    select
        f.*,
        max(f.trading_day) over (
            partition by f.dataset, f.source, f.symbol, f.bar_interval, f.bucket
        ) as last_day,
        -- The candle's prices are in the shares of its last one.
        last_value(f.split_basis) over (
            partition by f.dataset, f.source, f.symbol, f.bar_interval, f.bucket
            order by f.open_time rows between unbounded preceding and unbounded following
        ) as last_basis
    from fine as f
),
split_shares as (
    select
        b.dataset, b.source, b.symbol, b.bar_interval, b.bucket, b.split_basis,
        {{ log_shares_between('s', 'b.split_basis', 'b.last_basis') }} as log_shares
    from (
        select distinct
            dataset, source, symbol, bar_interval, bucket, last_day, split_basis, last_basis
        from based
        where split_basis <> last_basis
    ) as b
    inner join {{ ref('silver_splits') }} as s
        on b.source = s.source and b.symbol = s.symbol
        and b.last_day >= s.valid_from and b.last_day < s.valid_to
    group by b.dataset, b.source, b.symbol, b.bar_interval, b.bucket, b.split_basis
),
parts as (
    select
        b.dataset, b.source, b.symbol, b.bar_interval, b.bucket, b.session_end, b.minutes,
        b.trading_day, b.session, b.exchange, b.open_time,
        {{ restated('b.open', 's.log_shares') }} as open,
        {{ restated('b.high', 's.log_shares') }} as high,
        {{ restated('b.low', 's.log_shares') }} as low,
        {{ restated('b.close', 's.log_shares') }} as close,
        {{ restated_volume('b.volume', 's.log_shares') }} as volume,
        b.turnover, b.trades, b.first_time, b.last_time, b.revisions, b.revised_at,
        b.last_basis, b.is_provisional, b._version
    from based as b
    left join split_shares as s
        on b.dataset = s.dataset and b.source = s.source and b.symbol = s.symbol
        and b.bar_interval = s.bar_interval and b.bucket = s.bucket
        and b.split_basis = s.split_basis
)
select
    p.dataset, p.source, p.symbol, p.bar_interval, p.bucket as open_time,
    case
        when p.bar_interval = '1wk' then dateadd('day', 7, p.bucket)
        when p.bar_interval = '1mo' then cast(date_trunc('month', dateadd('day', 31, p.bucket)) as timestamp)
        when p.bar_interval = '1d' then dateadd('day', 1, p.bucket)
        else {{ slot_end('max(p.minutes)', 'p.bucket', 'max(p.session_end)') }}
    end as close_time,
    case
        when p.bar_interval in ('1wk', '1mo') then cast(p.bucket as date)
        else min(p.trading_day)
    end as trading_day,
    min(p.session) as session,
    min_by(p.exchange, p.open_time) as exchange,
    min_by(p.open, case when p.open is not null then p.open_time end) as open,
    max(p.high) as high,
    min(p.low) as low,
    max_by(p.close, case when p.close is not null then p.open_time end) as close,
    -- A bar whose volume is not told leaves that of the longer one unknown; trades without a size do
    -- not.
    case
        when count(p.volume) = count(*) or count(p.trades) > 0 then {{ total('p.volume') }}
    end as volume,
    cast(
        case when count(p.turnover) = count(p.volume) then sum(p.turnover) end as decimal(38, 12)
    ) as turnover,
    cast(sum(p.trades) as bigint) as trades,
    min(p.first_time) as first_time,
    max(p.last_time) as last_time,
    cast(sum(p.revisions) as bigint) as revisions,
    max(p.revised_at) as revised_at,
    max(p.last_basis) as split_basis,
    max(case when p.is_provisional then 1 else 0 end) = 1 as is_provisional,
    max(p._version) as _version
from parts as p
group by p.dataset, p.source, p.symbol, p.bar_interval, p.bucket
-- Of days in which no trade sets a price there is volume, but no candle.
having max(p.close) is not null
