{#-
  Common table expressions that begin an incremental candle model: `changed`, the seconds in which
  something is new, and `moved`, the spans of time that corrections moved trades across.
  Silver stamps what it writes with a version that only grows; the greatest one in this table says
  how far it is. The join on the few new versions lets a warehouse skip all blocks without them.
  Any candle from the earliest to the latest time a trade ever had may have lost the trade.
-#}
{% macro changes() %}
new_ticks as (
    select distinct _version
    from {{ ref('silver_clean_ticks') }}
    where _version > (select coalesce(max(_version), 0) from {{ this }} where dataset = 'ticks')
),
new_quotes as (
    select distinct _version
    from {{ ref('silver_clean_stock_quotes') }}
    where _version > (select coalesce(max(_version), 0) from {{ this }} where dataset = 'quotes')
),
changed as (
    select distinct
        'ticks' as dataset, t.source, t.symbol, t.event_second, t._moved_from, t._moved_to
    from {{ ref('silver_clean_ticks') }} as t
    inner join new_ticks as n on t._version = n._version
    union all
    select distinct
        'quotes' as dataset, q.source, q.symbol, q.market_timestamp as event_second,
        cast(null as timestamp) as _moved_from, cast(null as timestamp) as _moved_to
    from {{ ref('silver_clean_stock_quotes') }} as q
    inner join new_quotes as n on q._version = n._version
),
moved as (
    select distinct dataset, source, symbol, _moved_from, _moved_to
    from changed
    where _moved_from is not null
),
{% endmacro %}
