{{ config(
    schema='gold',
    materialized='incremental',
    incremental_strategy='delete+insert',
    cluster_by=['dataset', 'symbol', 'cast(open_time as date)'],
    unique_key=['dataset', 'source', 'symbol', 'open_time'],
    post_hook="delete from {{ this }} where trades = 0"
) }}
-- depends_on: {{ ref('silver_clean_ticks') }}, {{ ref('silver_clean_stock_quotes') }}
-- depends_on: {{ ref('silver_elsewhere') }}, {{ ref('silver_sale_rules') }}
-- Candles of one minute, from those of one second, with their day and session: these begin and end
-- on whole minutes. What a closing auction prints belongs to the last minute of the session.
with
{% if is_incremental() %}
{{ changes() }}
{{ touched_minutes(ref('gold_candlestick_1s')) }}
touched as (
    select dataset, source, symbol, open_time from touched_minutes
    union
    select c.dataset, c.source, c.symbol, c.open_time
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
seconds as (
    select s.*
    from {{ ref('gold_candlestick_1s') }} as s
{% if is_incremental() %}
    inner join spans as k
        on s.dataset = k.dataset and s.source = k.source and s.symbol = k.symbol
        and s.open_time >= k.since
    -- This condition is cheap and leaves little to the join.
    where s.open_time >= (
        select coalesce(min(since), cast('9999-12-31' as timestamp)) from spans
    )
{% endif %}
),
{{ placed('seconds', kind='kind') }}
fine as (
    select
        p.dataset, p.source, p.symbol, p.minute as bucket, p.exchange, p.trading_day, p.session,
        p.session_start, p.session_end, p._calendar, p.open_time,
        {{ session_prices('p') }}
        p.kind, p._partition,
        p.volume, p.turnover, p.trades, p.revisions, p.revised_at, p.revised_until, p._version
    from placed as p
),
candles as (
    select
        f.dataset, f.source, f.symbol, f.bucket as open_time,
        max(f.exchange) as exchange, max(f.trading_day) as trading_day, max(f.session) as session,
        max(f.session_start) as session_start, max(f.session_end) as session_end,
        max(f._calendar) as _calendar,
        cast(coalesce(sum(
            case when f.revised_until >= dateadd('minute', 1, f.bucket) then f.revisions end
        ), 0) as bigint) as revisions,
        max(case when f.revised_until >= dateadd('minute', 1, f.bucket) then f.revised_at end)
            as revised_at,
        {{ folded(
            first=price_order('f', 'first_time', 'bucket'), last=close_order('f', 'bucket')
        ) }}
    from fine as f
{% if is_incremental() %}
    inner join touched as k
        on f.dataset = k.dataset and f.source = k.source and f.symbol = k.symbol
        and f.bucket = k.open_time
{% endif %}
    group by f.dataset, f.source, f.symbol, f.bucket
    having sum(f.trades) > 0
)
select
    c.dataset, c.source, c.symbol, c.open_time, c.exchange, c.trading_day, c.session,
    c.session_start, c.session_end,
    c.open, c.high, c.low, c.close, c.volume, c.turnover, c.trades, c.first_time, c.last_time,
    c.revisions, c.revised_at, c._calendar, c._version
from candles as c
{% if is_incremental() %}
union all
-- What its last trade has left is written empty: that replaces the old row, and the hook removes it.
select
    k.dataset, k.source, k.symbol, k.open_time, null, null, null, null, null,
    null, null, null, null, null, null, 0, null, null, 0, null, null, 0
from touched as k
left join candles as c
    on k.dataset = c.dataset and k.source = c.source and k.symbol = c.symbol
    and k.open_time = c.open_time
where c.open_time is null
{% endif %}
