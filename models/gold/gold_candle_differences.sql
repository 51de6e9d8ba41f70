{{ config(schema='gold', materialized='view') }}
-- Where a feed publishes a candle that can be built here too: both, and how far apart they are.
-- Built of ticks, or of the finer bars of the same feed. Made when it is asked for.
-- What has dividends taken out is not compared: no trade had such a price. Nor are two that begin
-- together and end apart: they are not of the same time. Nor is what may still change.
with
built as (
    select
        'ticks' as built_from, c.source, c.symbol, c.bar_interval,
        -- Published days are stamped with their dates.
        case c.bar_interval when '1d' then cast(c.trading_day as timestamp) else c.open_time end
            as open_time,
        case c.bar_interval
            when '1d' then dateadd('day', 1, cast(c.trading_day as timestamp))
            else c.close_time
        end as close_time,
        c.open, c.high, c.low, c.close, c.volume, c.trading_day as split_basis,
        {{ moment('c.first_time', 'c.session') }} as first_moment,
        {{ moment('c.last_time', 'c.session') }} as last_moment
    from {{ ref('gold_candlestick') }} as c
    where c.dataset = 'ticks' and c.bar_interval not in ('1wk', '1mo')
    union all
    select
        c.dataset as built_from, c.source, c.symbol, c.bar_interval, c.open_time, c.close_time,
        c.open, c.high, c.low, c.close, c.volume, c.split_basis, 0 as first_moment, 0 as last_moment
    from {{ ref('gold_candlestick_rollup') }} as c
    where c.dataset in ('ticks', 'bars') and c.close is not null and not c.is_provisional
),
pairs as (
    -- A second at the end of a session is built of two, its closing auction and what is behind;
    -- published, it is one.
    select
        b.built_from, p.source, p.symbol, p.bar_interval, p.open_time, p.trading_day, p.session,
        p.adjustment, max(b.split_basis) as built_basis, p.split_basis as published_basis,
        min_by(b.open, b.first_moment) as built_open, max(b.high) as built_high,
        min(b.low) as built_low, max_by(b.close, b.last_moment) as built_close,
        {{ total('b.volume') }} as built_volume,
        p.open as published_open, p.high as published_high, p.low as published_low,
        p.close as published_close, p.volume as published_volume
    from {{ ref('gold_candlestick_bars') }} as p
    inner join built as b
        on p.source = b.source and p.symbol = b.symbol and p.bar_interval = b.bar_interval
        and p.open_time = b.open_time and p.close_time = b.close_time
    where
        p.dataset = 'bars' and not p.is_cancelled and not p.is_provisional
        and p.adjustment <> 'all'
    group by
        b.built_from, p.source, p.symbol, p.bar_interval, p.open_time, p.trading_day, p.session,
        p.adjustment, p.split_basis, p.open, p.high, p.low, p.close, p.volume
),
split_shares as (
    select
        p.source, p.symbol, p.trading_day, p.built_basis, p.published_basis,
        {{ log_shares_between('s', 'p.built_basis', 'p.published_basis') }} as log_shares
    from (
        select distinct source, symbol, trading_day, built_basis, published_basis
        from pairs
        where built_basis <> published_basis
    ) as p
    inner join {{ ref('silver_splits') }} as s
        on p.source = s.source and p.symbol = s.symbol
        and p.trading_day >= s.valid_from and p.trading_day < s.valid_to
    group by p.source, p.symbol, p.trading_day, p.built_basis, p.published_basis
),
compared as (
    select
        p.built_from, p.source, p.symbol, p.bar_interval, p.open_time, p.trading_day, p.session,
        p.adjustment,
{% for name in ['open', 'high', 'low', 'close'] %}
        {{ restated('p.built_' ~ name, 's.log_shares') }} as built_{{ name }},
        p.published_{{ name }},
{% endfor %}
        {{ restated_volume('p.built_volume', 's.log_shares') }} as built_volume, p.published_volume
    from pairs as p
    left join split_shares as s
        on p.source = s.source and p.symbol = s.symbol and p.trading_day = s.trading_day
        and p.built_basis = s.built_basis and p.published_basis = s.published_basis
)
select
    c.built_from, c.source, c.symbol, c.bar_interval, c.open_time, c.trading_day, c.session,
    c.adjustment,
{% for name in ['open', 'high', 'low', 'close', 'volume'] %}
    c.built_{{ name }},
    c.published_{{ name }},
    c.built_{{ name }} - c.published_{{ name }} as {{ name }}_difference,
{% endfor %}
    -- A volume that one side does not tell differs from none.
    c.built_open = c.published_open and c.built_high = c.published_high
    and c.built_low = c.published_low and c.built_close = c.published_close
    and coalesce(c.built_volume = c.published_volume, true) as is_equal
from compared as c
