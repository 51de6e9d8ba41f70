{#-
  The greatest `_version` in a table: how far it is. Written so that a warehouse finds it by what it
  keeps about its blocks, without reading them.
-#}
{% macro newest_version(dataset=none) -%}
coalesce(
        (
            select v._version
            from {{ this }} as v
{%- if dataset %}
            where v.dataset = '{{ dataset }}'
{%- endif %}
            order by v._version desc
            limit 1
        ), 0
    )
{%- endmacro %}
{#-
  The common table expression that begins an incremental candle model: `changed`, the seconds in which
  something is new, or from which a correction moved a trade. Silver stamps what it writes with a
  version that only grows; the greatest one in this table says how far it is.
-#}
{% macro changes() %}
changed as (
    select distinct 'ticks' as dataset, t.source, t.symbol, t.event_second
    from {{ ref('silver_clean_ticks') }} as t
    where t._version > {{ newest_version('ticks') }}
    union
    select distinct 'quotes' as dataset, q.source, q.symbol, q.market_timestamp as event_second
    from {{ ref('silver_clean_stock_quotes') }} as q
    where q._version > {{ newest_version('quotes') }}
    union
    select distinct e.dataset, e.source, e.symbol, e.event_second
    from {{ ref('silver_elsewhere') }} as e
    where
        e.event_second is not null
        and e._version > case e.dataset
            when 'ticks' then {{ newest_version('ticks') }}
            else {{ newest_version('quotes') }}
        end
),
{% endmacro %}
