-- A row for each source and symbol with more or fewer days in gold_candle_differences than it has both
-- as they were published and of ticks.
with
pairs as (
    select b.source, b.symbol, count(*) as days
    from {{ ref('gold_candlestick_bars') }} as b
    inner join {{ ref('gold_candlestick_1d') }} as d
        on b.source = d.source and b.symbol = d.symbol and d.trading_day = cast(b.open_time as date)
    where
        b.dataset = 'bars' and b.bar_interval = '1d' and b.adjustment <> 'all' and not b.is_cancelled
        and d.dataset = 'ticks' and d.session = 'regular' and d.close is not null
    group by b.source, b.symbol
),
compared as (
    select source, symbol, count(*) as days
    from {{ ref('gold_candle_differences') }}
    where built_from = 'ticks' and bar_interval = '1d'
    group by source, symbol
)
select coalesce(p.source, c.source) as source, coalesce(p.symbol, c.symbol) as symbol
from pairs as p
full outer join compared as c on p.source = c.source and p.symbol = c.symbol
where p.days is distinct from c.days
