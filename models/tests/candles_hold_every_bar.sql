-- A row for each bar of silver that is not in gold as it came, and for each in gold that silver does
-- not have.
with
bars as (
    select
        'bars' as dataset, source, symbol, bar_interval, open_time, open, high, low, close, volume,
        is_cancelled or set_aside is not null as is_cancelled,
        coalesce(provisional = 'yes', false) as is_provisional
    from {{ ref('silver_clean_bars') }}
    union all
    select
        'index_bars', 'index', index, '1d', cast(date as timestamp), open, high, low, close, volume,
        is_cancelled or set_aside is not null, false
    from {{ ref('silver_clean_index_bars') }}
)
select
    coalesce(b.dataset, c.dataset) as dataset, coalesce(b.source, c.source) as source,
    coalesce(b.symbol, c.symbol) as symbol, coalesce(b.bar_interval, c.bar_interval) as bar_interval,
    coalesce(b.open_time, c.open_time) as open_time
from bars as b
full outer join {{ ref('gold_candlestick_bars') }} as c
    on b.dataset = c.dataset and b.source = c.source and b.symbol = c.symbol
    and b.bar_interval = c.bar_interval and b.open_time = c.open_time
where
    b.dataset is null or c.dataset is null
    or b.open <> c.open or b.high <> c.high or b.low <> c.low or b.close <> c.close
    or b.volume is distinct from c.volume or b.is_cancelled <> c.is_cancelled
    or b.is_provisional <> c.is_provisional
union all
-- Those that lie on another day or in another session than their exchange's are, or are in other shares
-- than those of their time.
select b.dataset, b.source, b.symbol, b.bar_interval, b.open_time
from {{ ref('gold_candlestick_bars') }} as b
left join {{ ref('silver_trading_days') }} as d
    on b.exchange = d.exchange and d.utc_date = cast(b.open_time as date)
    and b.open_time >= d.day_start and b.open_time < d.day_end
where
    b.close_time <= b.open_time
    or (
        b.adjustment = 'raw'
        and (
            b.split_basis < b.trading_day
            or b.split_basis > greatest(b.trading_day, cast(b.close_time as date))
        )
    )
    or (
        b.session_start is null and (b.session <> 'regular' or b.trading_day <> cast(b.open_time as date))
    )
    or (
        b.session_start is not null
        and (
            b.trading_day <> coalesce(d.trading_day, cast(b.open_time as date))
            or b.open_time < b.session_start or b.open_time >= b.session_end
            or b.session <> case
                when b.close_time > b.session_end and b.session_end < d.day_end then 'mixed'
                else {{ session_at('b.open_time') }}
            end
        )
    )
