{{ config(
    schema='gold',
    materialized='incremental',
    incremental_strategy='delete+insert',
    cluster_by=['dataset', 'symbol', 'trading_day'],
    unique_key=['dataset', 'source', 'symbol', 'trading_day', 'session'],
    post_hook="delete from {{ this }} where trades = 0"
) }}
-- depends_on: {{ ref('silver_clean_ticks') }}, {{ ref('silver_clean_stock_quotes') }}
-- depends_on: {{ ref('silver_elsewhere') }}, {{ ref('silver_sale_rules') }}
-- Days of the exchange, from the candles of one minute: one row for each of its sessions. That of the
-- regular one is the day's candle; pre and post are what was traded before and behind it, break what
-- was within, closed what was traded on a day without one.
with
{% if is_incremental() %}
{{ changes() }}
{{ touched_minutes(
    ref('gold_candlestick_1m'),
    first='coalesce(first_time, open_time)', last='coalesce(last_time, open_time)'
) }}
touched as (
    select dataset, source, symbol, trading_day, session from touched_minutes
    union
    select c.dataset, c.source, c.symbol, c.trading_day, c.session
    from {{ this }} as c
    inner join redated as r
        on c.dataset = r.dataset and c.source = r.source and c.symbol = r.symbol
        and cast(c.open_time as date) = r.utc_date
),
spans as (
    -- A day of an exchange begins less than two days before that of UTC.
    select
        dataset, source, symbol, dateadd('day', -2, cast(min(trading_day) as timestamp)) as since
    from touched
    group by dataset, source, symbol
),
{% endif %}
fine as (
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
candles as (
    select
        f.dataset, f.source, f.symbol, f.trading_day, f.session,
        max(f.exchange) as exchange, max(f._calendar) as _calendar,
        min(f.session_start) as session_start, max(f.session_end) as session_end,
        {{ folded() }}
    from fine as f
{% if is_incremental() %}
    inner join touched as k
        on f.dataset = k.dataset and f.source = k.source and f.symbol = k.symbol
        and f.trading_day = k.trading_day and f.session = k.session
{% endif %}
    group by f.dataset, f.source, f.symbol, f.trading_day, f.session
),
{{ revised_seconds() }}
revised as (
    select
        p.dataset, p.source, p.symbol, p.trading_day, p.session,
        cast(sum(p.revisions) as bigint) as revisions, max(p.revised_at) as revised_at
    from placed as p
    where
        p.revised_until
        >= case when p.session = 'regular' then coalesce(p.close_at, p.session_end) else p.session_end end
    group by p.dataset, p.source, p.symbol, p.trading_day, p.session
)
select
    c.dataset, c.source, c.symbol, c.trading_day, c.session, c.exchange,
    -- A session with a break in it may have trades in one half only.
    case when c.session = 'regular' then coalesce(d.open_at, c.session_start) else c.session_start end
        as open_time,
    case when c.session = 'regular' then coalesce(d.close_at, c.session_end) else c.session_end end
        as close_time,
    c.open, c.high, c.low, c.close, c.volume, c.turnover, c.trades, c.first_time, c.last_time,
    coalesce(r.revisions, 0) as revisions, r.revised_at, c._calendar, c._version
from candles as c
left join revised as r
    on c.dataset = r.dataset and c.source = r.source and c.symbol = r.symbol
    and c.trading_day = r.trading_day and c.session = r.session
left join {{ ref('silver_trading_days') }} as d
    on c.exchange = d.exchange and c.trading_day = d.trading_day
    and d.utc_date = cast(d.day_start as date)
{% if is_incremental() %}
union all
-- What lost its last trade is written empty: that replaces the old row, and the hook removes it.
select
    k.dataset, k.source, k.symbol, k.trading_day, k.session, null, null, null, null,
    null, null, null, null, null, 0, null, null, 0, null, null, 0
from touched as k
left join candles as c
    on k.dataset = c.dataset and k.source = c.source and k.symbol = c.symbol
    and k.trading_day = c.trading_day and k.session = c.session
where c.trading_day is null
{% endif %}
