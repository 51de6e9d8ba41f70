{#-
  Common table expressions that begin an incremental candle model: `changed`, the seconds in which
  something is new, and `moved`, the spans of time that corrections moved trades across.
  Silver stamps what it writes with a version that only grows; the greatest one in this table says
  how far it is. Any candle from the earliest to the latest time a trade ever had may have lost it.
-#}
{% macro changes() %}
changed as (
    select distinct
        'ticks' as dataset, t.source, t.symbol, t.event_second, t._moved_from, t._moved_to
    from {{ ref('silver_clean_ticks') }} as t
    where t._version > (select coalesce(max(_version), 0) from {{ this }} where dataset = 'ticks')
    union all
    select distinct
        'quotes' as dataset, q.source, q.symbol, q.market_timestamp as event_second,
        cast(null as timestamp) as _moved_from, cast(null as timestamp) as _moved_to
    from {{ ref('silver_clean_stock_quotes') }} as q
    where q._version > (select coalesce(max(_version), 0) from {{ this }} where dataset = 'quotes')
),
moved as (
    select distinct dataset, source, symbol, _moved_from, _moved_to
    from changed
    where _moved_from is not null
),
{% endmacro %}
{#-
  The end of a common table expression `touched`: the candles of this table that lie in a span of
  `moved`, from the start of the `unit` in which it begins. With IN, an engine that guesses how many
  rows come out does not guess more than the table has.
-#}
{% macro in_moved_spans(unit, columns) %}
    select {{ columns }}
    from {{ this }}
    where (dataset, source, symbol, open_time) in (
        select c.dataset, c.source, c.symbol, c.open_time
        from {{ this }} as c
        inner join moved as m
            on c.dataset = m.dataset and c.source = m.source and c.symbol = m.symbol
            and c.open_time between date_trunc('{{ unit }}', m._moved_from) and m._moved_to
    )
{% endmacro %}
