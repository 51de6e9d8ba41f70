-- A row for each interval whose candles do not add up to the trades and quotes in silver that the
-- candles have seen.
with
counted as (
    select dataset, bar_interval, sum(trades) as trades, max(_version) as _version
    from {{ ref('gold_candlestick') }}
    where bar_interval not in ('1d', '1wk', '1mo')
    group by dataset, bar_interval
    union all
    -- Of the days that view shows the regular sessions only, and makes weeks and months of those.
    select dataset, '1d', sum(trades), max(_version)
    from {{ ref('gold_candlestick_1d') }}
    group by dataset
),
silver as (
    select 'ticks' as dataset, count(*) as trades, max(_version) as _version
    from {{ ref('silver_clean_ticks') }}
    where not is_cancelled
    union all
    select 'quotes', count(*), max(_version)
    from {{ ref('silver_clean_stock_quotes') }}
    where not is_cancelled
)
select c.dataset, c.bar_interval, c.trades, s.trades as silver_trades
from counted as c
inner join silver as s on c.dataset = s.dataset and c._version = s._version
where c.trades <> s.trades
