{{ config(
    schema='gold',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['dataset', 'source', 'symbol', 'open_time'],
    post_hook="delete from {{ this }} where first_arrival is null"
) }}
-- depends_on: {{ ref('silver_clean_ticks') }}, {{ ref('silver_clean_stock_quotes') }}
-- Candles of one minute, from those of one second. Sessions begin and end on whole minutes.
-- As there, a minute whose trades were all cancelled has a row without.
with
{% if is_incremental() %}
{{ changes() }}
touched as (
    select dataset, source, symbol, date_trunc('minute', event_second) as open_time from changed
    union
    {{ in_moved_spans('minute', 'dataset, source, symbol, open_time') }}
),
spans as (
    select dataset, source, symbol, min(open_time) as since
    from touched
    group by dataset, source, symbol
),
{% endif %}
fine as (
    select
        s.*, date_trunc('minute', s.open_time) as bucket,
        {{ closed_by('s') }}
    from {{ ref('gold_candlestick_1s') }} as s
{% if is_incremental() %}
    inner join spans as k
        on s.dataset = k.dataset and s.source = k.source and s.symbol = k.symbol
        and s.open_time >= k.since
    -- This condition is cheap and leaves little to the join.
    where s.open_time >= (select min(since) from spans)
{% endif %}
),
candles as (
    select
        f.dataset, f.source, f.symbol, f.bucket as open_time,
        max(f.trading_day) as trading_day, max(f.session) as session,
        {{ folded() }}
    from fine as f
{% if is_incremental() %}
    inner join touched as k
        on f.dataset = k.dataset and f.source = k.source and f.symbol = k.symbol
        and f.bucket = k.open_time
{% endif %}
    group by f.dataset, f.source, f.symbol, f.bucket
),
{{ revised(['dataset', 'source', 'symbol', 'open_time']) }}
select
    c.dataset, c.source, c.symbol, c.open_time, c.trading_day, c.session,
    c.open, c.high, c.low, c.close, c.volume, c.turnover, c.trades, c.first_time, c.last_time,
    coalesce(r.revisions, 0) as revisions, r.revised_at,
    c.first_arrival, c.last_arrival, c._version
from candles as c
left join revised as r
    on c.dataset = r.dataset and c.source = r.source and c.symbol = r.symbol
    and c.open_time = r.open_time
{% if is_incremental() %}
union all
-- What its last trade has left is written empty: that replaces the old row, and the hook removes it.
select
    k.dataset, k.source, k.symbol, k.open_time, null, null, null, null, null, null, null, null,
    0, null, null, 0, null, null, null, 0
from touched as k
left join candles as c
    on k.dataset = c.dataset and k.source = c.source and k.symbol = c.symbol
    and k.open_time = c.open_time
where c.open_time is null
{% endif %}
