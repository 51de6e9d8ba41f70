-- A row for each day whose prices lie outside of its bounds, but for those of its closing auction, and
-- for each minute outside of its session, and each longer candle that ends where none does.
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
-- A candle is as long as its interval, or ends with a piece of its day.
select l.dataset, l.source, l.symbol, l.trading_day, l.session, l.open_time
from {{ ref('gold_candlestick_long') }} as l
inner join (
    values ('5m', 5), ('15m', 15), ('30m', 30), ('1h', 60), ('4h', 240)
) as i (bar_interval, minutes)
    on l.bar_interval = i.bar_interval
left join {{ ref('silver_trading_days') }} as d
    on l.exchange = d.exchange and l.trading_day = d.trading_day
    and d.utc_date = cast(d.day_start as date)
where
    l.close_time <= l.open_time or l.close_time > dateadd('minute', i.minutes, l.open_time)
    or (
        l.close_time < dateadd('minute', i.minutes, l.open_time)
        and not coalesce(
            l.close_time in (d.open_at, d.break_start_at, d.break_end_at, d.close_at, d.day_end), false
        )
    )
