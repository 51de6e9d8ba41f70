{{ config(schema='gold', materialized='view') }}
-- All candles in one place: those that are built of ticks and quotes, bars as they were published, and
-- longer ones that are built of these; origin says which. A query for one bar_interval reads the
-- tables of that interval only. The prices of ticks have 64 bits until here, where they meet those of
-- bars. Candles in which no trade sets a price are left out: their volume is in the longer ones.
-- Days and sessions of seconds are looked up when they are asked for.
with
newest as (
    select dataset, source, max(last_time) as last_time
    from {{ ref('gold_candlestick_1d') }}
    group by dataset, source
    union all
    select dataset, source, max(newest_time) as last_time
    from {{ ref('gold_bar_days') }}
    group by dataset, source
),
seconds as (
    select * from {{ ref('gold_candlestick_1s') }}
),
{{ placed('seconds', kind='kind') }}
kinds as (
    select
        p.dataset, p.source, p.symbol, p.open_time, p.trading_day, p.session, p.session_end,
        {{ session_prices('p') }}
        p.kind, p._partition,
        p.volume, p.turnover, p.trades, p.revisions, p.revised_at, p._version
    from placed as p
),
candles as (
    -- A second has several rows where its trades are of several kinds, or were changed by several
    -- partitions.
    select
        dataset, source, symbol, '1s' as bar_interval, open_time,
        dateadd('second', 1, open_time) as close_time,
        max(trading_day) as trading_day, session, 'built' as origin,
        cast(min_by(k.open, {{ price_order('k', 'first_time', 'open_time') }}) as decimal(38, 18)) as open,
        cast(max(high) as decimal(38, 18)) as high,
        cast(min(low) as decimal(38, 18)) as low,
        cast(max_by(k.close, {{ close_order('k', 'open_time') }}) as decimal(38, 18)) as close,
        {{ total('volume') }} as volume,
        cast(case when count(turnover) = count(volume) then sum(turnover) end as decimal(38, 12))
            as turnover,
        cast(sum(trades) as bigint) as trades,
        min(first_time) as first_time, max(last_time) as last_time,
        cast(sum(revisions) as bigint) as revisions, max(revised_at) as revised_at,
        false as is_provisional, max(_version) as _version
    from kinds as k
    group by dataset, source, symbol, open_time, session
    having sum(trades) > 0
{% for model, interval, close_time, having, provisional in [
    ['gold_candlestick_1m', "'1m'", "dateadd('minute', 1, open_time)", 'trades > 0', 'false'],
    ['gold_candlestick_long', 'bar_interval', 'close_time', '1 = 1', 'false'],
    ['gold_candlestick_1d', "'1d'", 'close_time', "session = 'regular'", 'false'],
    ['gold_candlestick_coarse', 'bar_interval', 'close_time', '1 = 1', 'is_provisional']
] %}
    union all
    select
        dataset, source, symbol, {{ interval }} as bar_interval, open_time,
        {{ close_time }} as close_time, trading_day, session, 'built' as origin,
{% for name in ['open', 'high', 'low', 'close'] %}
        cast({{ name }} as decimal(38, 18)) as {{ name }},
{% endfor %}
        volume, turnover, trades, first_time, last_time, revisions, revised_at,
        {{ provisional }} as is_provisional, _version
    from {{ ref(model) }}
    where {{ having }}
{% endfor %}
    union all
    select
        dataset, source, symbol, bar_interval, open_time,
        close_time, trading_day, session, 'published' as origin,
        open, high, low, close,
        volume, cast(null as decimal(38, 12)) as turnover, cast(null as bigint) as trades,
        cast(null as timestamp) as first_time, cast(null as timestamp) as last_time,
        cast(null as bigint) as revisions, cast(null as timestamp) as revised_at,
        is_provisional, _version
    from {{ ref('gold_candlestick_bars') }}
    where not is_cancelled
)
select
    c.dataset, c.source, c.symbol, c.bar_interval, c.open_time, c.close_time, c.trading_day,
    c.session, c.origin, c.open, c.high, c.low, c.close, c.volume, c.turnover,
    -- Turnover is off by up to a unit of its last digit for each trade: not where that shows.
    case
        when abs(c.turnover) >= 0.001 * c.trades or c.volume >= 0.0002 * c.trades
            then cast(c.turnover / nullif(c.volume, 0) as decimal(18, 8))
    end as vwap,
    c.trades, c.first_time, c.last_time, c.revisions, c.revised_at,
    coalesce(n.last_time >= c.close_time, false) and not c.is_provisional as is_closed, c._version
from candles as c
left join newest as n on c.dataset = n.dataset and c.source = n.source
where c.close is not null
