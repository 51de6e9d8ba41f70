{#- Pieces of the models that judge what feeds say. -#}
{#- A number as a text that both engines write alike: without zeros behind the point, of a type that has some. -#}
{% macro plain(x, type='decimal(38, 18)') -%}
regexp_replace(cast(cast({{ x }} as {{ type }}) as varchar), '[.]?0+$', '')
{%- endmacro %}
{#- A double as a number of a finding: six decimals, and no more than a text of it can hold. -#}
{% macro measured(x) -%}
round(case when {{ x }} > 1e18 then 1e18 else cast({{ x }} as double) end, 6)
{%- endmacro %}
{#- Columns of a series, of the table `of`. -#}
{% macro series(of) -%}
{{ of }}.dataset, {{ of }}.source, {{ of }}.symbol, {{ of }}.bar_interval
{%- endmacro %}
{#- Whether two rows are of one series. -#}
{% macro same_series(one, other) -%}
{{ one }}.dataset = {{ other }}.dataset and {{ one }}.source = {{ other }}.source
        and {{ one }}.symbol = {{ other }}.symbol and {{ one }}.bar_interval = {{ other }}.bar_interval
{%- endmacro %}
{#-
  Candles that are judged, of one of the tables that have them: `minutes` of ticks and quotes, or `bars`.
  Written where it is read, so that an engine sees which rows are wanted.
-#}
{% macro judged_candles(of) %}
{% if of == 'minutes' %}
    select
        m.dataset, m.source, m.symbol, '1m' as bar_interval, m.open_time, m.exchange,
        m.trading_day, m.session,
        cast(m.open as decimal(38, 18)) as open, cast(m.high as decimal(38, 18)) as high,
        cast(m.low as decimal(38, 18)) as low, cast(m.close as decimal(38, 18)) as close,
        m.volume, 'raw' as adjustment, m.trading_day as split_basis,
        cast(date_trunc('minute', m.first_time) as timestamp) as told_at
    from {{ ref('gold_candlestick_1m') }} as m
    where m.trades > 0 and m.close is not null
{% else %}
    select
        b.dataset, b.source, b.symbol, b.bar_interval, b.open_time, b.exchange,
        b.trading_day, b.session, b.open, b.high, b.low, b.close, b.volume, b.adjustment,
        b.split_basis, b.open_time as told_at
    from {{ ref('gold_candlestick_bars') }} as b
    where not b.is_cancelled
{% endif %}
{% endmacro %}
