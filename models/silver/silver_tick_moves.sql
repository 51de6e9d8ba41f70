{{ config(
    schema='silver',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['source', 'symbol', 'trade_id']
) }}
-- The seconds that trades left when their time was corrected: their candles changed, too.
-- has_counted: the version that put the trade there counted when it came.
-- One row without a trade says how far the table is; trades that were corrected but never left their
-- second have one without a second, in the place of what may have stood there.
with
corrected as (
    select t.source, t.symbol, t.trade_id, t.conditions, t._left, t._changed_offset, t._ingest_time, t._version
    from {{ ref('silver_clean_ticks') }} as t
    where
        (t._left is not null or t._changed_offset <> coalesce(t._live_offset, t._first_offset))
{% if is_incremental() %}
        and t._version > {{ newest_version() }}
{% endif %}
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
departures as (
    select
        c.source, c.symbol, c.trade_id, c.conditions, c._changed_offset, c._ingest_time, c._version,
        cast(nullif(split_part(coalesce(c._left, ''), ',', n.number), '') as bigint) as departure
    from corrected as c
    inner join numbers as n
        on n.number <= 1 + length(coalesce(c._left, '')) - length(replace(coalesce(c._left, ''), ',', ''))
)
select
    source, symbol, trade_id, conditions,
    dateadd('second', abs(departure), cast('1970-01-01' as timestamp)) as left_second,
    departure > 0 as has_counted,
    _changed_offset, _ingest_time, _version
from departures
union all
select
    '' as source, '' as symbol, '' as trade_id, null as conditions, null as left_second, null as has_counted,
    null as _changed_offset, null as _ingest_time, _version
from (
    select _version from {{ ref('silver_clean_ticks') }} order by _version desc limit 1
) as v
