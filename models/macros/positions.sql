{#-
  Common table expressions that begin an incremental model of silver: `positions`, how far this table
  has read each partition, as one of its newest rows says in `_ends`, and `fresh`, the records beyond. Narrow
  columns find them; the wide ones are read only there.
  With the variable slice_records, a run takes at most so many of them, oldest first of each
  partition: who runs again and again needs memory for a slice, however much is left.
-#}
{% macro fresh(staged) %}
newest as (
    select _ends, _version
    from {{ this }}
    where _ends is not null
    order by _version desc
    limit 1
),
{{ numbers(4) }}
positions as (
    -- Of at most 10,000 partitions.
    select
        cast(split_part(p.part, ':', 1) as integer) as _partition,
        cast(split_part(p.part, ':', 2) as bigint) as last_offset
    from (
        select split_part(n._ends, ',', i.number) as part
        from newest as n
        cross join numbers as i
    ) as p
    where p.part <> ''
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
{#-
  The common table expressions `ends` and `version`: how far silver has read each partition with this
  run, as rows and as the text that a row keeps, and a number that grows with every run that writes,
  after a full refresh too: a thousand times that of the records read so far, and one more for each
  run that writes without having read any, as one that finds a fact twice may.
  Where incremental they follow `read`.
-#}
{% macro version(staged) %}
ends as (
{% if is_incremental() %}
    select _partition, max(last_offset) as last_offset
    from (
        select _partition, last_offset from positions
        union all
        select _partition, _offset as last_offset from read
    ) as e
    group by _partition
{% else %}
    select _partition, max(_offset) as last_offset
    from {{ ref(staged) }}
    group by _partition
{% endif %}
),
version as (
    select
{% if is_incremental() %}
        greatest(
            cast(sum(last_offset + 1) * 1000 as bigint),
            coalesce((select _version + 1 from newest), 0)
        ) as _version,
{% else %}
        cast(sum(last_offset + 1) * 1000 as bigint) as _version,
{% endif %}
        listagg(cast(_partition as varchar) || ':' || cast(last_offset as varchar), ',') as _ends
    from ends
),
{% endmacro %}
