{{ config(
    schema='gold',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['dataset', 'source', 'symbol', 'trading_day', 'session'],
    post_hook="delete from {{ this }} where trades = 0"
) }}
-- depends_on: {{ ref('silver_clean_ticks') }}, {{ ref('silver_clean_stock_quotes') }}
-- Days of the exchange, from the candles of one minute: one row for the regular session, which is
-- the day's candle, and one for all that was traded outside of it.
with
{% if is_incremental() %}
{{ changes() }}
touched as (
    select
        m.dataset, m.source, m.symbol, m.trading_day,
        case m.session when 'regular' then 'regular' else 'extended' end as session
    from {{ ref('gold_candlestick_1m') }} as m
    inner join (
        select distinct dataset, source, symbol, date_trunc('minute', event_second) as open_time
        from changed
    ) as c
        on m.dataset = c.dataset and m.source = c.source and m.symbol = c.symbol
        and m.open_time = c.open_time
    where m.open_time >= (select date_trunc('minute', min(event_second)) from changed)
    union
    select c.dataset, c.source, c.symbol, c.trading_day, c.session
    from {{ this }} as c
    inner join moved as m
        on c.dataset = m.dataset and c.source = m.source and c.symbol = m.symbol
        -- A day of the exchange begins and ends less than a day from that of UTC.
        and c.trading_day >= dateadd('day', -1, date_trunc('day', m._moved_from))
        and c.trading_day <= dateadd('day', 1, m._moved_to)
),
spans as (
    select
        dataset, source, symbol, dateadd('day', -1, cast(min(trading_day) as timestamp)) as since
    from touched
    group by dataset, source, symbol
),
{% endif %}
fine as (
    select
        m.dataset, m.source, m.symbol, m.open_time, m.trading_day,
        case m.session when 'regular' then 'regular' else 'extended' end as session,
        m.open, m.high, m.low, m.close, m.volume, m.turnover, m.trades, m.first_time, m.last_time,
        m.revisions, m.revised_at, m.first_arrival, m.last_arrival, m._version,
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
candles as (
    select
        f.dataset, f.source, f.symbol, f.trading_day, f.session,
        {{ folded() }}
    from fine as f
{% if is_incremental() %}
    inner join touched as k
        on f.dataset = k.dataset and f.source = k.source and f.symbol = k.symbol
        and f.trading_day = k.trading_day and f.session = k.session
{% endif %}
    group by f.dataset, f.source, f.symbol, f.trading_day, f.session
),
{{ revised(['dataset', 'source', 'symbol', 'trading_day', 'session']) }},
{{ hours_of('candles') }}
select
    c.dataset, c.source, c.symbol, c.trading_day, c.session, h.exchange,
    {{ utc_of('c.trading_day', 'h.open_minute', 'h.time_zone') }} as open_time,
    {{ utc_of('c.trading_day', 'h.close_minute', 'h.time_zone') }} as close_time,
    c.open, c.high, c.low, c.close, c.volume, c.turnover, c.trades, c.first_time, c.last_time,
    coalesce(r.revisions, 0) as revisions, r.revised_at, c._version
from candles as c
inner join hours as h
    on c.dataset = h.dataset and c.source = h.source and c.symbol = h.symbol
    and c.trading_day = h.trading_day and c.session = h.session
left join revised as r
    on c.dataset = r.dataset and c.source = r.source and c.symbol = r.symbol
    and c.trading_day = r.trading_day and c.session = r.session
{% if is_incremental() %}
union all
-- What lost its last trade is written empty: that replaces the old row, and the hook removes it.
select
    k.dataset, k.source, k.symbol, k.trading_day, k.session, null, null, null,
    null, null, null, null, null, null, 0, null, null, 0, null, 0
from touched as k
left join candles as c
    on k.dataset = c.dataset and k.source = c.source and k.symbol = c.symbol
    and k.trading_day = c.trading_day and k.session = c.session
where c.trading_day is null
{% endif %}
