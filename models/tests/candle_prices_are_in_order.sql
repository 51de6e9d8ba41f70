-- A row for each candle whose prices, times or counts can't be.
select *
from {{ ref('gold_candlestick') }}
where
    high < low or high < open or high < close or low > open or low > close
    or low <= 0 or trades < 1 or volume < 0
    or first_time > last_time or first_time < open_time
