{{ config(
    schema='silver',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['_partition', '_first_offset', '_first_seen']
) }}
-- One row a trade: of the records with one natural key, the one with the highest offset counts.
-- A trade is known by its first offset from then on; it breaks ties of event_time. _first_seen adds
-- nothing to that identity but order: rows lie by it, so that a run skips what it leaves alone.
with
{% if is_incremental() %}
{{ fresh('bronze_stg_ticks') }}
{% endif %}
arrived as (
    select
        s.source, s.symbol, s.trade_id, s._partition,
        max_by(s.price, s._offset) as price,
        max_by(s.size, s._offset) as size,
        max_by(s.event_time, s._offset) as event_time,
        min(s.event_time) as earliest_time,
        max(s.event_time) as latest_time,
        min(s.price) < max(s.price) or min(s.size) < max(s.size)
            or min(s.event_time) < max(s.event_time) as corrected,
        max(s._offset) as _offset,
        min(s._offset) as _first_offset,
        max_by(s._ingest_time, s._offset) as _ingest_time,
        min_by(s._ingest_time, s._offset) as _first_seen
    from {{ ref('bronze_stg_ticks') }} as s
{% if is_incremental() %}
    inner join fresh as f
        on s._partition = f._partition and s._offset = f._offset and s._ingest_time = f._ingest_time
{% endif %}
    group by s.source, s.symbol, s.trade_id, s._partition
),
{% if is_incremental() %}
known as (
    select
        t.source, t.symbol, t.trade_id, t._partition, t._first_offset,
        t._first_seen, t.price, t.size, t.event_time,
        t._changed_offset > t._first_offset as corrected,
        coalesce(t._moved_from, t.event_time) as earliest_time,
        coalesce(t._moved_to, t.event_time) as latest_time
    from {{ this }} as t
    inner join arrived as a
        on t.source = a.source and t.symbol = a.symbol and t.trade_id = a.trade_id
        and t._partition = a._partition
),
latest as (
    select
        a.source, a.symbol, a.trade_id, a._partition, a.price, a.size, a.event_time,
        least(a.earliest_time, coalesce(k.earliest_time, a.earliest_time)) as earliest_time,
        greatest(a.latest_time, coalesce(k.latest_time, a.latest_time)) as latest_time,
        a.corrected or coalesce(
            k.corrected or k.price <> a.price or k.size <> a.size or k.event_time <> a.event_time,
            false
        ) as corrected,
        a._offset,
        coalesce(k._first_offset, a._first_offset) as _first_offset,
        a._ingest_time,
        coalesce(k._first_seen, a._first_seen) as _first_seen
    from arrived as a
    left join known as k
        on a.source = k.source and a.symbol = k.symbol and a.trade_id = k.trade_id
        and a._partition = k._partition
),
{% else %}
latest as (
    select * from arrived
),
{% endif %}
{{ version('bronze_stg_ticks') }}
select
    l.source,
    l.symbol,
    l.trade_id,
    l.price,
    l.size,
    l.event_time,
    date_trunc('second', l.event_time) as event_second,
    case when l.earliest_time < l.latest_time then l.earliest_time end as _moved_from,
    case when l.earliest_time < l.latest_time then l.latest_time end as _moved_to,
    l._partition,
    l._offset,
    l._first_offset,
    case when l.corrected then l._offset else l._first_offset end as _changed_offset,
    l._ingest_time,
    l._first_seen,
    v._version
from latest as l
cross join version as v
-- Neighbours in time lie together: what reads a span of time skips the rest.
order by event_second
