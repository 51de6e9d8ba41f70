{{ config(
    schema='gold',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['dataset', 'source', 'symbol', 'open_time'],
    post_hook="delete from {{ this }} where first_arrival is null"
) }}
-- depends_on: {{ ref('silver_clean_ticks') }}, {{ ref('silver_clean_stock_quotes') }}
-- depends_on: {{ ref('silver_listings') }}, {{ ref('ref_exchanges') }}, {{ ref('ref_holidays') }}
-- Candles of one second, from the trades and quotes themselves. Seconds without any have no row,
-- those whose trades were all cancelled one without: that they came has closed what was before.
with
{% if is_incremental() %}
{{ changes() }}
touched as (
    select dataset, source, symbol, event_second as open_time from changed
    union
    {{ in_moved_spans('second', 'dataset, source, symbol, open_time') }}
),
{% endif %}
records as (
{% if is_incremental() %}
    {{ records('touched') }}
{% else %}
    {{ records(none) }}
{% endif %}
),
candles as (
    select
        r.dataset, r.source, r.symbol, r.open_time,
        min_by(r.price, r.sort_key) as open,
        max(r.price) as high,
        min(r.price) as low,
        max_by(r.price, r.sort_key) as close,
        {{ total('r.size') }} as volume,
        cast(case when count(r.amount) = count(r.size) then sum(r.amount) end
            as decimal(38, 12)) as turnover,
        cast(sum(r.price) as decimal(38, 8)) as price_sum,
        count(r.price) as trades,
        min(r.event_time) as first_time,
        max(r.event_time) as last_time,
        min(r.first_arrival) as first_arrival,
        max(r.last_arrival) as last_arrival,
        max(r._version) as _version
    from records as r
    group by r.dataset, r.source, r.symbol, r.open_time
    having count(r.first_arrival) > 0
),
{{ sessions() }}
-- A candle is closed by the first record of a later one: what comes after that revises it.
later as (
    select dataset, source, symbol, open_time, first_arrival, last_arrival from candles
{% if is_incremental() %}
    union all
    select c.dataset, c.source, c.symbol, c.open_time, c.first_arrival, cast(null as bigint)
    from {{ this }} as c
    inner join (
        select dataset, source, symbol, min(open_time) as since
        from candles
        group by dataset, source, symbol
    ) as s
        on c.dataset = s.dataset and c.source = s.source and c.symbol = s.symbol
        and c.open_time > s.since
    left join touched as k
        on c.dataset = k.dataset and c.source = k.source and c.symbol = k.symbol
        and c.open_time = k.open_time
    -- The comparison with a single value lets a warehouse skip what lies before.
    where k.open_time is null and c.open_time > (select min(open_time) from candles)
{% endif %}
),
closed as (
    select
        dataset, source, symbol, open_time, last_arrival,
        min(first_arrival) over (
            partition by dataset, source, symbol
            order by open_time desc
            rows between unbounded preceding and 1 preceding
        ) as closed_by
    from later
),
suspects as (
    select dataset, source, symbol, open_time, closed_by from closed where last_arrival > closed_by
),
late as (
    select
        s.dataset, s.source, s.symbol, s.open_time,
        count(*) as revisions, max(r._ingest_time) as revised_at
    from (
        {{ records('suspects') }}
    ) as r
    inner join suspects as s
        on r.dataset = s.dataset and r.source = s.source and r.symbol = s.symbol
        and r.open_time = s.open_time and r.last_arrival > s.closed_by
    group by s.dataset, s.source, s.symbol, s.open_time
)
select
    p.dataset, p.source, p.symbol, p.open_time, p.trading_day, p.session,
    p.open, p.high, p.low, p.close, p.volume, p.turnover, p.price_sum,
    p.trades, p.first_time, p.last_time,
    coalesce(l.revisions, 0) as revisions, l.revised_at,
    p.first_arrival, p.last_arrival, p._version
from placed as p
left join late as l
    on p.dataset = l.dataset and p.source = l.source and p.symbol = l.symbol
    and p.open_time = l.open_time
{% if is_incremental() %}
union all
-- What its last trade has left is written empty: that replaces the old row, and the hook removes it.
select
    k.dataset, k.source, k.symbol, k.open_time, null, null, null, null, null, null, null, null,
    null, 0, null, null, 0, null, null, null, 0
from touched as k
left join candles as c
    on k.dataset = c.dataset and k.source = c.source and k.symbol = c.symbol
    and k.open_time = c.open_time
where c.open_time is null
{% endif %}
