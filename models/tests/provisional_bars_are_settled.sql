{{ config(severity='warn') }}
-- A row for each source, symbol and interval of which bars are provisional though the feed has told
-- later ones: nobody has read how they ended. Read them again: until then they count as no close.
select
    p.source, p.symbol, p.bar_interval, count(*) as bars,
    min(p.open_time) as first_time, max(p.open_time) as last_time
from {{ ref('gold_candlestick_bars') }} as p
inner join (
    select source, symbol, bar_interval, max(open_time) as newest_time
    from {{ ref('gold_candlestick_bars') }}
    where dataset = 'bars' and not is_cancelled
    group by source, symbol, bar_interval
) as n
    on p.source = n.source and p.symbol = n.symbol and p.bar_interval = n.bar_interval
    and p.close_time <= n.newest_time
where p.dataset = 'bars' and p.is_provisional and not p.is_cancelled
group by p.source, p.symbol, p.bar_interval
