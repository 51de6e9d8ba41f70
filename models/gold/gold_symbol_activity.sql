{{ config(schema='gold', materialized='table') }}
-- Average price and number of ticks per symbol in the last hour of each source: the 3,600 seconds
-- that end with the second of its newest price.
with newest as (
    select source, date_trunc('second', max(last_time)) as last_second
    from {{ ref('gold_candlestick_1d') }}
    where dataset = 'ticks'
    group by source
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
group by c.source, c.symbol
