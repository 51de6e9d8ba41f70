-- A row for each day whose prices lie outside of its bounds, but for those of its closing auction, and
-- for each minute outside of its session.
select c.dataset, c.source, c.symbol, c.trading_day, c.session, c.open_time
from {{ ref('gold_candlestick_1d') }} as c
left join {{ ref('silver_trading_days') }} as d
    on c.exchange = d.exchange and c.trading_day = d.trading_day
    and d.utc_date = cast(d.day_start as date)
where
    c.open_time >= c.close_time
    or c.first_time < c.open_time
    or c.last_time >= case
        when c.session = 'regular'
            then greatest(c.close_time, coalesce(d.auction_until, c.close_time),
                coalesce(d.closing_print_until, c.close_time))
        else c.close_time
    end
    or (c.session = 'closed' and d.is_open)
    or (c.session <> 'closed' and not d.is_open)
union all
select m.dataset, m.source, m.symbol, m.trading_day, m.session, m.open_time
from {{ ref('gold_candlestick_1m') }} as m
where m.open_time < m.session_start or m.open_time >= m.session_end
union all
select l.dataset, l.source, l.symbol, l.trading_day, l.session, l.open_time
from {{ ref('gold_candlestick_long') }} as l
where l.close_time <= l.open_time
