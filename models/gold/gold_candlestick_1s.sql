{{ config(
    schema='gold',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['dataset', 'source', 'symbol', 'open_time'],
    post_hook="delete from {{ this }} where trades = 0"
) }}
-- Candles of one second, from the trades and quotes themselves. Seconds without any have no row.
with
{% if is_incremental() %}
{{ changes() }}
touched as (
    select dataset, source, symbol, event_second as open_time from changed
    union
    select c.dataset, c.source, c.symbol, c.open_time
    from {{ this }} as c
    where exists (
        select 1
        from moved as m
        where
            c.dataset = m.dataset and c.source = m.source and c.symbol = m.symbol
            and c.open_time between date_trunc('second', m._moved_from) and m._moved_to
    )
),
{% endif %}
prices as (
    -- sort_key: the time within the second, then the first offset (below 10^12).
    select
        'ticks' as dataset, t.source, t.symbol, t.event_second as open_time, t.event_time,
        t.price, t.size, 
        cast(cast(t.price as decimal(38, 8)) * t.size as decimal(38, 12)) as amount,
        datediff('microsecond', t.event_second, t.event_time) * 1000000000000 + t._first_offset
            as sort_key,
        t._version
    from {{ ref('silver_clean_ticks') }} as t
{% if is_incremental() %}
    inner join (select source, symbol, open_time from touched where dataset = 'ticks') as k
        on t.event_second = k.open_time and t.symbol = k.symbol and t.source = k.source
{% endif %}
    union all
    -- A quote's time is in whole seconds, and a quote has no size.
    select
        'quotes' as dataset, q.source, q.symbol, q.market_timestamp as open_time,
        q.market_timestamp as event_time, q.current_price as price,
        cast(null as decimal(18, 8)) as size, cast(null as decimal(38, 12)) as amount,
        q._first_offset as sort_key, q._version
    from {{ ref('silver_clean_stock_quotes') }} as q
{% if is_incremental() %}
    inner join (select source, symbol, open_time from touched where dataset = 'quotes') as k
        on q.market_timestamp = k.open_time and q.symbol = k.symbol and q.source = k.source
{% endif %}
),
candles as (
    select
        dataset, source, symbol, open_time,
        min_by(price, sort_key) as open,
        max(price) as high,
        min(price) as low,
        max_by(price, sort_key) as close,
        cast(sum(size) as decimal(28, 8)) as volume,
        cast(sum(amount) as decimal(38, 12)) as turnover,
        cast(sum(price) as decimal(38, 8)) as price_sum,
        count(*) as trades,
        min(event_time) as first_time,
        max(event_time) as last_time,
        max(_version) as _version
    from prices
    group by dataset, source, symbol, open_time
)
select
    dataset, source, symbol, open_time, open, high, low, close, volume, turnover, price_sum,
    trades, first_time, last_time, _version
from candles
{% if is_incremental() %}
union all
-- What lost its last trade is written empty: that replaces the old row, and the hook removes it.
select
    k.dataset, k.source, k.symbol, k.open_time, null, null, null, null, null, null, null,
    0, null, null, 0
from touched as k
left join candles as c
    on k.dataset = c.dataset and k.source = c.source and k.symbol = c.symbol
    and k.open_time = c.open_time
where c.open_time is null
{% endif %}
