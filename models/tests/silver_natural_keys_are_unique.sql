-- A row for each natural key that silver holds more than once.
select 'ticks' as dataset, source as key_1, symbol as key_2, trade_id as key_3
from {{ ref('silver_clean_ticks') }}
group by source, symbol, trade_id
having count(*) > 1
union all
select 'quotes', source, symbol, cast(market_timestamp as varchar)
from {{ ref('silver_clean_stock_quotes') }}
group by source, symbol, market_timestamp, current_price
having count(*) > 1
union all
select 'bars', source, symbol, cast(open_time as varchar)
from {{ ref('silver_clean_bars') }}
group by source, symbol, bar_interval, open_time
having count(*) > 1
union all
select 'index_bars', index, cast(date as varchar), ''
from {{ ref('silver_clean_index_bars') }}
group by index, date
having count(*) > 1
union all
select 'corporate_actions', source, symbol, cast(ex_date as varchar)
from {{ ref('silver_clean_corporate_actions') }}
group by source, symbol, ex_date, kind
having count(*) > 1
union all
select 'actions of ' || symbol_of, instrument, kind, cast(ex_date as varchar)
from {{ ref('silver_corporate_actions') }}
group by symbol_of, instrument, kind, ex_date
having count(*) > 1
union all
select 'elsewhere ' || dataset, source, symbol, fact
from {{ ref('silver_elsewhere') }}
group by dataset, source, symbol, fact, event_second, _partition
having count(*) > 1
union all
select 'trading_days', exchange, cast(utc_date as varchar), cast(trading_day as varchar)
from {{ ref('silver_trading_days') }}
group by exchange, utc_date, trading_day
having count(*) > 1
