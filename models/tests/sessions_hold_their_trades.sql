-- A row for each day whose trades lie outside of its bounds, or whose session is not the one that
-- the candles of a minute say.
select c.dataset, c.source, c.symbol, c.trading_day, c.session
from {{ ref('gold_candlestick_1d') }} as c
where
    c.first_time < c.open_time or c.last_time >= c.close_time
    or c.open_time >= c.close_time
union all
select m.dataset, m.source, m.symbol, m.trading_day, m.session
from {{ ref('gold_candlestick_1m') }} as m
left join {{ ref('gold_candlestick_1d') }} as c
    on m.dataset = c.dataset and m.source = c.source and m.symbol = c.symbol
    and m.trading_day = c.trading_day
    and c.session = case m.session when 'regular' then 'regular' else 'extended' end
where m.trades > 0 and c.trading_day is null
