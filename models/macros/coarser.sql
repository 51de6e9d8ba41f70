{#-
  Pieces of the models that make coarser candles of finer ones, `fine`, whose `bucket` is the start
  of the coarser one.
-#}
{#-
  The offset of the first record of any later fine candle of the symbol: that record closes the fine
  candle, and the last fine candle of a coarser one tells when that closed. Of the candles of one
  second, those of a kind that no session takes count as later.
-#}
{% macro closed_by(fine, kinds=false) %}
        coalesce(min({{ fine }}.first_arrival) over (
            partition by {{ fine }}.dataset, {{ fine }}.source, {{ fine }}.symbol
            order by {{ fine }}.open_time desc
{%- if kinds %}, case {{ fine }}.kind when 'extended' then 0 when 'close' then 1 else 2 end{% endif %}

            rows between unbounded preceding and 1 preceding
        ), 9223372036854775807) as closed_by
{%- endmacro %}
{#- The sum of volumes; unknown where it is more than 28 digits hold, which ends no run. -#}
{% macro total(volume) -%}
cast(case when sum({{ volume }}) < 1e20 then sum({{ volume }}) end as decimal(28, 8))
{%- endmacro %}
{#-
  What a coarser candle is, from the fine ones, `f`, in it. `first` and `last` order their prices.
  The greatest closed_by is that of the last.
-#}
{% macro folded(first='f.open_time', last='f.open_time') %}
        -- Candles in which no trade sets a price have none.
        min_by(f.open, case when f.open is not null then {{ first }} end) as open,
        max(f.high) as high,
        min(f.low) as low,
        max_by(f.close, case when f.close is not null then {{ last }} end) as close,
        {{ total("f.volume") }} as volume,
        -- Not of a part of the trades.
        cast(case when count(f.turnover) = count(f.volume) then sum(f.turnover) end
            as decimal(38, 12)) as turnover,
        cast(sum(f.trades) as bigint) as trades,
        min(f.first_time) as first_time,
        max(f.last_time) as last_time,
        min(f.first_arrival) as first_arrival,
        max(f.last_arrival) as last_arrival,
        max(f.closed_by) as closed_by,
        max(f._version) as _version
{%- endmacro %}
{#-
  A common table expression `revised`: how often the `candles` were changed after they had closed.
  `keys` name a candle in both. A fine candle counts if its newest change came after that.
-#}
{% macro revised(keys) %}
revised as (
    select
        {% for key in keys %}c.{{ key }}, {% endfor %}

        cast(sum(f.revisions) as bigint) as revisions, max(f.revised_at) as revised_at
    from fine as f
    inner join candles as c
        on {% for key in keys %}f.{{ 'bucket' if key == 'open_time' else key }} = c.{{ key }}
        and {% endfor %}f.last_arrival > c.closed_by
    where f.revisions > 0
    group by {% for key in keys %}c.{{ key }}{{ '' if loop.last else ', ' }}{% endfor %}

)
{%- endmacro %}
