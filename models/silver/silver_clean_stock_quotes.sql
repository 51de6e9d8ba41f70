{{ config(
    schema='silver',
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['_partition', '_first_offset']
) }}
-- One row a quote: source, symbol, time and price make it.
-- Of the records with one natural key, the one with the highest offset counts.
with
{% if is_incremental() %}
{{ fresh('bronze_stg_stock_quotes') }}
{% endif %}
arrived as (
    select
        s.*,
        min(s._offset) over (
            partition by s.source, s.symbol, s.market_timestamp, s.current_price, s._partition
        ) as first_offset
    from {{ ref('bronze_stg_stock_quotes') }} as s
{% if is_incremental() %}
    inner join fresh as f on s._partition = f._partition and s._offset = f._offset
{% endif %}
    qualify row_number() over (
        partition by s.source, s.symbol, s.market_timestamp, s.current_price, s._partition
        order by s._offset desc
    ) = 1
),
{% if is_incremental() %}
known as (
    select t.source, t.symbol, t.market_timestamp, t.current_price, t._partition, t._first_offset
    from {{ this }} as t
    inner join arrived as a
        on t.source = a.source and t.symbol = a.symbol
        and t.market_timestamp = a.market_timestamp and t.current_price = a.current_price
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
    from {{ ref('bronze_stg_stock_quotes') }}
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
    a.market_timestamp,
    a.current_price,
    a.change_amount,
    a.change_percent,
    a.day_open,
    a.day_high,
    a.day_low,
    a.prev_close,
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
    and a.market_timestamp = k.market_timestamp and a.current_price = k.current_price
    and a._partition = k._partition
{% endif %}
order by a.market_timestamp
