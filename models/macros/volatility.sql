{#-
  Sample standard deviation of the log returns from `earlier` to `close` of the rows of `returns`.
  Without those of prices from 0 down: they have no logarithm.
-#}
{% macro volatility_of(returns) -%}
round(stddev_samp(
        case
            when {{ returns }}.close > 0 and {{ returns }}.earlier > 0
                then ln({{ returns }}.close / {{ returns }}.earlier)
        end
    ), 12)
{%- endmacro %}
