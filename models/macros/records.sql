{#-
  The trades and quotes behind the candles of one second, all or those in the seconds of `within`, a
  common table expression with dataset, source, symbol and open_time.
  amount is exact, and null where it is beyond what 38 digits hold; it is rounded once a candle, as
  that takes DuckDB long.
  sort_key orders the prices of a second: by time, then by first offset (below 10^12).
  first_arrival is the offset that brought a price, last_arrival the one that changed it last.
  A trade whose time was corrected counts in the seconds it left too, without a price: they changed.
  So does a trade or a quote that was cancelled, unless nothing but cancels ever came of it. It still
  has closed what lay before it.
-#}
{% macro records(within) %}
    select
        'ticks' as dataset, t.source, t.symbol, t.event_second as open_time,
        case when not t.is_cancelled then t.event_time end as event_time,
        case when not t.is_cancelled then t.price end as price,
        case when not t.is_cancelled then t.size end as size,
        case
            when t.is_cancelled then null
            when t.size < 100000000
                or abs(cast(t.price as double)) * cast(t.size as double) < 1e18
                then cast(t.price as decimal(38, 8)) * t.size
        end as amount,
        case
            when not t.is_cancelled
                then datediff('microsecond', t.event_second, t.event_time) * 1000000000000
                + t._first_offset
        end as sort_key,
        t._live_offset as first_arrival,
        case when t._live_offset >= 0 then t._changed_offset end as last_arrival,
        t._ingest_time, t._version
    from {{ ref('silver_clean_ticks') }} as t
{% if within %}
    inner join (select source, symbol, open_time from {{ within }} where dataset = 'ticks') as k
        on t.event_second = k.open_time and t.symbol = k.symbol and t.source = k.source
{% endif %}
    union all
    -- A quote's time is in whole seconds, and a quote has no size.
    select
        'quotes' as dataset, q.source, q.symbol, q.market_timestamp as open_time,
        case when not q.is_cancelled then q.market_timestamp end as event_time,
        case when not q.is_cancelled then q.current_price end as price,
        cast(null as decimal(28, 8)) as size, null as amount,
        case when not q.is_cancelled then q._first_offset end as sort_key,
        q._live_offset as first_arrival,
        case when q.is_cancelled then q._offset else q._live_offset end as last_arrival,
        q._ingest_time, q._version
    from {{ ref('silver_clean_stock_quotes') }} as q
{% if within %}
    inner join (select source, symbol, open_time from {{ within }} where dataset = 'quotes') as k
        on q.market_timestamp = k.open_time and q.symbol = k.symbol and q.source = k.source
{% endif %}
{% for left in ['_moved_from', '_moved_to'] %}
    union all
    select
        'ticks' as dataset, t.source, t.symbol, date_trunc('second', t.{{ left }}) as open_time,
        cast(null as timestamp) as event_time, cast(null as decimal(18, 8)) as price,
        cast(null as decimal(28, 8)) as size, null as amount,
        cast(null as bigint) as sort_key,
        cast(null as bigint) as first_arrival, t._changed_offset as last_arrival,
        t._ingest_time, t._version
    from {{ ref('silver_clean_ticks') }} as t
{% if within %}
    inner join (select source, symbol, open_time from {{ within }} where dataset = 'ticks') as k
        on date_trunc('second', t.{{ left }}) = k.open_time
        and t.symbol = k.symbol and t.source = k.source
{% endif %}
    where t.{{ left }} is not null and date_trunc('second', t.{{ left }}) <> t.event_second
{% endfor %}
{% endmacro %}
