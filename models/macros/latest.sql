{#-
  The CTEs `ends` and `version` of a model of silver: how far it is with this run, by partition, and
  the records read so far, a number that grows with every run that writes, after a full refresh too.
  They follow `arrived`, what this run adds, and where it is incremental `positions`.
-#}
{% macro version(staged) %}
ends as (
{% if is_incremental() %}
    select _partition, last_offset from positions
    union all
    select _partition, max(_offset) as last_offset from arrived group by _partition
{% else %}
    select _partition, max(_offset) as last_offset
    from {{ ref(staged) }}
    group by _partition
{% endif %}
),
version as (
    select cast(sum(last_offset + 1) as bigint) as _version
    from (select _partition, max(last_offset) as last_offset from ends group by _partition) as e
)
{% endmacro %}
{#- Whether two rows have the same natural key, and partition. -#}
{% macro same_key(key, one, other) %}
{% for name in key %}{{ one }}.{{ name }} = {{ other }}.{{ name }} and {% endfor %}
{{ one }}._partition = {{ other }}._partition
{%- endmacro %}
{#-
  A whole model of silver: of the records with one natural key `key`, the one with the highest offset
  counts. A row is known by its first offset from then on. `columns` are those besides the key; rows
  lie by `sorted`. A fact whose newest record cancels it stays, for a later record to bring it back,
  and says so: is_cancelled. _live_offset is where it first was more than a cancel.
-#}
{% macro latest(staged, key, columns, sorted) %}
with
{% if is_incremental() %}
{{ fresh(staged) }}
{% endif %}
arrived as (
    select
        s.*,
        min(s._offset) over (
            partition by {% for name in key %}s.{{ name }}, {% endfor %}s._partition
        ) as first_offset,
        min(case when s.action is distinct from 'cancel' then s._offset end) over (
            partition by {% for name in key %}s.{{ name }}, {% endfor %}s._partition
        ) as live_offset
    from {{ ref(staged) }} as s
{% if is_incremental() %}
    inner join fresh as f on s._partition = f._partition and s._offset = f._offset
{% endif %}
    qualify row_number() over (
        partition by {% for name in key %}s.{{ name }}, {% endfor %}s._partition
        order by s._offset desc
    ) = 1
),
{% if is_incremental() %}
known as (
    select {% for name in key %}t.{{ name }}, {% endfor %}t._partition, t._first_offset, t._live_offset
    from {{ this }} as t
    inner join arrived as a on {{ same_key(key, 't', 'a') }}
),
{% endif %}
{{ version(staged) }}
select
    {% for name in key %}a.{{ name }}, {% endfor %}
    {% for name in columns %}a.{{ name }}, {% endfor %}
    coalesce(a.action = 'cancel', false) as is_cancelled,
    a._partition,
    a._offset,
{% if is_incremental() %}
    coalesce(k._first_offset, a.first_offset) as _first_offset,
    coalesce(k._live_offset, a.live_offset) as _live_offset,
{% else %}
    a.first_offset as _first_offset,
    a.live_offset as _live_offset,
{% endif %}
    a._ingest_time,
    v._version
from arrived as a
cross join version as v
{% if is_incremental() %}
left join known as k on {{ same_key(key, 'a', 'k') }}
{% endif %}
order by a.{{ sorted }}
{% endmacro %}
