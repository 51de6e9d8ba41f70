{{ config(
    schema='gold',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['dataset', 'source', 'symbol', 'bar_interval', 'open_time'],
    post_hook="delete from {{ this }} where trades = 0"
) }}
-- depends_on: {{ ref('silver_clean_ticks') }}, {{ ref('silver_clean_stock_quotes') }}
-- Candles of 5 minutes and an hour, from those of one minute. Hours are whole hours of UTC.
with
{% if is_incremental() %}
{{ changes() }}
touched as (
    select
        c.dataset, c.source, c.symbol, i.bar_interval,
        case i.bar_interval
            when '5m' then time_slice(c.event_second, 5, 'MINUTE')
            else date_trunc('hour', c.event_second)
        end as open_time
    from changed as c
    cross join (values ('5m'), ('1h')) as i (bar_interval)
    union
    {{ in_moved_spans('hour', 'dataset, source, symbol, bar_interval, open_time') }}
),
spans as (
    select dataset, source, symbol, min(open_time) as since
    from touched
    group by dataset, source, symbol
),
{% endif %}
minutes as (
    select
        m.*,
        {{ closed_by('m') }}
    from {{ ref('gold_candlestick_1m') }} as m
{% if is_incremental() %}
    inner join spans as k
        on m.dataset = k.dataset and m.source = k.source and m.symbol = k.symbol
        and m.open_time >= k.since
    -- This condition is cheap and leaves little to the join.
    where m.open_time >= (select min(since) from spans)
{% endif %}
),
fine as (
    select
        m.*, i.bar_interval,
        case i.bar_interval
            when '5m' then time_slice(m.open_time, 5, 'MINUTE')
            else date_trunc('hour', m.open_time)
        end as bucket
    from minutes as m
    cross join (values ('5m'), ('1h')) as i (bar_interval)
),
candles as (
    select
        f.dataset, f.source, f.symbol, f.bar_interval, f.bucket as open_time,
        min(f.trading_day) as trading_day,
        case
            when min(case when f.trades > 0 then f.session end)
                < max(case when f.trades > 0 then f.session end) then 'mixed'
            else max(case when f.trades > 0 then f.session end)
        end as session,
        {{ folded() }}
    from fine as f
{% if is_incremental() %}
    inner join touched as k
        on f.dataset = k.dataset and f.source = k.source and f.symbol = k.symbol
        and f.bar_interval = k.bar_interval and f.bucket = k.open_time
{% endif %}
    group by f.dataset, f.source, f.symbol, f.bar_interval, f.bucket
),
{{ revised(['dataset', 'source', 'symbol', 'bar_interval', 'open_time']) }}
select
    c.dataset, c.source, c.symbol, c.bar_interval, c.open_time, c.trading_day, c.session,
    c.open, c.high, c.low, c.close, c.volume, c.turnover, c.trades, c.first_time, c.last_time,
    coalesce(r.revisions, 0) as revisions, r.revised_at,
    c.first_arrival, c.last_arrival, c._version
from candles as c
left join revised as r
    on c.dataset = r.dataset and c.source = r.source and c.symbol = r.symbol
    and c.bar_interval = r.bar_interval and c.open_time = r.open_time
{% if is_incremental() %}
union all
-- What lost its last trade is written empty: that replaces the old row, and the hook removes it.
select
    k.dataset, k.source, k.symbol, k.bar_interval, k.open_time, null, null,
    null, null, null, null, null, null, 0, null, null, 0, null, null, null, 0
from touched as k
left join candles as c
    on k.dataset = c.dataset and k.source = c.source and k.symbol = c.symbol
    and k.bar_interval = c.bar_interval and k.open_time = c.open_time
where c.open_time is null
{% endif %}
