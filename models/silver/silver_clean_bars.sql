{{ config(
    schema='silver',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['_partition', '_first_offset']
) }}
-- One row a bar of source, symbol, interval and start.
-- Of the records with one natural key, the one with the highest offset counts.
with
{% if is_incremental() %}
{{ fresh('bronze_stg_bars') }}
{% endif %}
arrived as (
    select
        s.*,
        min(s._offset) over (
            partition by s.source, s.symbol, s.bar_interval, s.open_time, s._partition
        ) as first_offset
    from {{ ref('bronze_stg_bars') }} as s
{% if is_incremental() %}
    inner join fresh as f on s._partition = f._partition and s._offset = f._offset
{% endif %}
    qualify row_number() over (
        partition by s.source, s.symbol, s.bar_interval, s.open_time, s._partition
        order by s._offset desc
    ) = 1
),
{% if is_incremental() %}
known as (
    select t.source, t.symbol, t.bar_interval, t.open_time, t._partition, t._first_offset
    from {{ this }} as t
    inner join arrived as a
        on t.source = a.source and t.symbol = a.symbol
        and t.bar_interval = a.bar_interval and t.open_time = a.open_time
        and t._partition = a._partition
),
ends as (
    select _partition, last_offset from positions
    union all
    select _partition, max(_offset) as last_offset from arrived group by _partition
),
{% else %}
ends as (
    select _partition, max(_offset) as last_offset
    from {{ ref('bronze_stg_bars') }}
    group by _partition
),
{% endif %}
version as (
    -- The records read so far: grows with every run that writes, after a full refresh too.
    select cast(sum(last_offset + 1) as bigint) as _version
    from (select _partition, max(last_offset) as last_offset from ends group by _partition) as e
)
select
    a.source,
    a.symbol,
    a.bar_interval,
    a.open_time,
    a.open,
    a.high,
    a.low,
    a.close,
    a.adj_close,
    a.volume,
    a._partition,
    a._offset,
{% if is_incremental() %}
    coalesce(k._first_offset, a.first_offset) as _first_offset,
{% else %}
    a.first_offset as _first_offset,
{% endif %}
    a._ingest_time,
    v._version
from arrived as a
cross join version as v
{% if is_incremental() %}
left join known as k
    on a.source = k.source and a.symbol = k.symbol
    and a.bar_interval = k.bar_interval and a.open_time = k.open_time
    and a._partition = k._partition
{% endif %}
order by a.open_time
