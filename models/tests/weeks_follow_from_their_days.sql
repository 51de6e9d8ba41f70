-- A row for each week and month of ticks and quotes that is not there, is there without days, or does
-- not have as many trades as the regular sessions in it.
with
days as (
    select
        d.dataset, d.source, d.symbol, i.bar_interval,
        {{ start_of('i.bar_interval', 'd.trading_day') }} as open_time,
        sum(d.trades) as trades
    from {{ ref('gold_candlestick_1d') }} as d
    cross join (values ('1wk'), ('1mo')) as i (bar_interval)
    where d.session = 'regular'
    group by
        d.dataset, d.source, d.symbol, i.bar_interval,
        {{ start_of('i.bar_interval', 'd.trading_day') }}
    having max(d.close) is not null
),
longer as (
    select dataset, source, symbol, bar_interval, open_time, trades
    from {{ ref('gold_candlestick_rollup') }}
    where dataset in ('ticks', 'quotes') and bar_interval in ('1wk', '1mo')
)
select
    coalesce(d.dataset, l.dataset) as dataset, coalesce(d.source, l.source) as source,
    coalesce(d.symbol, l.symbol) as symbol, coalesce(d.bar_interval, l.bar_interval) as bar_interval,
    coalesce(d.open_time, l.open_time) as open_time
from days as d
full outer join longer as l
    on d.dataset = l.dataset and d.source = l.source and d.symbol = l.symbol
    and d.bar_interval = l.bar_interval and d.open_time = l.open_time
where d.trades is distinct from l.trades
