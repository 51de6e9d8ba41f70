{#- Splits of shares, wherever a figure compares prices of two days. -#}
{#-
  Shares after a split for one before it, as a double. Tables hold 8 decimals: 4 for 3 stands there as
  1.33333333, 1 for 30 as 0.03333333. What is a fraction of numbers up to 30, rounded so, or 1 for any
  number, means that.
-#}
{% macro shares_of(amount) -%}
case
{%- for under in range(1, 31) %}
            when round(cast({{ amount }} as double) * {{ under }}) between 1 and 30
                and cast(
                    round(cast({{ amount }} as double) * {{ under }}) / {{ under }} as decimal(18, 8)
                ) = {{ amount }}
                then round(cast({{ amount }} as double) * {{ under }}) / {{ under }}
{%- endfor %}
            when {{ amount }} < 1 and abs(
                cast({{ amount }} as double) - 1 / round(1 / cast({{ amount }} as double))
            ) < 1.5e-8
                then 1 / round(1 / cast({{ amount }} as double))
            else cast({{ amount }} as double)
        end
{%- endmacro %}
{#-
  The logarithm of the shares of day `until` for one of day `since`: summed over rows of
  silver_splits, `s`. `since` may lie behind `until`, where a feed has adjusted a price already.
-#}
{% macro log_shares_between(s, since, until) -%}
sum(case
            when {{ s }}.ex_date > {{ since }} and {{ s }}.ex_date <= {{ until }} then {{ s }}.log_shares
            when {{ s }}.ex_date > {{ until }} and {{ s }}.ex_date <= {{ since }} then -{{ s }}.log_shares
            else 0
        end)
{%- endmacro %}
{#- A price of before splits in shares of after them; both sides of `log_shares` may be null. -#}
{% macro restated(price, log_shares) -%}
case
        when {{ log_shares }} is null or {{ log_shares }} = 0 then {{ price }}
        else {{ scaled('(cast(' ~ price ~ ' as double) / ' ~ significant('exp(' ~ log_shares ~ ')') ~ ')') }}
    end
{%- endmacro %}
{#- The same of a quantity. -#}
{% macro restated_volume(volume, log_shares) -%}
case
        when {{ log_shares }} is null or {{ log_shares }} = 0 then {{ volume }}
        when abs(cast({{ volume }} as double)) * exp({{ log_shares }}) < 1e20
            then cast(
                round(cast({{ volume }} as double) * {{ significant('exp(' ~ log_shares ~ ')') }}, 4)
                as decimal(28, 8)
            )
    end
{%- endmacro %}
{#-
  A double above 0 with so many significant digits: sums of doubles differ in the last ones by the
  order in which an engine takes them.
-#}
{% macro significant(x, digits=14) -%}
round({{ x }}, {{ digits - 1 }} - cast(floor(log(10, {{ x }})) as integer))
{%- endmacro %}
