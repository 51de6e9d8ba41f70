{{ config(
    schema='silver',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['_partition', '_first_offset', '_first_seen']
) }}
-- One row a trade: of the records with one natural key, the one with the highest offset counts.
-- A trade is known by its first offset from then on; it breaks ties of event_time. _first_seen adds
-- nothing to that identity but order: rows lie by it, so that a run skips what it leaves alone.
-- A trade whose newest record is a cancel stays, with what it was before, and says so: is_cancelled.
-- What a cancel says besides the key does not count, unless nothing else was ever said of the trade.
-- An aggregate of the newest record takes no null: -1 stands for it meanwhile, and a number for side
-- and signed together, which is less to carry.
with
{% if is_incremental() %}
{{ fresh('bronze_stg_ticks') }}
{% endif %}
read as (
    select
        s.source, s.symbol, s.trade_id, s.price, coalesce(s.size, -1) as size, s.event_time,
        coalesce(s.sequence, -1) as sequence,
        case s.side when 'buy' then 1 when 'sell' then 2 else 0 end
            + case s.signed when 'yes' then 10 else 0 end as traits,
        s._partition, s._offset, s._ingest_time,
        case when s.action = 'cancel' then null else s.price end as live_price,
        case when s.action = 'cancel' then null else coalesce(s.size, -1) end as live_size,
        case when s.action = 'cancel' then null else s.event_time end as live_time,
        case when s.action = 'cancel' then null else s._offset end as live_offset,
        case when s.action = 'cancel' then s._offset end as cancel_offset,
        -- Cancels come behind all else.
        case when s.action = 'cancel' then s._offset - 1000000000000000 else s._offset end as rank
    from {{ ref('bronze_stg_ticks') }} as s
{% if is_incremental() %}
    inner join fresh as f
        on s._partition = f._partition and s._offset = f._offset and s._ingest_time = f._ingest_time
{% endif %}
),
arrived as (
    select
        r.source, r.symbol, r.trade_id, r._partition,
        max_by(r.price, r.rank) as price,
        max_by(r.size, r.rank) as size,
        max_by(r.event_time, r.rank) as event_time,
        max_by(r.sequence, r.rank) as sequence,
        max_by(r.traits, r.rank) as traits,
        min(r.live_time) as earliest_time,
        max(r.live_time) as latest_time,
        coalesce(max(r.cancel_offset) > min(r.live_offset), false)
            or min(r.live_price) < max(r.live_price)
            or min(r.live_size) < max(r.live_size)
            or min(r.live_time) < max(r.live_time) as corrected,
        min(r.live_offset) as _live_offset,
        max(r.cancel_offset) is not null as has_cancel,
        coalesce(max(r.cancel_offset), -1) = max(r._offset) as is_cancelled,
        max(r._offset) as _offset,
        min(r._offset) as _first_offset,
        max_by(r._ingest_time, r._offset) as _ingest_time,
        min_by(r._ingest_time, r._offset) as _first_seen
    from read as r
    group by r.source, r.symbol, r.trade_id, r._partition
),
{% if is_incremental() %}
known as (
    select
        t.source, t.symbol, t.trade_id, t._partition, t._first_offset,
        t._first_seen, t.price, coalesce(t.size, -1) as size, t.event_time,
        coalesce(t.sequence, -1) as sequence,
        case t.side when 'buy' then 1 when 'sell' then 2 else 0 end
            + case t.signed when 'yes' then 10 else 0 end as traits,
        t._changed_offset > coalesce(t._live_offset, t._first_offset) as corrected,
        t._live_offset,
        coalesce(t._moved_from, t.event_time) as earliest_time,
        coalesce(t._moved_to, t.event_time) as latest_time
    from {{ this }} as t
    inner join arrived as a
        on t.source = a.source and t.symbol = a.symbol and t.trade_id = a.trade_id
        and t._partition = a._partition
),
latest as (
    select
        a.source, a.symbol, a.trade_id, a._partition,
        {% for name in ['price', 'size', 'event_time', 'sequence', 'traits'] -%}
        case when k._live_offset >= 0 and a._live_offset is null then k.{{ name }} else a.{{ name }} end
            as {{ name }},
        {% endfor -%}
        case
            when k._live_offset is null then a.earliest_time
            else least(k.earliest_time, coalesce(a.earliest_time, k.earliest_time))
        end as earliest_time,
        case
            when k._live_offset is null then a.latest_time
            else greatest(k.latest_time, coalesce(a.latest_time, k.latest_time))
        end as latest_time,
        coalesce(
            a.corrected or (
                k._live_offset is not null and (
                    k.corrected or a.has_cancel
                    or k.price <> a.price or k.size <> a.size or k.event_time <> a.event_time
                )
            ),
            a.corrected
        ) as corrected,
        coalesce(k._live_offset, a._live_offset) as _live_offset,
        a.is_cancelled,
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
    nullif(l.size, -1) as size,
    l.event_time,
    date_trunc('second', l.event_time) as event_second,
    case mod(l.traits, 10) when 1 then 'buy' when 2 then 'sell' end as side,
    nullif(l.sequence, -1) as sequence,
    case when l.traits >= 10 then 'yes' end as signed,
    l.is_cancelled,
    case when l.earliest_time < l.latest_time then l.earliest_time end as _moved_from,
    case when l.earliest_time < l.latest_time then l.latest_time end as _moved_to,
    l._partition,
    l._offset,
    l._first_offset,
    l._live_offset,
    case when l.corrected then l._offset else coalesce(l._live_offset, l._first_offset) end
        as _changed_offset,
    l._ingest_time,
    l._first_seen,
    v._version
from latest as l
cross join version as v
-- Neighbours in time lie together: what reads a span of time skips the rest.
order by event_second
