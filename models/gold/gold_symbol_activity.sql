{{ config(schema='gold', materialized='table') }}
-- Average price and number of ticks per symbol in the last hour of each source: the 3,600 seconds
-- that end with the second of its newest tick, whether that sets a price or not. Coarser candles say
-- from where on the newest second is looked for.
with
sessions as (
    select source, max(open_time) as since
    from {{ ref('gold_candlestick_1d') }}
    where dataset = 'ticks'
    group by source
),
minutes as (
    select m.source, max(m.open_time) as since
    from {{ ref('gold_candlestick_1m') }} as m
    inner join sessions as s on m.source = s.source and m.open_time >= s.since
    where m.dataset = 'ticks' and m.open_time >= (select min(since) from sessions)
    group by m.source
),
newest as (
    select c.source, max(c.open_time) as last_second
    from {{ ref('gold_candlestick_1s') }} as c
    -- What a closing auction prints lies behind the minute that it belongs to.
    inner join minutes as m on c.source = m.source and c.open_time >= m.since
    where
        c.dataset = 'ticks' and c.trades > 0 and c.open_time >= (select min(since) from minutes)
    group by c.source
)
select
    c.source,
    c.symbol,
    cast(sum(c.trades) as bigint) as tick_count,
    cast(sum(c.price_sum) / sum(c.trades) as decimal(18, 8)) as avg_price,
    {{ total('c.volume') }} as volume,
    min(c.first_time) as first_time,
    max(c.last_time) as last_time
from {{ ref('gold_candlestick_1s') }} as c
inner join newest as n on c.source = n.source
where
    c.dataset = 'ticks' and c.trades > 0
    and c.open_time > dateadd('hour', -1, n.last_second)
    -- This is cheap, and leaves little to the join.
    and c.open_time > (select dateadd('hour', -1, min(last_second)) from newest)
group by c.source, c.symbol
