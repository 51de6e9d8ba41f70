-- A row for each source and symbol of which the candles of an interval do not add up to the trades and
-- quotes in silver, in number and in volume, those of seconds in the sum of their prices too.
with
{{ rules(ref('silver_clean_ticks')) }}
silver as (
    select
        'ticks' as dataset, t.source, t.symbol, count(*) as trades,
        sum(case when coalesce(r.volume, 0) < 2 then t.size end) as volume,
        sum(t.price) as price_sum
    from {{ ref('silver_clean_ticks') }} as t
    left join rules as r on t.source = r.source and t.conditions = r.conditions
    where not t.is_cancelled and t.set_aside is null
    group by t.source, t.symbol
    union all
    select 'quotes', source, symbol, count(*), null, sum(current_price)
    from {{ ref('silver_clean_stock_quotes') }}
    where not is_cancelled and set_aside is null
    group by source, symbol
),
candles as (
    select
        dataset, source, symbol, '1s' as bar_interval, sum(trades) as trades, sum(volume) as volume,
        sum(price_sum) as price_sum
    from {{ ref('gold_candlestick_1s') }}
    where trades > 0
    group by dataset, source, symbol
    union all
    select dataset, source, symbol, '1m', sum(trades), sum(volume), null
    from {{ ref('gold_candlestick_1m') }}
    group by dataset, source, symbol
    union all
    select dataset, source, symbol, bar_interval, sum(trades), sum(volume), null
    from {{ ref('gold_candlestick_long') }}
    group by dataset, source, symbol, bar_interval
    union all
    select dataset, source, symbol, '1d', sum(trades), sum(volume), null
    from {{ ref('gold_candlestick_1d') }}
    group by dataset, source, symbol
),
expected as (
    select s.dataset, s.source, s.symbol, i.bar_interval, s.trades, s.volume, s.price_sum
    from silver as s
    cross join (
        values ('1s'), ('1m'), ('5m'), ('15m'), ('30m'), ('1h'), ('4h'), ('1d')
    ) as i (bar_interval)
)
select
    coalesce(e.dataset, c.dataset) as dataset, coalesce(e.source, c.source) as source,
    coalesce(e.symbol, c.symbol) as symbol, coalesce(e.bar_interval, c.bar_interval) as bar_interval,
    c.trades, e.trades as silver_trades, c.volume, e.volume as silver_volume,
    c.price_sum, e.price_sum as silver_price_sum
from expected as e
full outer join candles as c
    on e.dataset = c.dataset and e.source = c.source and e.symbol = c.symbol
    and e.bar_interval = c.bar_interval
where
    coalesce(e.trades, 0) <> coalesce(c.trades, 0)
    -- A volume of more than 28 digits is unknown in a candle.
    or (coalesce(c.volume, 0) <> coalesce(e.volume, 0) and coalesce(e.volume, 0) < 1e20)
    or c.price_sum <> e.price_sum
