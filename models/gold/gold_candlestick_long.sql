{{ config(
    schema='gold',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['dataset', 'source', 'symbol', 'bar_interval', 'open_time'],
    post_hook="delete from {{ this }} where trades = 0"
) }}
-- depends_on: {{ ref('silver_clean_ticks') }}, {{ ref('silver_clean_stock_quotes') }}
-- Candles of 5 minutes, an hour and a day, from those of one minute.
with
{% if is_incremental() %}
{{ changes() }}
touched as (
    select
        c.dataset, c.source, c.symbol, i.bar_interval,
        case i.bar_interval
            when '5m' then time_slice(c.event_second, 5, 'MINUTE')
            when '1h' then date_trunc('hour', c.event_second)
            else date_trunc('day', c.event_second)
        end as open_time
    from changed as c
    cross join (values ('5m'), ('1h'), ('1d')) as i (bar_interval)
    union
    select c.dataset, c.source, c.symbol, c.bar_interval, c.open_time
    from {{ this }} as c
    where exists (
        select 1
        from moved as m
        where
            c.dataset = m.dataset and c.source = m.source and c.symbol = m.symbol
            and c.open_time between date_trunc('day', m._moved_from) and m._moved_to
    )
),
{% endif %}
minutes as (
    select
        m.*,
        i.bar_interval,
        case i.bar_interval
            when '5m' then time_slice(m.open_time, 5, 'MINUTE')
            when '1h' then date_trunc('hour', m.open_time)
            else date_trunc('day', m.open_time)
        end as bucket
    from {{ ref('gold_candlestick_1m') }} as m
    cross join (values ('5m'), ('1h'), ('1d')) as i (bar_interval)
{% if is_incremental() %}
    -- The first condition is cheap and leaves little to the join.
    where m.open_time >= (select min(open_time) from touched)
{% endif %}
),
candles as (
    select
        m.dataset, m.source, m.symbol, m.bar_interval, m.bucket as open_time,
        min_by(m.open, m.open_time) as open,
        max(m.high) as high,
        min(m.low) as low,
        max_by(m.close, m.open_time) as close,
        cast(sum(m.volume) as decimal(28, 8)) as volume,
        cast(sum(m.turnover) as decimal(38, 12)) as turnover,
        cast(sum(m.trades) as bigint) as trades,
        min(m.first_time) as first_time,
        max(m.last_time) as last_time,
        max(m._version) as _version
    from minutes as m
{% if is_incremental() %}
    inner join touched as k
        on m.dataset = k.dataset and m.source = k.source and m.symbol = k.symbol
        and m.bar_interval = k.bar_interval and m.bucket = k.open_time
{% endif %}
    group by m.dataset, m.source, m.symbol, m.bar_interval, m.bucket
)
select
    dataset, source, symbol, bar_interval, open_time, open, high, low, close, volume, turnover,
    trades, first_time, last_time, _version
from candles
{% if is_incremental() %}
union all
-- What lost its last trade is written empty: that replaces the old row, and the hook removes it.
select
    k.dataset, k.source, k.symbol, k.bar_interval, k.open_time, null, null, null, null, null, null,
    0, null, null, 0
from touched as k
left join candles as c
    on k.dataset = c.dataset and k.source = c.source and k.symbol = c.symbol
    and k.bar_interval = c.bar_interval and k.open_time = c.open_time
where c.open_time is null
{% endif %}
