-- A row for each source, symbol and interval of which gold_candlestick has not as many candles as the
-- tables that it shows.
with
tables as (
    select dataset, source, symbol, '1m' as bar_interval, count(*) as candles
    from {{ ref('gold_candlestick_1m') }}
    where trades > 0 and close is not null
    group by dataset, source, symbol
    union all
    select dataset, source, symbol, bar_interval, count(*)
    from {{ ref('gold_candlestick_long') }}
    where close is not null
    group by dataset, source, symbol, bar_interval
    union all
    select dataset, source, symbol, '1d', count(*)
    from {{ ref('gold_candlestick_1d') }}
    where session = 'regular' and close is not null
    group by dataset, source, symbol
    union all
    select dataset, source, symbol, bar_interval, count(*)
    from {{ ref('gold_candlestick_bars') }}
    where not is_cancelled
    group by dataset, source, symbol, bar_interval
),
shown as (
    select dataset, source, symbol, bar_interval, count(*) as candles
    from {{ ref('gold_candlestick') }}
    where bar_interval <> '1s' or origin = 'published'
    group by dataset, source, symbol, bar_interval
),
coarse as (
    select dataset, source, symbol, bar_interval, count(*) as candles
    from {{ ref('gold_candlestick_coarse') }}
    where close is not null
    group by dataset, source, symbol, bar_interval
),
expected as (
    select dataset, source, symbol, bar_interval, sum(candles) as candles
    from (select * from tables union all select * from coarse) as a
    group by dataset, source, symbol, bar_interval
)
select
    coalesce(e.dataset, s.dataset) as dataset, coalesce(e.source, s.source) as source,
    coalesce(e.symbol, s.symbol) as symbol, coalesce(e.bar_interval, s.bar_interval) as bar_interval,
    e.candles, s.candles as shown_candles
from expected as e
full outer join shown as s
    on e.dataset = s.dataset and e.source = s.source and e.symbol = s.symbol
    and e.bar_interval = s.bar_interval
where coalesce(e.candles, 0) <> coalesce(s.candles, 0)
