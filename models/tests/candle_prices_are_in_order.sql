-- A row for each candle whose prices, times or counts can't be. Prices from 0 down are those of
-- instruments that some record says have such.
select c.*
from {{ ref('gold_candlestick') }} as c
left join (
    select source, symbol from {{ ref('silver_clean_ticks') }} where signed = 'yes'
    union
    select source, symbol from {{ ref('silver_clean_bars') }} where signed = 'yes'
) as s
    on c.source = s.source and c.symbol = s.symbol
where
    c.high < c.low or c.high < c.open or c.high < c.close or c.low > c.open or c.low > c.close
    or (c.low <= 0 and s.symbol is null) or c.trades < 1 or c.volume < 0
    or c.first_time > c.last_time
    -- Weeks and months are stamped with their dates: their first day may begin on the evening before.
    or c.first_time < case
        when c.bar_interval in ('1wk', '1mo') then dateadd('day', -1, c.open_time)
        else c.open_time
    end
