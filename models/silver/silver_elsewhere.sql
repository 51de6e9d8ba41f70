{{ config(
    schema='silver',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['dataset', 'source', 'symbol', 'fact'],
    post_hook="delete from {{ this }} where event_second is null and fact <> ''"
) }}
-- What came of trades and quotes to other seconds than they are in, or by other partitions: one row
-- for each second and partition. A trade whose time was corrected was there, and its candle changed,
-- too; and what was dated later has closed what lies before it, wherever its trade is now.
-- One row a dataset without a fact says how far the table is.
with
changed as (
{% for dataset, model, fact, conditions in [
    ['ticks', 'silver_clean_ticks', 't.trade_id', 't.conditions'],
    [
        'quotes', 'silver_clean_stock_quotes',
        "cast(datediff('second', cast('1970-01-01' as timestamp), t.market_timestamp) as varchar) || ' ' || cast(cast(cast(t.current_price as decimal(38, 8)) * 100000000 as bigint) as varchar)",
        'cast(null as varchar)'
    ]
] %}
    select
        '{{ dataset }}' as dataset, t.source, t.symbol, {{ fact }} as fact,
        {{ conditions }} as conditions, coalesce(t._elsewhere, '') as places,
        t._ingest_time, t._version
    from {{ ref(model) }} as t
{% if is_incremental() %}
    where t._version > {{ newest_version(dataset) }}
{% else %}
    where t._elsewhere is not null
{% endif %}
{{ '' if loop.last else '    union all' }}
{% endfor %}
),
{{ numbers(3) }}
places as (
    select c.*, split_part(c.places, ',', n.number) as place
    from changed as c
    inner join numbers as n
        on n.number <= 1 + length(c.places) - length(replace(c.places, ',', ''))
    where c.places <> ''
{% if is_incremental() %}
    union all
    -- What is nowhere else any more is written without a second: that replaces the old rows, and the
    -- hook removes it.
    select c.*, '' as place
    from changed as c
    inner join (select distinct dataset, source, symbol, fact from {{ this }}) as k
        on c.dataset = k.dataset and c.source = k.source and c.symbol = k.symbol
        and c.fact = k.fact
    where c.places = ''
{% endif %}
)
select
    dataset, source, symbol, fact, conditions,
    dateadd(
        'second', cast(nullif(split_part(place, ':', 1), '') as bigint),
        cast('1970-01-01' as timestamp)
    ) as event_second,
    cast(nullif(split_part(place, ':', 2), '') as integer) as _partition,
    cast(nullif(split_part(place, ':', 3), '') as bigint) as _arrived_offset,
    cast(nullif(split_part(place, ':', 4), '') as bigint) as _changed_offset,
    _ingest_time, _version
from places
{% for dataset, model in [
    ['ticks', 'silver_clean_ticks'], ['quotes', 'silver_clean_stock_quotes']
] %}
union all
select
    '{{ dataset }}' as dataset, '' as source, '' as symbol, '' as fact, null as conditions,
    null as event_second, null as _partition, null as _arrived_offset, null as _changed_offset,
    cast('1970-01-01' as timestamp) as _ingest_time, _version
from (select _version from {{ ref(model) }} order by _version desc limit 1) as v
{% endfor %}
