{{ config(
    schema='gold',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['dataset', 'source', 'symbol', 'open_time', 'kind'],
    post_hook="delete from {{ this }} where first_arrival is null"
) }}
-- depends_on: {{ ref('silver_clean_ticks') }}, {{ ref('silver_clean_stock_quotes') }}
-- depends_on: {{ ref('silver_tick_moves') }}
-- Candles of one second, from the trades and quotes themselves, apart by what their conditions say:
-- see the macro rules. Seconds without any have no row, those whose trades were all cancelled one
-- without: that they came has closed what was before. Days and sessions come behind this.
with
{% if is_incremental() %}
{{ changes() }}
touched as (
    select dataset, source, symbol, event_second as open_time from changed
),
prints as (
    {{ prints('touched') }}
),
{{ rules('prints') }}
{% else %}
prints as (
    {{ prints(none) }}
),
{{ rules(ref('silver_clean_ticks')) }}
{% endif %}
records as (
    {{ ruled('prints') }}
),
candles as (
    select
        r.dataset, r.source, r.symbol, r.open_time, r.kind,
        min_by(r.last_price, r.sort_key) as open,
        max(r.range_price) as high,
        min(r.range_price) as low,
        max_by(r.last_price, r.sort_key) as close,
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
    group by r.dataset, r.source, r.symbol, r.open_time, r.kind
    having count(r.first_arrival) > 0
),
-- A candle is closed by the first record of a later one: what comes after that revises it.
later as (
    select dataset, source, symbol, open_time, kind, first_arrival, last_arrival from candles
{% if is_incremental() %}
    union all
    select c.dataset, c.source, c.symbol, c.open_time, c.kind, c.first_arrival, cast(null as bigint)
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
        dataset, source, symbol, open_time, kind, last_arrival,
        coalesce(min(first_arrival) over (
            partition by dataset, source, symbol
            order by open_time desc, kind
            rows between unbounded preceding and 1 preceding
        ), 9223372036854775807) as closed_by
    from later
),
suspects as (
    -- The window has seen other kinds of the same second, too; the greatest has seen none of them.
    select c.dataset, c.source, c.symbol, c.open_time, c.kind, max(o.closed_by) as closed_by
    from closed as c
    inner join closed as o
        on c.dataset = o.dataset and c.source = o.source and c.symbol = o.symbol
        and c.open_time = o.open_time
    where c.last_arrival > c.closed_by
    group by c.dataset, c.source, c.symbol, c.open_time, c.kind, c.last_arrival
    having c.last_arrival > max(o.closed_by)
),
{% if not is_incremental() %}
late_prints as (
    {{ prints('suspects') }}
),
late_records as (
    {{ ruled('late_prints') }}
),
{% endif %}
late as (
    select
        s.dataset, s.source, s.symbol, s.open_time, s.kind,
        count(*) as revisions, max(r._ingest_time) as revised_at
    from {{ 'records' if is_incremental() else 'late_records' }} as r
    inner join suspects as s
        on r.dataset = s.dataset and r.source = s.source and r.symbol = s.symbol
        and r.open_time = s.open_time and r.kind = s.kind and r.last_arrival > s.closed_by
    group by s.dataset, s.source, s.symbol, s.open_time, s.kind
)
select
    p.dataset, p.source, p.symbol, p.open_time, p.kind,
    p.open, p.high, p.low, p.close, p.volume, p.turnover, p.price_sum,
    p.trades, p.first_time, p.last_time,
    coalesce(l.revisions, 0) as revisions, l.revised_at,
    p.first_arrival, p.last_arrival, p._version
from candles as p
left join late as l
    on p.dataset = l.dataset and p.source = l.source and p.symbol = l.symbol
    and p.open_time = l.open_time and p.kind = l.kind
{% if is_incremental() %}
union all
-- What its last trade has left is written empty: that replaces the old row, and the hook removes it.
select
    k.dataset, k.source, k.symbol, k.open_time, i.kind, null, null, null, null, null, null,
    null, 0, null, null, 0, null, null, null, 0
from touched as k
cross join (values ('normal'), ('extended'), ('close')) as i (kind)
left join candles as c
    on k.dataset = c.dataset and k.source = c.source and k.symbol = c.symbol
    and k.open_time = c.open_time and i.kind = c.kind
where c.open_time is null
{% endif %}
