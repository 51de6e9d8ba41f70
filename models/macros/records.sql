{#-
  The trades and quotes behind the candles of one second, all or those in the seconds of `within`, a
  common table expression with dataset, source, symbol and open_time.
  amount is exact, and null where it is beyond what 38 digits hold; it is rounded once a candle, as
  that takes DuckDB long.
  sort_key orders the prices of a second and a partition: by time, then by offset (below 10^12).
  first_arrival is the offset that brought a price, last_arrival the one that changed it last, in its
  partition: offsets of different ones can't be compared. What was there once, or came by another
  partition, counts too, without a price; so does what was cancelled. What is set aside, or never was
  more than a cancel, has no offset: who reads this leaves it out behind the join, as after a filter
  before it DuckDB guesses that silver is smaller than `within`, and reads all of it.
-#}
{% macro prints(within) %}
    select
        'ticks' as dataset, t.source, t.symbol, t.event_second as open_time, t.conditions,
        case when not t.is_cancelled and t.set_aside is null then t.event_time end as event_time,
        case when not t.is_cancelled and t.set_aside is null then t.price end as price,
        case when not t.is_cancelled and t.set_aside is null then t.size end as size,
        case
            when t.is_cancelled or t.set_aside is not null then null
            when t.size < 100000000
                or abs(cast(t.price as double)) * cast(t.size as double) < 1e18
                then cast(t.price as decimal(38, 8)) * t.size
        end as amount,
        datediff('microsecond', t.event_second, t.event_time) * 1000000000000
            + t._arrived_offset as sort_key,
        t._arrived_partition as _partition, t._arrived_offset as first_arrival,
        t._changed_offset as last_arrival,
        t._ingest_time, t._version
    from {{ ref('silver_clean_ticks') }} as t
{% if within %}
    inner join (
        select distinct source, symbol, open_time from {{ within }} where dataset = 'ticks'
    ) as k
        on t.event_second = k.open_time and t.symbol = k.symbol and t.source = k.source
{% endif %}
    union all
    -- A quote's time is in whole seconds, and a quote has no size.
    select
        'quotes' as dataset, q.source, q.symbol, q.market_timestamp as open_time, null as conditions,
        case when not q.is_cancelled and q.set_aside is null then q.market_timestamp end as event_time,
        case when not q.is_cancelled and q.set_aside is null then q.current_price end as price,
        cast(null as decimal(28, 8)) as size, null as amount,
        q._arrived_offset as sort_key,
        q._arrived_partition as _partition, q._arrived_offset as first_arrival,
        q._changed_offset as last_arrival,
        q._ingest_time, q._version
    from {{ ref('silver_clean_stock_quotes') }} as q
{% if within %}
    inner join (
        select distinct source, symbol, open_time from {{ within }} where dataset = 'quotes'
    ) as k
        on q.market_timestamp = k.open_time and q.symbol = k.symbol and q.source = k.source
{% endif %}
    union all
    select
        e.dataset, e.source, e.symbol, e.event_second as open_time, e.conditions,
        cast(null as timestamp) as event_time, cast(null as decimal(18, 8)) as price,
        cast(null as decimal(28, 8)) as size, null as amount, cast(null as bigint) as sort_key,
        e._partition, e._arrived_offset as first_arrival, e._changed_offset as last_arrival,
        e._ingest_time, e._version
    from {{ ref('silver_elsewhere') }} as e
{% if within %}
    inner join (select distinct dataset, source, symbol, open_time from {{ within }}) as k
        on e.event_second = k.open_time and e.symbol = k.symbol and e.source = k.source
        and e.dataset = k.dataset
{% endif %}
    where e.event_second is not null
{% endmacro %}
{#-
  The common table expression `rules`: what a trade may set by its conditions, for each set of them
  that `conditions_from` has. A trade does what all of its conditions allow; one that is not listed
  forbids nothing. 0: sets it, 1: outside of regular sessions only, 2: never.
  kind: close (the print of a closing auction), extended (of no regular session) or normal.
-#}
{% macro rules(conditions_from) %}
rules as (
    select
        c.source, c.conditions,
        max(case r.high_low when 'no' then 2 when 'extended' then 1 else 0 end) as high_low,
        max(case r.last when 'no' then 2 when 'extended' then 1 else 0 end) as last,
        max(case r.volume when 'no' then 2 else 0 end) as volume,
        case
            when max(case when r.kind = 'extended' then 1 else 0 end) = 1 then 'extended'
            when max(case when r.kind = 'close' then 1 else 0 end) = 1 then 'close'
            else 'normal'
        end as kind
    from (
        select distinct source, conditions from {{ conditions_from }} where conditions is not null
    ) as c
    left join {{ ref('ref_sources') }} as s on c.source = s.source
    inner join {{ ref('ref_conditions') }} as r
        on r.condition_set = coalesce(s.condition_set, c.source)
        and contains(' ' || c.conditions || ' ', ' ' || r.condition || ' ')
    group by c.source, c.conditions
),
{% endmacro %}
{#-
  The `prints`, each with its kind and with what it may set: open and close (last_price), high and low
  (range_price), volume. One of size 0 sets no price. What sets prices outside of regular sessions
  only is of the kind extended, whose prices no session takes.
-#}
{% macro ruled(prints) %}
    select
        p.dataset, p.source, p.symbol, p.open_time, coalesce(r.kind, 'normal') as kind, p._partition,
        p.event_time, p.price,
        case when coalesce(r.last, 0) < 2 and coalesce(p.size, 1) <> 0 then p.price end as last_price,
        case
            when coalesce(r.last, 0) < 2 and coalesce(p.size, 1) <> 0 and p.price is not null
                then p.sort_key
        end as sort_key,
        case when coalesce(r.high_low, 0) < 2 and coalesce(p.size, 1) <> 0 then p.price end
            as range_price,
        case when coalesce(r.volume, 0) < 2 then p.size end as size,
        case when coalesce(r.volume, 0) < 2 then p.amount end as amount,
        p.first_arrival, p.last_arrival, p._ingest_time, p._version
    from {{ prints }} as p
    left join rules as r on p.source = r.source and p.conditions = r.conditions
{% endmacro %}
{#-
  What orders the prices `at` that time of candles of a second by kind and partition: the time, counted
  from `start`, then the kind, of which that of a closing auction is the last, then the partition.
-#}
{% macro price_order(of, at, start) -%}
datediff('microsecond', {{ of }}.{{ start }}, {{ of }}.{{ at }}) * 4096
            + case {{ of }}.kind when 'extended' then 0 when 'normal' then 1024 else 2048 end
            + mod({{ of }}._partition, 1024)
{%- endmacro %}
{#-
  The same for the close: what a closing auction prints behind its session is the last, whatever else is
  printed there.
-#}
{% macro close_order(of, start) -%}
{{ price_order(of, 'last_time', start) }} + case
                when {{ of }}.kind = 'close' and {{ of }}.session = 'regular'
                    and {{ of }}.open_time >= {{ of }}.session_end then 1000000000000000
                else 0
            end
{%- endmacro %}
{#-
  Prices of a candle of a second by kind, of the table `of`, and their times, where its session takes
  them: a regular one takes none of the kind extended.
-#}
{% macro session_prices(of) -%}
{% for name in ['open', 'high', 'low', 'close', 'first_time', 'last_time'] %}
        case when {{ of }}.kind <> 'extended' or {{ of }}.session <> 'regular' then {{ of }}.{{ name }} end
            as {{ name }},
{% endfor %}
{%- endmacro %}
{#-
  What orders the prices of two sessions: the time, and of one time that of a closing auction is the
  last.
-#}
{% macro moment(at, session) -%}
2 * datediff('microsecond', cast('1970-01-01' as timestamp), {{ at }})
            + case when {{ session }} = 'regular' then 1 else 0 end
{%- endmacro %}
