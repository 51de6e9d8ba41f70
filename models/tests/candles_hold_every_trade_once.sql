-- A row for each source and symbol of which the candles of an interval do not add up to the trades and
-- quotes in silver, in number, or to those of a second in volume.
with
silver as (
    select 'ticks' as dataset, source, symbol, count(*) as trades
    from {{ ref('silver_clean_ticks') }}
    where not is_cancelled and set_aside is null
    group by source, symbol
    union all
    select 'quotes', source, symbol, count(*)
    from {{ ref('silver_clean_stock_quotes') }}
    where not is_cancelled and set_aside is null
    group by source, symbol
),
candles as (
    select dataset, source, symbol, '1s' as bar_interval, sum(trades) as trades, sum(volume) as volume
    from {{ ref('gold_candlestick_1s') }}
    group by dataset, source, symbol
    union all
    select dataset, source, symbol, '1m', sum(trades), sum(volume)
    from {{ ref('gold_candlestick_1m') }}
    group by dataset, source, symbol
    union all
    select dataset, source, symbol, bar_interval, sum(trades), sum(volume)
    from {{ ref('gold_candlestick_long') }}
    group by dataset, source, symbol, bar_interval
    union all
    select dataset, source, symbol, '1d', sum(trades), sum(volume)
    from {{ ref('gold_candlestick_1d') }}
    group by dataset, source, symbol
),
expected as (
    select s.dataset, s.source, s.symbol, i.bar_interval, s.trades
    from silver as s
    cross join (
        values ('1s'), ('1m'), ('5m'), ('15m'), ('30m'), ('1h'), ('4h'), ('1d')
    ) as i (bar_interval)
)
select
    coalesce(e.dataset, c.dataset) as dataset, coalesce(e.source, c.source) as source,
    coalesce(e.symbol, c.symbol) as symbol, coalesce(e.bar_interval, c.bar_interval) as bar_interval,
    c.trades, e.trades as silver_trades, c.volume, s.volume as volume_of_seconds
from expected as e
full outer join candles as c
    on e.dataset = c.dataset and e.source = c.source and e.symbol = c.symbol
    and e.bar_interval = c.bar_interval
left join candles as s
    on c.dataset = s.dataset and c.source = s.source and c.symbol = s.symbol
    and s.bar_interval = '1s'
where
    coalesce(e.trades, 0) <> coalesce(c.trades, 0)
    -- A volume of more than 28 digits is unknown in the longer candles.
    or (c.volume <> s.volume and s.volume < 1e20)
