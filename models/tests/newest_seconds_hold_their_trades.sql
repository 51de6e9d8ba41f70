{{ config(tags=['live']) }}
-- A row for each of the newest seconds that the last run of silver wrote trades in, within ten minutes,
-- whose candle does not hold them once. What it reads is bounded by that.
with
written as (
    select distinct source, symbol, event_second
    from {{ ref('silver_clean_ticks') }}
    where
        _version = (select _version from {{ ref('silver_clean_ticks') }} order by _version desc limit 1)
        and not is_cancelled and set_aside is null
),
newest as (
    select source, symbol, event_second
    from written
    where event_second >= (select dateadd('minute', -10, max(event_second)) from written)
),
trades as (
    select t.source, t.symbol, t.event_second, count(*) as trades, sum(t.price) as price_sum
    from {{ ref('silver_clean_ticks') }} as t
    inner join newest as n
        on t.event_second = n.event_second and t.symbol = n.symbol and t.source = n.source
    where
        t.event_second >= (select min(event_second) from newest)
        and not t.is_cancelled and t.set_aside is null
    group by t.source, t.symbol, t.event_second
),
candles as (
    select c.source, c.symbol, c.open_time, sum(c.trades) as trades, sum(c.price_sum) as price_sum
    from {{ ref('gold_candlestick_1s') }} as c
    inner join newest as n
        on c.open_time = n.event_second and c.symbol = n.symbol and c.source = n.source
    where
        c.dataset = 'ticks' and c.trades > 0
        and c.open_time >= (select min(event_second) from newest)
    group by c.source, c.symbol, c.open_time
)
select
    coalesce(t.source, c.source) as source, coalesce(t.symbol, c.symbol) as symbol,
    coalesce(t.event_second, c.open_time) as open_time, c.trades, t.trades as silver_trades
from trades as t
full outer join candles as c
    on t.source = c.source and t.symbol = c.symbol and t.event_second = c.open_time
where t.trades is distinct from c.trades or t.price_sum is distinct from c.price_sum
