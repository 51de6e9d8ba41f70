{#-
  The greatest `_version` in a table: how far it is. Written so that a warehouse finds it by what it
  keeps about its blocks, without reading them; and as one value, from which DuckDB guesses that few
  rows lie beyond.
-#}
{% macro newest_version(dataset=none) -%}
(
        select coalesce(max(n._version), 0)
        from (
            select v._version
            from {{ this }} as v
{%- if dataset %}
            where v.dataset = '{{ dataset }}'
{%- endif %}
            order by v._version desc
            limit 1
        ) as n
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
    where t._version > {{ newest_version('ticks') }} and {{ few('t._offset') }}
    union
    select distinct 'quotes' as dataset, q.source, q.symbol, q.market_timestamp as event_second
    from {{ ref('silver_clean_stock_quotes') }} as q
    where q._version > {{ newest_version('quotes') }} and {{ few('q._offset') }}
{% for dataset in ['ticks', 'quotes'] %}
    union
    select distinct e.dataset, e.source, e.symbol, e.event_second
    from {{ ref('silver_elsewhere') }} as e
    where
        e._version > {{ newest_version(dataset) }} and {{ few('e._changed_offset') }}
        and e.dataset = '{{ dataset }}' and e.event_second is not null
{% endfor %}
{% for model in ['silver_clean_ticks', 'silver_elsewhere'] %}
    union
    -- What the conditions of a source say has changed since: all of its seconds are new.
    select distinct 'ticks' as dataset, t.source, t.symbol, t.event_second
    from {{ ref(model) }} as t
    inner join {{ ref('silver_sale_rules') }} as r on t.source = r.source
    where
        r._version > 0 and r._version >= {{ newest_version('ticks') }}
{%- if model == 'silver_elsewhere' %}
        and t.dataset = 'ticks' and t.event_second is not null
{%- endif %}
{% endfor %}
),
{% endmacro %}
{#-
  Always true. From a comparison with a value that it does not know DuckDB guesses that few rows are
  left: then joins keep these in memory and look for them in what is large, not the other way round.
-#}
{% macro few(offset) -%}
coalesce({{ offset }}, 0) >= (select min(d.digit) from (values (0), (1)) as d (digit))
{%- endmacro %}
