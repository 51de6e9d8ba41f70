-- A row for each interval whose candles do not add up to the trades and quotes in silver that the
-- candles have seen.
with
counted as (
    select dataset, bar_interval, sum(trades) as trades, max(_version) as _version
    from {{ ref('gold_candlestick') }}
    group by dataset, bar_interval
),
silver as (
    select 'ticks' as dataset, count(*) as trades, max(_version) as _version
    from {{ ref('silver_clean_ticks') }}
    union all
    select 'quotes', count(*), max(_version)
    from {{ ref('silver_clean_stock_quotes') }}
)
select c.dataset, c.bar_interval, c.trades, s.trades as silver_trades
from counted as c
inner join silver as s on c.dataset = s.dataset and c._version = s._version
where c.trades <> s.trades
