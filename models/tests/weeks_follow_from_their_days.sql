-- A row for each longer candle that is built of days, or of a feed's minutes, and is not there, is
-- there without them, or is not what they come to. Prices and volumes of one with a split in it are
-- held to nothing but its last close, in whose shares they are.
with
fine as (
    select
        d.dataset, d.source, d.symbol, i.bar_interval,
        {{ start_of('i.bar_interval', 'd.trading_day') }} as open_time,
        d.open_time as part_time, d.trading_day as split_basis,
        cast(d.open as decimal(38, 18)) as open, cast(d.high as decimal(38, 18)) as high,
        cast(d.low as decimal(38, 18)) as low, cast(d.close as decimal(38, 18)) as close,
        d.volume, d.turnover, d.trades, d.first_time, d.last_time, d.revisions, d.revised_at,
        0 as is_provisional
    from {{ ref('gold_candlestick_1d') }} as d
    cross join (values ('1wk'), ('1mo')) as i (bar_interval)
    where d.session = 'regular'
    union all
    select
        b.dataset, b.source, b.symbol, i.bar_interval,
        case
            when i.minutes > 0 then {{ slot('i.minutes', 'b.open_time', 'b.session_start') }}
            when i.bar_interval = '1d' then cast(b.trading_day as timestamp)
            else {{ start_of('i.bar_interval', 'b.trading_day') }}
        end,
        b.open_time, b.split_basis, b.open, b.high, b.low, b.close, b.volume,
        null, null, null, null, null, null, case when b.is_provisional then 1 else 0 end
    from {{ ref('gold_candlestick_bars') }} as b
    inner join (
        values
        ('1m', '5m', 5), ('1m', '15m', 15), ('1m', '30m', 30), ('1m', '1h', 60), ('1m', '4h', 240),
        ('1m', '1d', 0), ('1d', '1wk', 0), ('1d', '1mo', 0)
    ) as i (part, bar_interval, minutes)
        on b.bar_interval = i.part
    where not b.is_cancelled and (i.bar_interval <> '1d' or b.session = 'regular')
),
made as (
    select
        f.dataset, f.source, f.symbol, f.bar_interval, f.open_time,
        min_by(f.open, case when f.open is not null then f.part_time end) as open,
        max(f.high) as high, min(f.low) as low,
        max_by(f.close, case when f.close is not null then f.part_time end) as close,
        max(case when f.close is not null then f.part_time end) as close_of,
        max(f.part_time) as last_part,
        case when count(f.volume) = count(*) or count(f.trades) > 0 then sum(f.volume) end as volume,
        case when count(f.turnover) = count(f.volume) then sum(f.turnover) end as turnover,
        sum(f.trades) as trades, min(f.first_time) as first_time, max(f.last_time) as last_time,
        sum(f.revisions) as revisions, max(f.revised_at) as revised_at,
        min(f.split_basis) as first_basis, max(f.split_basis) as last_basis,
        max(f.is_provisional) = 1 as is_provisional
    from fine as f
    group by f.dataset, f.source, f.symbol, f.bar_interval, f.open_time
    having max(f.close) is not null
),
split as (
    select distinct m.dataset, m.source, m.symbol, m.bar_interval, m.open_time
    from made as m
    inner join {{ ref('silver_splits') }} as s
        on m.source = s.source and m.symbol = s.symbol
        and s.ex_date > m.first_basis and s.ex_date <= m.last_basis
)
select
    coalesce(m.dataset, l.dataset) as dataset, coalesce(m.source, l.source) as source,
    coalesce(m.symbol, l.symbol) as symbol, coalesce(m.bar_interval, l.bar_interval) as bar_interval,
    coalesce(m.open_time, l.open_time) as open_time
from made as m
full outer join {{ ref('gold_candlestick_rollup') }} as l
    on m.dataset = l.dataset and m.source = l.source and m.symbol = l.symbol
    and m.bar_interval = l.bar_interval and m.open_time = l.open_time
left join split as s
    on m.dataset = s.dataset and m.source = s.source and m.symbol = s.symbol
    and m.bar_interval = s.bar_interval and m.open_time = s.open_time
where
    m.dataset is null or l.dataset is null
    or m.is_provisional <> l.is_provisional
    or m.trades is distinct from l.trades or m.turnover is distinct from l.turnover
    or m.first_time is distinct from l.first_time or m.last_time is distinct from l.last_time
    or m.revisions is distinct from l.revisions or m.revised_at is distinct from l.revised_at
    or (m.close <> l.close and (s.dataset is null or m.close_of = m.last_part))
    or (
        s.dataset is null
        and (
            m.open <> l.open or m.high <> l.high or m.low <> l.low
            or (m.volume is distinct from l.volume and coalesce(m.volume, 0) < 1e20)
        )
    )
