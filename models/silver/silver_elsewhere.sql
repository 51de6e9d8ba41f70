{{ config(
    schema='silver',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['dataset', '_first_partition', '_first_offset', '_first_seen']
) }}
-- What came of trades and quotes to other seconds than they are in, or by other partitions: one row
-- for each second and partition. A trade whose time was corrected was there, and its candle changed,
-- too; and what was dated later has closed what lies before it, wherever its trade is now.
-- One row a dataset without a second says how far the table is; so do those of facts that were
-- corrected, but never were elsewhere, in the place of what may have stood there.
with
corrected as (
{% for dataset, model, conditions in [
    ['ticks', 'silver_clean_ticks', 't.conditions'],
    ['quotes', 'silver_clean_stock_quotes', 'cast(null as varchar)']
] %}
    select
        '{{ dataset }}' as dataset, t.source, t.symbol, {{ conditions }} as conditions,
        coalesce(t._elsewhere, '') as places, t._first_partition, t._first_offset, t._first_seen,
        t._ingest_time, t._version
    from {{ ref(model) }} as t
    where
        (
            t._elsewhere is not null or t._partition <> t._first_partition
            or t._offset <> t._first_offset
        )
{% if is_incremental() %}
        and t._version > {{ newest_version(dataset) }}
{% endif %}
{{ '' if loop.last else '    union all' }}
{% endfor %}
),
digits as (
    select digit from (
        values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)
    ) as d (digit)
),
numbers as (
    select a.digit + 10 * b.digit + 100 * c.digit + 1 as number
    from digits as a
    cross join digits as b
    cross join digits as c
),
places as (
    select c.*, split_part(c.places, ',', n.number) as place
    from corrected as c
    inner join numbers as n
        on n.number <= 1 + length(c.places) - length(replace(c.places, ',', ''))
)
select
    dataset, source, symbol, conditions,
    dateadd(
        'second', cast(nullif(split_part(place, ':', 1), '') as bigint),
        cast('1970-01-01' as timestamp)
    ) as event_second,
    cast(nullif(split_part(place, ':', 2), '') as integer) as _partition,
    cast(nullif(split_part(place, ':', 3), '') as bigint) as _arrived_offset,
    cast(nullif(split_part(place, ':', 4), '') as bigint) as _changed_offset,
    _first_partition, _first_offset, _first_seen, _ingest_time, _version
from places
{% for dataset, model in [
    ['ticks', 'silver_clean_ticks'], ['quotes', 'silver_clean_stock_quotes']
] %}
union all
select
    '{{ dataset }}' as dataset, '' as source, '' as symbol, null as conditions,
    null as event_second, null as _partition, null as _arrived_offset, null as _changed_offset,
    -1 as _first_partition, -1 as _first_offset, cast('1970-01-01' as timestamp) as _first_seen,
    cast('1970-01-01' as timestamp) as _ingest_time, _version
from (select _version from {{ ref(model) }} order by _version desc limit 1) as v
{% endfor %}
