{{ config(
    schema='gold',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['dataset', 'source', 'symbol', 'open_time'],
    post_hook="delete from {{ this }} where trades = 0"
) }}
-- depends_on: {{ ref('silver_clean_ticks') }}, {{ ref('silver_clean_stock_quotes') }}
-- Candles of one minute, from those of one second.
with
{% if is_incremental() %}
{{ changes() }}
touched as (
    select dataset, source, symbol, date_trunc('minute', event_second) as open_time from changed
    union
    select c.dataset, c.source, c.symbol, c.open_time
    from {{ this }} as c
    where exists (
        select 1
        from moved as m
        where
            c.dataset = m.dataset and c.source = m.source and c.symbol = m.symbol
            and c.open_time between date_trunc('minute', m._moved_from) and m._moved_to
    )
),
{% endif %}
seconds as (
    select s.*, date_trunc('minute', s.open_time) as minute
    from {{ ref('gold_candlestick_1s') }} as s
{% if is_incremental() %}
    -- The first condition is cheap and leaves little to the join.
    where s.open_time >= (select min(open_time) from touched)
{% endif %}
),
candles as (
    select
        s.dataset, s.source, s.symbol, s.minute as open_time,
        min_by(s.open, s.open_time) as open,
        max(s.high) as high,
        min(s.low) as low,
        max_by(s.close, s.open_time) as close,
        cast(sum(s.volume) as decimal(28, 8)) as volume,
        cast(sum(s.turnover) as decimal(38, 12)) as turnover,
        cast(sum(s.trades) as bigint) as trades,
        min(s.first_time) as first_time,
        max(s.last_time) as last_time,
        max(s._version) as _version
    from seconds as s
{% if is_incremental() %}
    inner join touched as k
        on s.dataset = k.dataset and s.source = k.source and s.symbol = k.symbol
        and s.minute = k.open_time
{% endif %}
    group by s.dataset, s.source, s.symbol, s.minute
)
select
    dataset, source, symbol, open_time, open, high, low, close, volume, turnover, trades,
    first_time, last_time, _version
from candles
{% if is_incremental() %}
union all
-- What lost its last trade is written empty: that replaces the old row, and the hook removes it.
select
    k.dataset, k.source, k.symbol, k.open_time, null, null, null, null, null, null, 0, null, null, 0
from touched as k
left join candles as c
    on k.dataset = c.dataset and k.source = c.source and k.symbol = c.symbol
    and k.open_time = c.open_time
where c.open_time is null
{% endif %}
