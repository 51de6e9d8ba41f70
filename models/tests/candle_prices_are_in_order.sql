-- A row for each candle whose prices, times or counts can't be; and for each of a minute or longer that
-- is closed or open against the newest price of its source, or whose vwap is not the price that its
-- turnover and volume make. Prices from 0 down are those of instruments that some record says have such.
with
signed as (
    select source, symbol from {{ ref('silver_clean_ticks') }} where signed = 'yes'
    union
    select source, symbol from {{ ref('silver_clean_bars') }} where signed = 'yes'
),
provisional as (
    select dataset, source, symbol, bar_interval, open_time
    from {{ ref('gold_candlestick_bars') }}
    where is_provisional
    union
    select dataset, source, symbol, bar_interval, open_time
    from {{ ref('gold_candlestick_coarse') }}
    where is_provisional
),
newest as (
    select dataset, source, max(last_time) as last_time
    from (
        select dataset, source, last_time from {{ ref('gold_candlestick_1m') }}
        union all
        select dataset, source, open_time as last_time from {{ ref('gold_candlestick_bars') }}
        where not is_cancelled
    ) as d
    group by dataset, source
),
-- Each trade counts in high and low by its conditions, but in vwap whatever these are.
unruled as (
    select s.source
    from (select distinct source from {{ ref('silver_clean_ticks') }}) as s
    where s.source not in (
        select distinct source from {{ ref('silver_clean_ticks') }} where conditions is not null
    )
)
select c.dataset, c.source, c.symbol, c.bar_interval, c.open_time, c.session
from {{ ref('gold_candlestick') }} as c
left join signed as s on c.source = s.source and c.symbol = s.symbol
where
    c.high < c.low or c.high < c.open or c.high < c.close or c.low > c.open or c.low > c.close
    or (c.low <= 0 and s.symbol is null) or c.trades < 1 or c.volume < 0
    or c.first_time > c.last_time
    -- Weeks and months are stamped with their dates: their first day may begin on the evening before.
    or c.first_time < case
        when c.bar_interval in ('1wk', '1mo') then dateadd('day', -1, c.open_time)
        else c.open_time
    end
union all
-- Seconds are many, and these are of one formula with all others.
select c.dataset, c.source, c.symbol, c.bar_interval, c.open_time, c.session
from {{ ref('gold_candlestick') }} as c
left join newest as n on c.dataset = n.dataset and c.source = n.source
left join unruled as u on c.source = u.source
left join provisional as p
    on c.dataset = p.dataset and c.source = p.source and c.symbol = p.symbol
    and c.bar_interval = p.bar_interval and c.open_time = p.open_time
where
    c.bar_interval <> '1s'
    and (
        c.is_closed <> (coalesce(n.last_time >= c.close_time, false) and p.source is null)
        or abs(cast(c.vwap as double) * cast(c.volume as double) - cast(c.turnover as double))
        > 0.00000001 * cast(c.volume as double) + 1e-9 * abs(cast(c.turnover as double))
        or (c.vwap is null and c.turnover >= 0.001 * c.trades and c.volume > 0)
        or (
            u.source is not null and c.bar_interval not in ('1wk', '1mo')
            and (
                c.vwap < c.low - 0.00000001 - 1e-9 * abs(c.low)
                or c.vwap > c.high + 0.00000001 + 1e-9 * abs(c.high)
            )
        )
    )
