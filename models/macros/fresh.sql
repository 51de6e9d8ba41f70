{#-
  Common table expressions that begin an incremental model of silver: `positions`, how far this table
  is, and `fresh`, the records beyond. Narrow columns find them; the wide ones are read only there.
  With the variable slice_records, a run takes at most so many of them, oldest first of each
  partition: who runs again and again needs memory for a slice, however much is left.
-#}
{% macro fresh(staged) %}
positions as (
    select _partition, max(_offset) as last_offset
    from {{ this }}
    group by _partition
),
{% if var('slice_records', 0) > 0 %}
slices as (
    -- Offsets have gaps: a slice begins where there is a record.
    select
        b._partition,
        min(b._offset) as start_offset,
        min(b._offset) + cast(ceil({{ var('slice_records', 0) }} / count(*) over ()) as bigint)
            as end_offset
    from (
        {{ beyond(staged) }}
    ) as b
    group by b._partition
),
fresh as (
    -- One comparison with a single value, not two: after two, DuckDB guesses that no record is left,
    -- and keeps those in memory instead of the slices.
    select s._partition, s._offset, s._ingest_time
    from {{ ref(staged) }} as s
    inner join slices as c
        on s._partition = c._partition
        and s._offset >= c.start_offset and s._offset < c.end_offset
    where s._offset >= (select min(start_offset) from slices)
),
{% else %}
fresh as (
    {{ beyond(staged) }}
),
{% endif %}
{% endmacro %}
{#-
  The records beyond `positions`. The comparisons with a single value repeat what the join says, for
  a warehouse to skip blocks by them.
-#}
{% macro beyond(staged) %}
    select s._partition, s._offset, s._ingest_time
    from {{ ref(staged) }} as s
    inner join positions as p on s._partition = p._partition
    where
        s._offset > p.last_offset
        and s._offset > (select min(last_offset) from positions)
    union all
    -- Partitions never seen before lie above the greatest one known, unless some below are missing.
    select s._partition, s._offset, s._ingest_time
    from {{ ref(staged) }} as s
    where
        s._partition > (
            select case when count(*) = max(_partition) + 1 then max(_partition) else -1 end
            from positions
        )
        and s._partition not in (select _partition from positions)
{% endmacro %}
