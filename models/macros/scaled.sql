{#-
  A double as a price: with 8 decimals from 1 on, with 14 down to a millionth, with 18 below. More
  would show digits that a double does not have, fewer would take those of small prices.
-#}
{% macro scaled(x) -%}
case
        when abs({{ x }}) >= 1e19 then null
        when abs({{ x }}) >= 1 then cast(cast({{ x }} as decimal(28, 8)) as decimal(38, 18))
        when abs({{ x }}) >= 1e-6 then cast(cast({{ x }} as decimal(28, 14)) as decimal(38, 18))
        else cast({{ x }} as decimal(38, 18))
    end
{%- endmacro %}
