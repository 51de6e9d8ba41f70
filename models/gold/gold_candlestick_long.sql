{{ config(
    schema='gold',
    materialized='incremental',
    incremental_strategy='delete+insert',
    cluster_by=['dataset', 'symbol', 'cast(open_time as date)'],
    unique_key=['dataset', 'source', 'symbol', 'bar_interval', 'open_time'],
    post_hook="delete from {{ this }} where trades = 0"
) }}
-- depends_on: {{ ref('silver_clean_ticks') }}, {{ ref('silver_clean_stock_quotes') }}
-- depends_on: {{ ref('silver_elsewhere') }}, {{ ref('silver_sale_rules') }}
-- Candles of 5 minutes to 4 hours, from those of one minute. They are counted from the start of their
-- session, and none reaches beyond its end.
with
intervals as (
    select bar_interval, minutes
    from (
        values ('5m', 5), ('15m', 15), ('30m', 30), ('1h', 60), ('4h', 240)
    ) as i (bar_interval, minutes)
),
{% if is_incremental() %}
{{ changes() }}
{{ touched_minutes(
    ref('gold_candlestick_1m'),
    first='coalesce(first_time, open_time)', last='coalesce(last_time, open_time)'
) }}
touched as (
    select
        c.dataset, c.source, c.symbol, i.bar_interval,
        {{ slot('i.minutes', 'c.open_time', 'c.session_start') }} as open_time
    from touched_minutes as c
    cross join intervals as i
    union
    select c.dataset, c.source, c.symbol, c.bar_interval, c.open_time
    from {{ this }} as c
    inner join redated as r
        on c.dataset = r.dataset and c.source = r.source and c.symbol = r.symbol
        and cast(c.open_time as date) = r.utc_date
),
spans as (
    select dataset, source, symbol, min(open_time) as since
    from touched
    group by dataset, source, symbol
),
{% endif %}
minutes as (
    select m.*
    from {{ ref('gold_candlestick_1m') }} as m
{% if is_incremental() %}
    inner join spans as k
        on m.dataset = k.dataset and m.source = k.source and m.symbol = k.symbol
        and m.open_time >= k.since
    -- This condition is cheap and leaves little to the join.
    where m.open_time >= (
        select coalesce(min(since), cast('9999-12-31' as timestamp)) from spans
    )
{% endif %}
),
fine as (
    select
        m.*, i.bar_interval, i.minutes,
        {{ slot('i.minutes', 'm.open_time', 'm.session_start') }} as bucket
    from minutes as m
    cross join intervals as i
),
candles as (
    select
        f.dataset, f.source, f.symbol, f.bar_interval, f.bucket as open_time,
        {{ slot_end('max(f.minutes)', 'f.bucket', 'max(f.session_end)') }} as close_time,
        max(f.exchange) as exchange, max(f.trading_day) as trading_day, max(f.session) as session,
        max(f._calendar) as _calendar,
        {{ folded() }}
    from fine as f
{% if is_incremental() %}
    inner join touched as k
        on f.dataset = k.dataset and f.source = k.source and f.symbol = k.symbol
        and f.bar_interval = k.bar_interval and f.bucket = k.open_time
{% endif %}
    group by f.dataset, f.source, f.symbol, f.bar_interval, f.bucket
),
{{ revised_seconds() }}
revised as (
    select
        p.dataset, p.source, p.symbol, i.bar_interval,
        {{ slot('i.minutes', 'p.minute', 'p.session_start') }} as open_time,
        cast(sum(p.revisions) as bigint) as revisions, max(p.revised_at) as revised_at
    from placed as p
    cross join intervals as i
    where
        p.revised_until >= {{ slot_end(
            'i.minutes', slot('i.minutes', 'p.minute', 'p.session_start'), 'p.session_end'
        ) }}
    group by
        p.dataset, p.source, p.symbol, i.bar_interval,
        {{ slot('i.minutes', 'p.minute', 'p.session_start') }}
)
select
    c.dataset, c.source, c.symbol, c.bar_interval, c.open_time, c.close_time,
    c.exchange, c.trading_day, c.session,
    c.open, c.high, c.low, c.close, c.volume, c.turnover, c.trades, c.first_time, c.last_time,
    coalesce(r.revisions, 0) as revisions, r.revised_at,
    c._calendar, c._version
from candles as c
left join revised as r
    on c.dataset = r.dataset and c.source = r.source and c.symbol = r.symbol
    and c.bar_interval = r.bar_interval and c.open_time = r.open_time
{% if is_incremental() %}
union all
-- What lost its last trade is written empty: that replaces the old row, and the hook removes it.
select
    k.dataset, k.source, k.symbol, k.bar_interval, k.open_time, null, null, null, null,
    null, null, null, null, null, null, 0, null, null, 0, null, null, 0
from touched as k
left join candles as c
    on k.dataset = c.dataset and k.source = c.source and k.symbol = c.symbol
    and k.bar_interval = c.bar_interval and k.open_time = c.open_time
where c.open_time is null
{% endif %}
