-- A row for each key that a gold table holds more than once.
-- Those of gold_candlestick_coarse are some of gold_candlestick_rollup's.
-- A second at the end of a session may have a candle of each: its closing auction and what is behind.
select 'gold_candlestick' as model, dataset, source, symbol, bar_interval, open_time
from {{ ref('gold_candlestick') }}
group by
    dataset, source, symbol, bar_interval, open_time,
    case when bar_interval = '1s' then session end
having count(*) > 1
union all
select 'gold_candlestick_1s', dataset, source, symbol, kind, open_time
from {{ ref('gold_candlestick_1s') }}
group by dataset, source, symbol, open_time, kind, _partition
having count(*) > 1
union all
select 'gold_candlestick_1m', dataset, source, symbol, null, open_time
from {{ ref('gold_candlestick_1m') }}
group by dataset, source, symbol, open_time
having count(*) > 1
union all
select 'gold_candlestick_long', dataset, source, symbol, bar_interval, open_time
from {{ ref('gold_candlestick_long') }}
group by dataset, source, symbol, bar_interval, open_time
having count(*) > 1
union all
select 'gold_candlestick_1d', dataset, source, symbol, session, cast(trading_day as timestamp)
from {{ ref('gold_candlestick_1d') }}
group by dataset, source, symbol, session, trading_day
having count(*) > 1
union all
select 'gold_candlestick_bars', dataset, source, symbol, bar_interval, open_time
from {{ ref('gold_candlestick_bars') }}
group by dataset, source, symbol, bar_interval, open_time
having count(*) > 1
union all
select 'gold_kpi', dataset, source, symbol, null, null
from {{ ref('gold_kpi') }}
group by dataset, source, symbol
having count(*) > 1
union all
select 'gold_treechart', dataset, source, symbol, null, null
from {{ ref('gold_treechart') }}
group by dataset, source, symbol
having count(*) > 1
union all
select 'gold_symbol_activity', null, source, symbol, null, null
from {{ ref('gold_symbol_activity') }}
group by source, symbol
having count(*) > 1
union all
select 'gold_daily_adjusted', dataset, source, symbol, '1d', cast(trading_day as timestamp)
from {{ ref('gold_daily_adjusted') }}
group by dataset, source, symbol, trading_day
having count(*) > 1
union all
select 'gold_bar_days', dataset, source, symbol, session, cast(trading_day as timestamp)
from {{ ref('gold_bar_days') }}
group by dataset, source, symbol, session, trading_day
having count(*) > 1
union all
select 'gold_candlestick_rollup', dataset, source, symbol, bar_interval, open_time
from {{ ref('gold_candlestick_rollup') }}
group by dataset, source, symbol, bar_interval, open_time
having count(*) > 1
union all
select 'gold_candle_differences', built_from, source, symbol, bar_interval, open_time
from {{ ref('gold_candle_differences') }}
group by built_from, source, symbol, bar_interval, open_time
having count(*) > 1
