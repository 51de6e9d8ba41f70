{{ config(
    schema='gold',
    materialized='incremental',
    incremental_strategy='delete+insert',
    cluster_by=['dataset', 'symbol', 'cast(open_time as date)'],
    unique_key=['dataset', 'source', 'symbol', 'open_time', 'kind', '_partition'],
    post_hook="delete from {{ this }} where _version = 0"
) }}
-- depends_on: {{ ref('silver_clean_ticks') }}, {{ ref('silver_clean_stock_quotes') }}
-- depends_on: {{ ref('silver_elsewhere') }}, {{ ref('silver_sale_rules') }}, {{ ref('ref_sources') }}, {{ ref('ref_conditions') }}
-- Candles of one second, from the trades and quotes themselves, apart by what their conditions say
-- (see the macro rules) and by the partition that they came by. Seconds without any have no row; those
-- that all trades have left, or were cancelled in, have one without: that they came has closed what
-- was before. Days and sessions come behind this.
-- revisions: records that changed it after a record of a later second had come by their partition.
-- revised_until: the latest second that had come by then.
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
        r.dataset, r.source, r.symbol, r.open_time, r.kind, r._partition,
        min_by(r.last_price, r.sort_key) as open,
        max(r.range_price) as high,
        min(r.range_price) as low,
        max_by(r.last_price, r.sort_key) as close,
        {{ total('r.size') }} as volume,
        -- With the decimals that a product has here: to round it takes longer than all the rest.
        case when count(r.amount) = count(r.size) then sum(r.amount) end as turnover,
        cast(sum(r.price) as decimal(38, 8)) as price_sum,
        count(r.price) as trades,
        min(case when r.sort_key is not null then r.event_time end) as first_time,
        max(case when r.sort_key is not null then r.event_time end) as last_time,
        min(r.first_arrival) as first_arrival,
        max(r.last_arrival) as last_arrival,
        max(r._version) as _version
    from records as r
    group by r.dataset, r.source, r.symbol, r.open_time, r.kind, r._partition
    having count(coalesce(r.first_arrival, r.last_arrival)) > 0
),
later as (
    select dataset, source, symbol, open_time, kind, _partition, first_arrival, last_arrival
    from candles
{% if is_incremental() %}
    union all
    select
        c.dataset, c.source, c.symbol, c.open_time, c.kind, c._partition, c.first_arrival,
        cast(null as bigint)
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
    -- Other kinds of the same second may count as later here: those are left out below.
    select
        dataset, source, symbol, open_time, kind, _partition, last_arrival,
        min(first_arrival) over (
            partition by dataset, source, symbol, _partition
            order by open_time desc
            rows between unbounded preceding and 1 preceding
        ) as closed_by
    from later
),
late as (
    select * from closed where last_arrival > closed_by and {{ few('last_arrival') }}
),
reached as (
    -- The latest second that had come by each partition when something late did.
    select
        a.dataset, a.source, a.symbol, a.open_time, a.kind, a._partition, a.last_arrival,
        max(a.reached_second) over (
            partition by a.dataset, a.source, a.symbol, a._partition
            order by a.arrival, a.is_arrival
            rows between unbounded preceding and current row
        ) as revised_until,
        a.is_arrival
    from (
        select
            l.dataset, l.source, l.symbol, cast(null as timestamp) as open_time,
            cast(null as varchar) as kind, l._partition, cast(null as bigint) as last_arrival,
            l.first_arrival as arrival, l.open_time as reached_second, 1 as is_arrival
        from later as l
        inner join (select distinct dataset, source, symbol, _partition from late) as w
            on l.dataset = w.dataset and l.source = w.source and l.symbol = w.symbol
            and l._partition = w._partition
        where l.first_arrival is not null
        union all
        select
            dataset, source, symbol, open_time, kind, _partition, last_arrival,
            last_arrival as arrival, null as reached_second, 0 as is_arrival
        from late
    ) as a
),
suspects as (
    select dataset, source, symbol, open_time, kind, _partition, revised_until
    from reached
    where is_arrival = 0 and revised_until > open_time
),
{% if not is_incremental() %}
late_prints as (
    {{ prints('suspects') }}
),
late_records as (
    {{ ruled('late_prints') }}
),
{% endif %}
first_later as (
    -- The first record of a later second; the window of one kind has seen that of no other.
    select
        s.dataset, s.source, s.symbol, s.open_time, s.kind, s._partition,
        s.revised_until, max(c.closed_by) as closed_by
    from suspects as s
    inner join closed as c
        on s.dataset = c.dataset and s.source = c.source and s.symbol = c.symbol
        and s.open_time = c.open_time and s._partition = c._partition
    group by
        s.dataset, s.source, s.symbol, s.open_time, s.kind, s._partition, s.revised_until
),
revised as (
    select
        s.dataset, s.source, s.symbol, s.open_time, s.kind, s._partition, s.revised_until,
        count(*) as revisions, max(r._ingest_time) as revised_at
    from {{ 'records' if is_incremental() else 'late_records' }} as r
    inner join first_later as s
        on r.dataset = s.dataset and r.source = s.source and r.symbol = s.symbol
        and r.open_time = s.open_time and r.kind = s.kind and r._partition = s._partition
        and r.last_arrival > s.closed_by
    group by
        s.dataset, s.source, s.symbol, s.open_time, s.kind, s._partition, s.revised_until
)
select
    p.dataset, p.source, p.symbol, p.open_time, p.kind,
    p.open, p.high, p.low, p.close, p.volume, p.turnover, p.price_sum,
    p.trades, p.first_time, p.last_time,
    coalesce(l.revisions, 0) as revisions, l.revised_at, l.revised_until,
    p.first_arrival, p.last_arrival, p._partition, p._version
from candles as p
left join revised as l
    on p.dataset = l.dataset and p.source = l.source and p.symbol = l.symbol
    and p.open_time = l.open_time and p.kind = l.kind and p._partition = l._partition
{% if is_incremental() %}
union all
-- What nothing is left of is written empty: that replaces the old row, and the hook removes it.
select
    c.dataset, c.source, c.symbol, c.open_time, c.kind, null, null, null, null, null, null, null,
    null, null, null, null, null, null, null, null, c._partition, 0
from {{ this }} as c
inner join touched as k
    on c.dataset = k.dataset and c.source = k.source and c.symbol = k.symbol
    and c.open_time = k.open_time
left join candles as n
    on c.dataset = n.dataset and c.source = n.source and c.symbol = n.symbol
    and c.open_time = n.open_time and c.kind = n.kind and c._partition = n._partition
where n.open_time is null
{% endif %}
-- Neighbours in time lie together: what reads a span of time skips the rest.
order by open_time
