-- A row for each regular session of ticks, and each daily bar, without its row in gold_daily_adjusted
-- or with other prices there, and for each row there without them.
with
days as (
    select 'ticks' as dataset, source, symbol, trading_day, cast(close as decimal(38, 18)) as close
    from {{ ref('gold_candlestick_1d') }}
    where dataset = 'ticks' and session = 'regular' and close is not null
    union all
    select 'bars', source, symbol, cast(open_time as date), close
    from {{ ref('silver_clean_bars') }}
    where bar_interval = '1d' and not is_cancelled and set_aside is null
)
select
    coalesce(d.dataset, a.dataset) as dataset, coalesce(d.source, a.source) as source,
    coalesce(d.symbol, a.symbol) as symbol, coalesce(d.trading_day, a.trading_day) as trading_day
from days as d
full outer join {{ ref('gold_daily_adjusted') }} as a
    on d.dataset = a.dataset and d.source = a.source and d.symbol = a.symbol
    and d.trading_day = a.trading_day
where d.close is distinct from a.close
