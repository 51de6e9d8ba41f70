-- A row for each source and symbol of which gold_symbol_activity has not the ticks of the hour.
with
newest as (
    select source, date_trunc('second', max(last_time)) as last_second
    from {{ ref('gold_candlestick_1d') }}
    where dataset = 'ticks'
    group by source
),
ticks as (
    select t.source, t.symbol, count(*) as tick_count, max(t.price) as high, min(t.price) as low
    from {{ ref('silver_clean_ticks') }} as t
    inner join newest as n
        on t.source = n.source and t.event_second > dateadd('hour', -1, n.last_second)
    where not t.is_cancelled and t.set_aside is null
    group by t.source, t.symbol
)
select coalesce(t.source, a.source) as source, coalesce(t.symbol, a.symbol) as symbol
from ticks as t
full outer join {{ ref('gold_symbol_activity') }} as a
    on t.source = a.source and t.symbol = a.symbol
where
    t.tick_count is distinct from a.tick_count
    or a.avg_price < t.low - 0.00000001 or a.avg_price > t.high + 0.00000001
