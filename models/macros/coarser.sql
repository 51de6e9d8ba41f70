{#- Pieces of the models that make coarser candles of finer ones. -#}
{#- The sum of volumes; unknown where it is more than 28 digits hold, which ends no run. -#}
{% macro total(volume) -%}
cast(case when sum({{ volume }}) < 1e20 then sum({{ volume }}) end as decimal(28, 8))
{%- endmacro %}
{#-
  What a coarser candle is, from the fine ones, `f`, in it. `first` and `last` order their prices.
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
        max(f._version) as _version
{%- endmacro %}
{#-
  The common table expression `placed`: the seconds that were revised, with their days and sessions.
  Those count as revisions of a longer candle that were changed after a record behind its end came.
-#}
{% macro revised_seconds() %}
late_seconds as (
    select *
    from {{ ref('gold_candlestick_1s') }}
    where
        revisions > 0
{% if is_incremental() %}
        and open_time >= (
        select coalesce(min(since), cast('9999-12-31' as timestamp)) from spans
    )
{% endif %}
),
{{ placed('late_seconds', kind='kind') }}
{%- endmacro %}
